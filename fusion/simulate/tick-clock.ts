// The ticks of a gateway, in the time of a recording: one each 100 ms, the first reading starts the clock.

/** How often nodes that go by time are asked, in the time of the readings. ns. */
const tickNs = 100_000_000n;
/** Ticks between two readings; of a longer pause only the last ones are made. */
const ticksPerPauseMax = 10_000n;

export class TickClock {
  #lastNs: bigint | undefined;

  /** The times of the ticks up to `nowNs` that were not given yet. Time that goes backwards lets the clock stand. */
  *upTo(nowNs: bigint): Generator<bigint> {
    const latestNs = nowNs - (nowNs % tickNs);
    this.#lastNs ??= latestNs;
    const due = (nowNs - this.#lastNs) / tickNs;
    if (due <= 0n) return;
    const first = latestNs - ((due > ticksPerPauseMax ? ticksPerPauseMax : due) - 1n) * tickNs;
    for (let at = first; at <= nowNs; at += tickNs) {
      this.#lastNs = at;
      yield at;
    }
  }

  /** Whether `upTo` would give any. */
  isDue(nowNs: bigint): boolean {
    this.#lastNs ??= nowNs - (nowNs % tickNs);
    return nowNs >= this.#lastNs + tickNs;
  }
}
