// All flows of a data plane and the router in front of them.

import { FlowFusionError, type FlowName, subscribedPatterns } from "@flowfusion/graph";
import { compileWhole } from "./compile.ts";
import { FlowHost, type FlowPlace } from "./flow-host.ts";
import { type LoadedProgram, nodesOf } from "./launch.ts";
import { Router, type RouterStats } from "./router/router.ts";
import type {
  FlowProgram,
  HealthGate,
  HostStats,
  Rehearsal,
  RollBackReport,
  SwapReport,
  TrialOutcome,
} from "./types.ts";

interface Placed {
  readonly slot: number;
  readonly host: FlowHost;
}

const nothingBefore = { pauseMs: 0, stateBytes: 0, state: { kept: [], migrated: [], reset: [] } };

export class Flows {
  readonly #place: Omit<FlowPlace, "name">;
  readonly #byName = new Map<FlowName, Placed>();
  /** By slot; a hole is free for the next flow. */
  readonly #bySlot: (FlowHost | undefined)[] = [];
  readonly #router: Router;

  constructor(place: Omit<FlowPlace, "name">) {
    this.#place = place;
    this.#router = new Router((slot, memory, start, bytes, frames) => {
      this.#bySlot[slot]?.feed(memory, start, bytes, frames);
    });
  }

  /** Runs one TagUpdateBatch through all flows. False when the batch is refused. */
  route(batch: Uint8Array): boolean {
    return this.#router.route(batch);
  }

  /** Lets time-driven nodes of all flows emit. `nowNs`: ns since the Unix epoch. */
  tick(nowNs: bigint): void {
    for (const { host } of this.#byName.values()) host.tick(nowNs);
  }

  /** `state`: what a flow that does not run yet begins with. `gate`: what a version that takes over has to prove. */
  async deploy(name: FlowName, program: FlowProgram, state?: Uint8Array, gate?: HealthGate): Promise<SwapReport> {
    const loaded = await compile(program);
    const placed = this.#byName.get(name);
    if (placed) {
      return this.#following(placed.host, () => placed.host.swap(loaded, gate));
    }
    const host = new FlowHost({ ...this.#place, name }, loaded, state);
    const slot = this.#freeSlot();
    this.#bySlot[slot] = host;
    this.#byName.set(name, { slot, host });
    this.#subscribe();
    return nothingBefore;
  }

  async rehearse(name: FlowName, program: FlowProgram): Promise<Rehearsal> {
    const loaded = await compile(program);
    const placed = this.#byName.get(name);
    if (placed) return placed.host.rehearse(loaded);
    await new FlowHost({ ...this.#place, name }, loaded).close();
    return nothingBefore;
  }

  async trial(name: FlowName): Promise<TrialOutcome> {
    return this.#byName.get(name)?.host.trial ?? { verdict: "superseded" };
  }

  rollBack(name: FlowName, generation: number): RollBackReport {
    const host = this.host(name);
    return this.#following(host, () => host.rollBack(generation));
  }

  async remove(name: FlowName): Promise<void> {
    const placed = this.#byName.get(name);
    if (!placed) return;
    this.#byName.delete(name);
    this.#bySlot[placed.slot] = undefined;
    this.#subscribe();
    await placed.host.close();
  }

  /** Throws `FF_API_NOT_RUNNING` when there is no such flow. */
  host(name: FlowName): FlowHost {
    const placed = this.#byName.get(name);
    if (!placed) throw new FlowFusionError("FF_API_NOT_RUNNING", `flow ${name} does not run`);
    return placed.host;
  }

  has(name: FlowName): boolean {
    return this.#byName.has(name);
  }

  stats(): { flows: HostStats[]; router: RouterStats } {
    return { flows: [...this.#byName.values()].map(({ host }) => host.stats()), router: this.#router.stats };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map(({ host }) => host.close()));
  }

  #freeSlot(): number {
    const hole = this.#bySlot.indexOf(undefined);
    return hole < 0 ? this.#bySlot.length : hole;
  }

  /** Runs a swap, and has the router resolve its topics anew only where the flow's inputs changed with it. */
  #following<T>(host: FlowHost, swap: () => T): T {
    const before = JSON.stringify(subscribedPatterns(host.graph));
    const report = swap();
    if (JSON.stringify(subscribedPatterns(host.graph)) !== before) this.#subscribe();
    return report;
  }

  #subscribe(): void {
    this.#router.subscribe(
      [...this.#byName.values()].flatMap(({ slot, host }) =>
        subscribedPatterns(host.graph).map(({ pattern, input }) => ({ pattern, route: { slot, input } })),
      ),
    );
  }
}

async function compile({ metered, modules, ...program }: FlowProgram): Promise<LoadedProgram> {
  const nodes = modules && nodesOf(program.graph, modules);
  return { ...program, module: await compileWhole(metered), ...(nodes && { nodes }) };
}
