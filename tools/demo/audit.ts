// What arrives at the end of the flow, counted update by update. The simulator's timestamps are unique and strictly
// increasing, so each one is a sequence number: seen twice is doubled, smaller than the last is out of order.

import { createHistogram } from "node:perf_hooks";
import { wallClockNs } from "@flowfusion/driver-simulator";
import { decodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { listenPull, type PullSocket } from "@flowfusion/transport";

const firstKept = 3;
const usPerNs = 1 / 1000;

export class Audit {
  readonly #seen = new Set<bigint>();
  readonly #latenciesNs = createHistogram();
  readonly first: TagUpdate[] = [];
  received = 0;
  doubled = 0;
  outOfOrder = 0;
  #lastNs = 0n;
  #socket: PullSocket | undefined;

  static async listen(): Promise<Audit> {
    const audit = new Audit();
    audit.#socket = await listenPull({ address: "tcp://127.0.0.1:0", onFrame: (frame) => audit.#take(frame) });
    return audit;
  }

  get address(): string {
    return this.#socket!.address;
  }

  /** From the stamp that the simulator put on an update to its arrival here, µs, since the last `forgetLatencies`. */
  latencyUs(percentile: number): number {
    return this.#latenciesNs.count === 0 ? 0 : Math.round(this.#latenciesNs.percentile(percentile) * usPerNs);
  }

  forgetLatencies(): void {
    this.#latenciesNs.reset();
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #take(frame: Uint8Array): void {
    const nowNs = wallClockNs();
    for (const update of decodeTagUpdateBatch(frame).updates) {
      const { timestampNs } = update;
      this.received++;
      if (this.first.length < firstKept) this.first.push(update);
      if (this.#seen.has(timestampNs)) this.doubled++;
      else if (timestampNs < this.#lastNs) this.outOfOrder++;
      this.#seen.add(timestampNs);
      if (timestampNs > this.#lastNs) this.#lastNs = timestampNs;
      const latencyNs = nowNs - timestampNs;
      this.#latenciesNs.record(latencyNs > 0n ? latencyNs : 1n);
    }
  }
}
