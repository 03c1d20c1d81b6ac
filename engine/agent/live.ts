// What happens on this gateway, a few times a second, for who looks at it: rates of all flows, and for one flow those of its
// nodes and what messages did on their way. Nothing of it is made while nobody looks.

import { setTimeout } from "node:timers/promises";
import type { Digest, FlowName } from "@flowfusion/graph";
import type { CheckedModule, DataPlane, FlowObservation, Pulse } from "../dataplane/types.ts";
import type { Store } from "../store/store.ts";
import { pulseOfFlows } from "./flow-counts.ts";
import { flowRates, nodeRates, perSecond, sinkRates } from "./live-rates.ts";
import type { LiveFlow, LiveUpdate } from "./live-schemas.ts";
import type { Modules } from "./modules.ts";
import { SharedUpdates } from "./shared-updates.ts";

const ALL_INTERVAL_MS = 500;
const FLOW_INTERVAL_MS = 500;
const STALE_MS = 5_000;
const STEPS_MAX = 200;

export interface LiveParts {
  readonly store: Store;
  readonly dataPlane: DataPlane;
  readonly modules: Modules;
}

export class Live {
  readonly #parts: LiveParts;
  readonly #all: SharedUpdates<string>;
  readonly #byFlow = new Map<FlowName, SharedUpdates<string>>();

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#all = new SharedUpdates(this.#updatesOfAll(), ALL_INTERVAL_MS);
  }

  follow(signal: AbortSignal) {
    return this.#all.follow(signal);
  }

  /** Ends when the flow is deleted. */
  async *followFlow(name: FlowName, signal: AbortSignal) {
    const known = this.#byFlow.get(name);
    // The flow may be there again, while who reads slowly has not come to the end of the one that was deleted.
    const updates = known?.hasFailed === false ? known : new SharedUpdates(this.#updatesOf(name), FLOW_INTERVAL_MS);
    this.#byFlow.set(name, updates);
    try {
      yield* updates.follow(signal);
    } finally {
      if (updates.followers === 0 && this.#byFlow.get(name) === updates) this.#byFlow.delete(name);
    }
  }

  #updatesOfAll(): () => Promise<string> {
    const { store, dataPlane } = this.#parts;
    const look = async () => ({
      pulse: await pulseOfFlows(dataPlane, [...store.flows.names()]),
      atMs: performance.now(),
    });
    let before: { readonly pulse: Pulse; readonly atMs: number } | undefined;
    return async () => {
      // Where nobody looked for a while, rates since then would be those of the past; over an instant they would be chance.
      if (before === undefined || performance.now() - before.atMs > STALE_MS) before = await look();
      await wholeInterval(before.atMs, ALL_INTERVAL_MS);
      const { pulse, atMs } = await look();
      const seconds = secondsSince(before.atMs, atMs);
      const previous = new Map(before.pulse.flows.map((flow) => [flow.name, flow]));
      const update: LiveUpdate = {
        at: new Date().toISOString(),
        tagsPerS: perSecond(pulse.tags, before.pulse.tags, seconds),
        socketToSinkQueueP50Us: pulse.socketToSinkQueueP50Us,
        socketToSinkQueueP99Us: pulse.socketToSinkQueueP99Us,
        flows: pulse.flows
          .map((flow) => flowRates(flow, previous.get(flow.name), seconds))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      };
      before = { pulse, atMs };
      return JSON.stringify(update);
    };
  }

  #updatesOf(name: FlowName): () => Promise<string> {
    let before: { readonly atMs: number; readonly seen: FlowObservation } | undefined;
    let after = 0;
    /** Of the version that they were found for. */
    let modules: { readonly digest: Digest; readonly missing: readonly Digest[] } | undefined;
    const look = async (): Promise<FlowObservation> => {
      const seen = await this.#parts.dataPlane.observe(name, after, STEPS_MAX, undefined);
      if (seen.isSampled || modules?.digest === seen.stats.digest) return seen;
      const found = await this.#modulesOf(seen.stats.digest);
      modules = { digest: seen.stats.digest, missing: found.missing };
      if (found.missing.length > 0) return seen;
      // Where sampling ends because nobody asked for a while, it begins again.
      modules = undefined;
      return this.#parts.dataPlane.observe(name, after, STEPS_MAX, found.modules);
    };
    return async () => {
      if (before !== undefined) await wholeInterval(before.atMs, FLOW_INTERVAL_MS);
      let seen = await look();
      if (!isGoingOn(before?.seen, seen)) {
        // Of a version that nobody looked at so far there is nothing yet to tell rates against.
        before = { atMs: performance.now(), seen };
        after = 0;
        await wholeInterval(before.atMs, FLOW_INTERVAL_MS);
        seen = await look();
      }
      const known = isGoingOn(before?.seen, seen) ? before : undefined;
      after = known === undefined ? 0 : (seen.lastStep ?? after);
      const atMs = performance.now();
      const seconds = secondsSince(known?.atMs, atMs);
      const { stats, generation, isSampled } = seen;
      const previous = known?.seen.stats;
      const update = {
        at: new Date().toISOString(),
        ...flowRates(pulseOf(stats), previous && pulseOf(previous), seconds),
        ...{ generation, digest: stats.digest },
        nodes: nodeRates(stats.nodes, previous?.nodes, seconds),
        sinks: sinkRates(stats.sinks, previous?.sinks, seconds),
        ...{ isSampled, missingModules: isSampled ? [] : (modules?.missing ?? []) },
      } satisfies Omit<LiveFlow, "steps">;
      before = { atMs, seen };
      return `${JSON.stringify(update).slice(0, -1)},"steps":${seen.stepsJson}}`;
    };
  }

  /** Of what runs, which a deploy records a moment later. */
  async #modulesOf(
    artefact: Digest,
  ): Promise<{ readonly modules: readonly CheckedModule[]; readonly missing: readonly Digest[] }> {
    const graph = this.#parts.store.graph(artefact);
    return graph === undefined ? { modules: [], missing: [] } : this.#parts.modules.find(graph);
  }
}

/** Resolves once so long has passed since. */
async function wholeInterval(sinceMs: number, intervalMs: number): Promise<void> {
  const missingMs = sinceMs + intervalMs - performance.now();
  if (missingMs > 0) await setTimeout(missingMs, undefined, { ref: false });
}

/** The same version, and it has not begun anew. */
const isGoingOn = (before: FlowObservation | undefined, now: FlowObservation): boolean =>
  before?.generation === now.generation && before.traced <= now.traced;

const secondsSince = (beforeMs: number | undefined, nowMs: number): number =>
  beforeMs === undefined ? Number.POSITIVE_INFINITY : (nowMs - beforeMs) / 1000;

function pulseOf({ input, droppedByBreaker: _, sinks: _sinks, ...stats }: FlowObservation["stats"]) {
  return { ...stats, queued: input.queued };
}
