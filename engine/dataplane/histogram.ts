// Times of the last minute or two, for percentiles that tell how it is now and not how it was at start. A recorder
// belongs to every flow and is called for every run of it: one increment in a small table, no call out of JavaScript. The
// table reaches from the shortest time to the longest, which for most flows is a tenth of what may be.
//
// Buckets are 1 ns wide up to 64 ns, then 32 to each doubling: the middle of one is within 2 % of all that fall in it.

const windowMs = 60_000;
const bucketsLog2 = 5;
const longestNs = 2 ** 31 - 1;
/** Where a table grows, it takes in so many more: four doublings of a longer time, and two of a shorter one. */
const longerBuckets = 4 << bucketsLog2;
const shorterBuckets = 2 << bucketsLog2;
const noBuckets = new Uint32Array(0);

export class RecentTimes {
  /** Bucket that both tables begin with. */
  #first = 0;
  #current = noBuckets;
  #previous = noBuckets;
  #windowEndsMs = 0;

  /** `nowMs`: any monotonic clock. */
  record(us: number, nowMs: number): void {
    if (nowMs >= this.#windowEndsMs) this.#turn(nowMs);
    const ns = us * 1000;
    const bucket = bucketOf(ns < longestNs ? (ns > 0 ? ns : 0) : longestNs);
    if (bucket < this.#first || bucket >= this.#first + this.#current.length) this.#takeIn(bucket);
    const index = bucket - this.#first;
    this.#current[index] = this.#current[index]! + 1;
  }

  /** Percentile in µs; 0 when nothing was recorded. */
  percentileUs(percent: number): number {
    let total = 0;
    for (let index = 0; index < this.#current.length; index++) total += this.#countAt(index);
    let left = Math.ceil((total * percent) / 100);
    if (total === 0) return 0;
    let index = 0;
    for (left -= this.#countAt(0); left > 0; left -= this.#countAt(index)) index++;
    return middleNs(this.#first + index) / 1000;
  }

  #countAt(index: number): number {
    return (this.#previous[index] ?? 0) + this.#current[index]!;
  }

  #turn(nowMs: number): void {
    const isLongAgo = nowMs >= this.#windowEndsMs + windowMs;
    const former = this.#previous;
    this.#previous = this.#current;
    // A table that is as long is used again.
    this.#current = former.length === this.#previous.length ? former.fill(0) : new Uint32Array(this.#previous.length);
    if (isLongAgo) this.#previous.fill(0);
    this.#windowEndsMs = nowMs + windowMs;
  }

  /** Lets both tables reach to the bucket, and further. */
  #takeIn(bucket: number): void {
    const isEmpty = this.#current.length === 0;
    const end = this.#first + this.#current.length;
    const first = isEmpty || bucket < this.#first ? Math.max(0, bucket - shorterBuckets) : this.#first;
    const length = (isEmpty || bucket >= end ? bucket + longerBuckets : end) - first;
    this.#current = moved(this.#current, this.#first - first, length);
    if (this.#previous.length > 0) this.#previous = moved(this.#previous, this.#first - first, length);
    this.#first = first;
  }
}

function moved(table: Uint32Array<ArrayBuffer>, by: number, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length);
  if (table.length > 0) longer.set(table, by);
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
