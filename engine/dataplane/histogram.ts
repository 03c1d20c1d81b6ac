// Times of the last minute or two, for percentiles that tell how it is now and not how it was at start.

import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

const windowMs = 60_000;
/** ns; two figures keep a histogram at 24 KiB, and there are two for every flow. */
const range = { lowest: 1, highest: 1_000_000_000, figures: 2 };

export class RecentTimes {
  #current: RecordableHistogram = createHistogram(range);
  #previous: RecordableHistogram = createHistogram(range);
  #windowEndsMs = 0;

  /** `nowMs`: any monotonic clock. */
  record(us: number, nowMs: number): void {
    if (nowMs >= this.#windowEndsMs) this.#turn(nowMs);
    this.#current.record(Math.min(range.highest, Math.max(range.lowest, Math.round(us * 1000))));
  }

  /** Percentile in µs; 0 when nothing was recorded. */
  percentileUs(percent: number): number {
    const both = createHistogram(range);
    both.add(this.#previous);
    both.add(this.#current);
    return both.count === 0 ? 0 : both.percentile(percent) / 1000;
  }

  #turn(nowMs: number): void {
    const isLongAgo = nowMs >= this.#windowEndsMs + windowMs;
    const spare = this.#previous;
    spare.reset();
    this.#previous = this.#current;
    this.#current = spare;
    if (isLongAgo) this.#previous.reset();
    this.#windowEndsMs = nowMs + windowMs;
  }
}
