// Times of the last minute or two, for percentiles that tell how it is now and not how it was at start. A recorder
// belongs to every flow and is called for every run of it: one increment in a small table, no call out of JavaScript. The
// table is as long as the longest time asks, which for most flows is a fifth of what it may be.
//
// Buckets are 1 ns wide up to 64 ns, then 32 to each doubling: the middle of one is within 2 % of all that fall in it.

const windowMs = 60_000;
const bucketsLog2 = 5;
const longestNs = 2 ** 31 - 1;
/** A table grows by so many buckets at least, four doublings of the time. */
const growthBuckets = 4 << bucketsLog2;
const noBuckets = new Uint32Array(0);

export class RecentTimes {
  #current = noBuckets;
  #previous = noBuckets;
  #windowEndsMs = 0;

  /** `nowMs`: any monotonic clock. */
  record(us: number, nowMs: number): void {
    if (nowMs >= this.#windowEndsMs) this.#turn(nowMs);
    const ns = us * 1000;
    const bucket = bucketOf(ns < longestNs ? (ns > 0 ? ns : 0) : longestNs);
    if (bucket >= this.#current.length) this.#current = grown(this.#current, bucket + growthBuckets);
    this.#current[bucket] = this.#current[bucket]! + 1;
  }

  /** Percentile in µs; 0 when nothing was recorded. */
  percentileUs(percent: number): number {
    let total = 0;
    const bucketCount = Math.max(this.#current.length, this.#previous.length);
    for (let bucket = 0; bucket < bucketCount; bucket++) total += this.#countOf(bucket);
    let left = Math.ceil((total * percent) / 100);
    if (total === 0) return 0;
    let bucket = 0;
    for (left -= this.#countOf(0); left > 0; left -= this.#countOf(bucket)) bucket++;
    return middleNs(bucket) / 1000;
  }

  #countOf(bucket: number): number {
    return (this.#previous[bucket] ?? 0) + (this.#current[bucket] ?? 0);
  }

  #turn(nowMs: number): void {
    const isLongAgo = nowMs >= this.#windowEndsMs + windowMs;
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.#current.fill(0);
    if (isLongAgo) this.#previous.fill(0);
    this.#windowEndsMs = nowMs + windowMs;
  }
}

function grown(table: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length);
  longer.set(table);
  return longer;
}

/** `ns` from 0 to `longestNs`; its fraction does not count. */
function bucketOf(ns: number): number {
  const shift = Math.max(0, 31 - bucketsLog2 - Math.clz32(ns));
  return (shift << bucketsLog2) + (ns >>> shift);
}

function middleNs(bucket: number): number {
  const shift = Math.max(0, (bucket >> bucketsLog2) - 1);
  const widthNs = 2 ** shift;
  return (bucket - (shift << bucketsLog2)) * widthNs + (widthNs - 1) / 2;
}
