// All flows of a data plane and the router in front of them.

import { type FlowName, subscribedPatterns } from "@flowfusion/graph";
import { compileWhole } from "./compile.ts";
import { FlowHost, type FlowPlace } from "./flow-host.ts";
import { Router, type RouterStats } from "./router/router.ts";
import type { FlowProgram, FlowStats, SwapReport } from "./types.ts";

interface Placed {
  readonly slot: number;
  readonly host: FlowHost;
}

const firstDeploy = (pauseMs: number): SwapReport => ({ pauseMs, stateBytes: 0, state: { kept: [], reset: [] } });

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

  async deploy(name: FlowName, { metered, ...program }: FlowProgram): Promise<SwapReport> {
    const module = await compileWhole(metered);
    const placed = this.#byName.get(name);
    if (placed) {
      const report = placed.host.swap({ ...program, module });
      this.#subscribe();
      return report;
    }
    const host = new FlowHost({ ...this.#place, name }, { ...program, module });
    const slot = this.#freeSlot();
    this.#bySlot[slot] = host;
    this.#byName.set(name, { slot, host });
    this.#subscribe();
    return firstDeploy(0);
  }

  async remove(name: FlowName): Promise<void> {
    const placed = this.#byName.get(name);
    if (!placed) return;
    this.#byName.delete(name);
    this.#bySlot[placed.slot] = undefined;
    this.#subscribe();
    await placed.host.remove();
  }

  stats(): { flows: FlowStats[]; router: RouterStats } {
    return { flows: [...this.#byName.values()].map(({ host }) => host.stats()), router: this.#router.stats };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map(({ host }) => host.close()));
  }

  #freeSlot(): number {
    const hole = this.#bySlot.indexOf(undefined);
    return hole < 0 ? this.#bySlot.length : hole;
  }

  #subscribe(): void {
    this.#router.subscribe(
      [...this.#byName.values()].flatMap(({ slot, host }) =>
        subscribedPatterns(host.graph).map(({ pattern, input }) => ({ pattern, route: { slot, input } })),
      ),
    );
  }
}
