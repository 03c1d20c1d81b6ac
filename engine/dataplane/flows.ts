// All flows of a thread of the data plane, each with its lane, and which tags they subscribe to.

import { setImmediate as turn } from "node:timers/promises";
import {
  type CanonicalGraph,
  FlowFusionError,
  type FlowName,
  type FlowStats,
  type InputStats,
  StoredGraphs,
  type SwapReport,
  subscribedPatterns,
} from "@flowfusion/graph";
import type { CheckpointStats, Recovered } from "../checkpoints/checkpointer.ts";
import type { Endpoints } from "../sinks/endpoint.ts";
import { Turns } from "../turns.ts";
import { comeTrue } from "./come-true.ts";
import { compileWhole } from "./compile.ts";
import { DeadLetterJournal } from "./dead-letter-journal.ts";
import { FlowHost } from "./flow-host.ts";
import type { FlowPlace } from "./flow-runner.ts";
import type { Subscription } from "./ingest.ts";
import { FlowLane, type LaneOptions, type QueueBudget } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { type LoadedProgram, nodesOf } from "./launch.ts";
import type {
  CheckedModule,
  FlowObservation,
  FlowProgram,
  FlowPulse,
  HealthGate,
  HostStats,
  OverloadPolicy,
  Rehearsal,
  RollBackReport,
  TrialOutcome,
} from "./types.ts";

/** What the queue in front of one flow holds at most. Bytes. */
const queueBytesMax = 1024 * 1024;
/** What all of them hold at most, of the flows of one thread. Bytes. */
const queuedBytesMax = 64 * 1024 * 1024;
/** What a flow is expected to run in so much time runs without waiting; as much as one read of a socket brings. ms. */
const atOnceMs = 0.25;
/** What one call into a flow that is behind should take, and what such flows get between two reads. ms. */
const sliceMs = 0.05;
/** What one of them gets for what it queued, before more is read: what it needs at 2 to 3 µs a message. ms a byte. */
const catchUpMsPerByte = 2 / (64 * 1024);
/** For what is queued when the gateway stops; the rest is lost. ms. */
const closeMs = 2_000;

/** For what came in to be run and kept before it is said that it is not yet. ms. */
const settleMs = 1_000;

/** Where messages for a flow go. */
export interface Target {
  readonly lane: FlowLane;
  /** The graph whose inputs the messages are numbered by that are routed to it. */
  readonly numbering: CanonicalGraph;
}

interface Placed {
  readonly slot: number;
  readonly host: FlowHost;
  readonly journal: DeadLetterJournal;
  readonly lane: FlowLane;
  /** As in `Target`; undefined before its subscriptions were taken, when messages for its slot are for the flow that had it before. */
  numbering: CanonicalGraph | undefined;
  /** What `droppedBefore` said of its slot when the flow was placed there. */
  readonly droppedAtFirst: number;
}

export interface FlowsPlace extends Omit<FlowPlace, "name" | "onHold"> {
  /** Folder for the dead letters of all flows. */
  readonly deadLetterDir: string;
  /** Something of an earlier start could not be read. */
  readonly onDamage: (flow: FlowName, what: string) => void;
  /** The subscriptions have changed; to be called when they are needed. */
  readonly onSubscriptions: (current: () => Iterable<Subscription>) => void;
  /** Messages for a slot that were dropped before they came here; wraps around at 2^32. */
  readonly droppedBefore: (slot: number) => number;
  /** Some flow, or the disk of a sink, is so far behind that inputs that may block should, or none is any more. */
  readonly onPressure: (isHigh: boolean) => void;
}

const nothingBefore = { pauseMs: 0, stateBytes: 0, state: { kept: [], migrated: [], reset: [] } };

