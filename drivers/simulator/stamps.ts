// Timestamps of updates: ns since the Unix epoch, strictly increasing over a run, so that a receiver can count what
// was lost, doubled or reordered by them and measure latency. A clock that stands still or steps back is overtaken
// in steps of 1 ns.

export class Stamps {
  readonly #clockNs: () => bigint;
  #lastNs = 0n;

  constructor(clockNs: () => bigint) {
    this.#clockNs = clockNs;
  }

  /** Reserves `count` timestamps from now on, 1 ns apart; gives the first. */
  take(count: number): bigint {
    const nowNs = this.#clockNs();
    const firstNs = nowNs > this.#lastNs ? nowNs : this.#lastNs + 1n;
    this.#lastNs = firstNs + BigInt(count - 1);
    return firstNs;
  }
}