export class Flows {
  readonly #place: FlowsPlace & Pick<FlowPlace, "onHold">;
  readonly #byName = new Map<FlowName, Placed>();
  /** By slot; a hole is free for the next flow. */
  readonly #bySlot: (Placed | undefined)[] = [];
  readonly #budget: QueueBudget = { bytesMax: queuedBytesMax, bytes: 0 };
  readonly #lanes: Lanes;
  readonly #laneOptions: LaneOptions = {
    queueBytesMax,
    budget: this.#budget,
    atOnceMs,
    sliceMs,
    onQueued: (lane, bytes) => this.#lanes.queued(lane, bytes),
  };
  readonly #graphs = new StoredGraphs();
  /** One change of a flow after the other: what is prepared counts on the queues that there are, and takes back those set aside. */
  readonly #turns = new Turns();
  /** For how many reasons inputs that may block should. */
  #holds = 0;

  constructor(place: FlowsPlace) {
    this.#place = { ...place, onHold: (over) => void this.#holdUntil(over) };
    this.#lanes = new Lanes({
      turnMs: sliceMs,
      catchUpMsPerByte,
      queueBytesMax,
      budget: this.#budget,
      onPressure: (isHigh) => this.#hold(isHigh),
      later: setImmediate,
    });
  }

  /** Gives a flow frames of an input with that policy: `bytes` of `memory` from `start`. */
  offer(slot: number, memory: Uint8Array, start: number, bytes: number, frames: number, policy: OverloadPolicy): void {
    const placed = this.#bySlot[slot];
    if (placed?.numbering) placed.lane.offer(memory, start, bytes, frames, policy, placed.numbering);
  }

  /** What was read has been offered, and more may follow at once: flows that are behind get time for it. False: they need more. */
  catchUp(isTimeOver: () => boolean): boolean {
    return this.#lanes.catchUp(isTimeOver);
  }

  /** By slot, as the subscriptions were taken last. */
  targets(): readonly (Target | undefined)[] {
    return this.#bySlot.map((placed) => placed?.numbering && { lane: placed.lane, numbering: placed.numbering });
  }

  /** Lets time-driven nodes of all flows emit. `nowNs`: ns since the Unix epoch. */
  tick(nowNs: bigint): void {
    for (const { host } of this.#byName.values()) host.tick(nowNs);
  }

  /** `recovered`: what a flow that does not run yet begins with. `gate`: what a version that takes over has to prove. */
  async deploy(name: FlowName, program: FlowProgram, recovered?: Recovered, gate?: HealthGate): Promise<SwapReport> {
    const loaded = await this.#load(program);
    return this.#turns.run(name, () => this.#deploy(name, loaded, recovered, gate));
  }

  async #deploy(name: FlowName, loaded: LoadedProgram, recovered?: Recovered, gate?: HealthGate): Promise<SwapReport> {
    const placed = this.#byName.get(name);
    if (placed) return this.#swap(placed, loaded, gate);
    const journal = await DeadLetterJournal.open(this.#place.deadLetterDir, name, recovered?.hasDeadLetters);
    try {
      const host = new FlowHost({ ...this.#place, name }, loaded, {
        state: recovered?.from?.state,
        deadLetters: journal.letters,
        hasSpools: recovered?.hasSpools,
      });
      this.#add(name, host, journal);
    } catch (error) {
      await journal.close();
      throw error;
    }
    if (journal.damage !== undefined) this.#place.onDamage(name, `dead letters of an earlier start: ${journal.damage}`);
    return nothingBefore;
  }

  async rehearse(name: FlowName, program: FlowProgram): Promise<Rehearsal> {
    const loaded = await this.#load(program);
    return this.#turns.run(name, () => this.#rehearse(name, loaded));
  }

  async #rehearse(name: FlowName, loaded: LoadedProgram): Promise<Rehearsal> {
    const placed = this.#byName.get(name);
    if (placed) {
      const { next, longestMs } = await this.#prepare(placed, loaded);
      return pausing(placed.host.rehearse(next), longestMs);
    }
    // Without what waits on disk for its sinks, which is for when it runs.
    const { spoolDir: _, ...place } = this.#place;
    await new FlowHost({ ...place, name }, loaded).remove();
    return nothingBefore;
  }

  async trial(name: FlowName): Promise<TrialOutcome> {
    return this.#byName.get(name)?.host.trial ?? { verdict: "superseded" };
  }

  rollBack(name: FlowName, generation: number, endpoints: Endpoints | undefined): Promise<RollBackReport> {
    return this.#turns.run(name, () => {
      const host = this.host(name);
      return this.#following(host, () => host.rollBack(generation, endpoints));
    });
  }

  remove(name: FlowName): Promise<void> {
    return this.#turns.run(name, () => this.#remove(name));
  }

  async #remove(name: FlowName): Promise<void> {
    const placed = this.#byName.get(name);
    if (!placed) return;
    this.#byName.delete(name);
    this.#bySlot[placed.slot] = undefined;
    this.#lanes.forget(placed.lane);
    placed.lane.close();
    this.#subscribe();
    await placed.host.remove();
    await placed.journal.close();
  }

  /** Throws `FF_API_NOT_RUNNING` when there is no such flow. */
  host(name: FlowName): FlowHost {
    const placed = this.#byName.get(name);
    if (!placed) throw notRunning(name);
    return placed.host;
  }

  has(name: FlowName): boolean {
    return this.#byName.has(name);
  }

  /** Of the flows named that there are; of all when absent. */
  stats(names: readonly FlowName[]): Omit<FlowStats, keyof CheckpointStats>[] {
    return this.#placed(names).map((placed) => ({
      ...this.#withInput(placed, placed.host.stats()),
      ...(placed.journal.error !== undefined && { deadLetterError: placed.journal.error }),
    }));
  }

  /** Of each flow whose dead letters are in memory alone. */
  get deadLetterErrors(): string[] {
    return [...this.#byName.values()].flatMap(({ journal }) => journal.error ?? []);
  }

  pulse(names: readonly FlowName[]): FlowPulse[] {
    return this.#placed(names).map((placed) => {
      const { dropped, ...pulse } = placed.host.pulse();
      const input = this.#inputOf(placed);
      return { ...pulse, dropped: dropped + sumOf(input.dropped), queued: input.queued };
    });
  }

  /** Throws `FF_API_NOT_RUNNING` when there is no such flow. */
  observe(
    name: FlowName,
    after: number,
    limit: number,
    modules: readonly CheckedModule[] | undefined,
  ): FlowObservation {
    const { stats, ...seen } = this.host(name).observe(after, limit, modules);
    return { ...seen, stats: this.#withInput(this.#byName.get(name)!, stats) };
  }

  /**
   * Resolves with true once all that was offered so far has been run, what it made is where the sinks promise to keep it, and
   * the messages that flows died of are on disk; with false when that takes longer than a moment.
   */
  async settled(): Promise<boolean> {
    const placed = [...this.#byName.values()];
    if (
      !(await comeTrue(
        placed.map(({ lane }) => lane.whenRun()),
        settleMs,
      ))
    )
      return false;
    return comeTrue(
      placed.flatMap(({ host, journal }) => [...host.whenKept(), journal.whenWritten()]),
      settleMs,
    );
  }

  /** Runs what is queued. */
  async drain(): Promise<void> {
    await this.#lanes.drained(closeMs);
  }

  /** Flushes the sinks and stops. */
  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map(({ journal }) => journal.close()));
    await Promise.all([...this.#byName.values()].map(({ host }) => host.close()));
  }

  #placed(names: readonly FlowName[]): Placed[] {
    return names.flatMap((name) => this.#byName.get(name) ?? []);
  }

  #add(name: FlowName, host: FlowHost, journal: DeadLetterJournal): void {
    const lane = new FlowLane(host, this.#laneOptions);
    const slot = this.#freeSlot();
    const droppedAtFirst = this.#place.droppedBefore(slot);
    const placed: Placed = { slot, host, journal, lane, numbering: undefined, droppedAtFirst };
    this.#bySlot[slot] = placed;
    this.#byName.set(name, placed);
    this.#subscribe();
  }

  async #load({ metered, modules, graph: bytes, ...program }: FlowProgram): Promise<LoadedProgram> {
    const graph = this.#graphs.read(bytes);
    const nodes = modules && nodesOf(graph, modules);
    const module = metered instanceof WebAssembly.Module ? metered : await compileWhole(metered);
    return { ...program, graph, module, ...(nodes && { nodes }) };
  }

  #withInput(placed: Placed, stats: HostStats): Omit<FlowStats, keyof CheckpointStats> {
    const input = this.#inputOf(placed);
    return { ...stats, input, dropped: stats.dropped + sumOf(input.dropped) };
  }

  #inputOf({ slot, lane, droppedAtFirst }: Placed): InputStats {
    const { queued, queuedBytes, dropped } = lane.stats;
    const before = (this.#place.droppedBefore(slot) - droppedAtFirst) >>> 0;
    if (before === 0) return { queued, queuedBytes, dropped };
    return { queued, queuedBytes, dropped: { ...dropped, input_full: (dropped.input_full ?? 0) + before } };
  }

  #freeSlot(): number {
    const hole = this.#bySlot.indexOf(undefined);
    return hole < 0 ? this.#bySlot.length : hole;
  }

  async #swap(placed: Placed, program: LoadedProgram, gate?: HealthGate): Promise<SwapReport> {
    const { host } = placed;
    const { next, longestMs } = await this.#prepare(placed, program);
    return pausing(
      this.#following(host, () => host.swap(next, gate)),
      longestMs,
    );
  }

  /** What came in during one step runs before the next, so that nothing waits for all of them. */
  async #prepare(placed: Placed, program: LoadedProgram) {
    const { host } = placed;
    let longestMs = 0;
    const timed = <T>(step: () => T): T => {
      const beganMs = this.#place.nowMs();
      const result = step();
      longestMs = Math.max(longestMs, this.#place.nowMs() - beganMs);
      return result;
    };
    const next = timed(() => host.prepare(program));
    try {
      const steps = host.preload(next);
      do {
        await turn();
      } while (!timed(() => steps.next()).done);
    } catch (error) {
      host.abandon(next);
      throw error;
    }
    return { next, longestMs };
  }

  /** Runs a swap, and has the tags resolved anew only where the flow's inputs changed with it. */
  #following<T>(host: FlowHost, swap: () => T): T {
    const before = host.graph;
    const report = swap();
    if (!hasSameInputs(before, host.graph)) this.#subscribe();
    return report;
  }

  #hold(isHeld: boolean): void {
    const wereHeld = this.#holds > 0;
    this.#holds += isHeld ? 1 : -1;
    if (wereHeld !== this.#holds > 0) this.#place.onPressure(isHeld);
  }

  async #holdUntil(over: Promise<void>): Promise<void> {
    this.#hold(true);
    await over;
    this.#hold(false);
  }

  #subscribe(): void {
    this.#place.onSubscriptions(() => {
      const subscriptions: Subscription[] = [];
      for (const placed of this.#byName.values()) {
        placed.numbering = placed.host.graph;
        for (const { pattern, input } of subscribedPatterns(placed.numbering)) {
          subscriptions.push({ pattern, route: { slot: placed.slot, input } });
        }
      }
      return subscriptions;
    });
  }
}

const pausing = <Report extends Rehearsal>(report: Report, longestMs: number): Report => ({
  ...report,
  pauseMs: Math.max(report.pauseMs, longestMs),
});

const notRunning = (name: FlowName): FlowFusionError =>
  new FlowFusionError("FF_API_NOT_RUNNING", `flow ${name} does not run`);

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Whether both take the same tags by inputs of the same names and numbers. */
function hasSameInputs(a: CanonicalGraph, b: CanonicalGraph): boolean {
  const inputsOf = ({ nodes }: CanonicalGraph) =>
    JSON.stringify(
      nodes
        .filter(({ subscribes }) => subscribes)
        .map(({ id, props, subscribes }) => [id, props[subscribes!.property]]),
    );
  return inputsOf(a) === inputsOf(b);
}
