// What is gathered of the values of one window, so that any aggregate can be told in the end. A digest for percentiles
// stands behind it where one is asked for.

import { Message, Properties, Quality, reject } from "@flowfusion/nodekit-assemblyscript/assembly";
import { Digest, digestBytes } from "./digest";
import { since } from "./clock";

export enum Op {
  count,
  sum,
  avg,
  min,
  max,
  stddev,
  first,
  last,
  timeAvg,
  percentile,
}

const opNames: string[] = [
  "count", "sum", "avg", "min", "max", "stddev", "first", "last", "time_avg", "percentile",
];

@unmanaged
export class Accumulator {
  count: u64;
  sum: f64;
  least: f64;
  greatest: f64;
  /** The first value that came; squares are of the distance from it, so that little is lost where all are alike. */
  origin: f64;
  distances: f64;
  squares: f64;
  first: f64;
  firstNs: u64;
  /** The value that holds and since when: the last by timestamp or, before the first message, one carried in. */
  last: f64;
  lastNs: u64;
  isCarried: u64;
  /** Value × ns over all the time that a value held. */
  area: f64;
  heldNs: f64;
  worstQuality: u64;

  /** What is not reset here is set by the first value; a record of zeros needs no `begin`. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  begin(): void {
    this.count = 0;
    this.sum = 0;
    this.isCarried = 0;
    this.area = 0;
    this.heldNs = 0;
    this.worstQuality = 0;
  }

  /** Lets a value from before hold until the first message. */
  carry(value: f64, fromNs: u64): void {
    this.last = value;
    this.lastNs = fromNs;
    this.isCarried = 1;
  }

  /** Takes in a value, as far as sum, count and quality go. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  takeSum(value: f64, quality: u8): void {
    this.count++;
    this.sum += value;
    this.worstQuality = max(this.worstQuality, <u64>quality);
  }

  /** Takes in how far values lie from one another. The first one sets all that the others add to. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  takeSpread(value: f64): void {
    if (this.count == 0) {
      this.least = value;
      this.greatest = value;
      this.origin = value;
      this.distances = 0;
      this.squares = 0;
    }
    // Most values are neither, and engines take longer for the least and greatest of two, which may be NaN.
    if (!(value > this.least)) this.least = min(this.least, value);
    if (!(value < this.greatest)) this.greatest = max(this.greatest, value);
    const distance = value - this.origin;
    this.distances += distance;
    this.squares += distance * distance;
  }

  /** Gives a value its place in time. To be called before it is taken in. */
  place(value: f64, timestampNs: u64): void {
    if (this.count == 0 || timestampNs < this.firstNs) {
      this.first = value;
      this.firstNs = timestampNs;
    }
    if (this.count > 0 && timestampNs < this.lastNs) return;
    if (this.count > 0 || this.isCarried != 0) this.hold(timestampNs);
    this.last = value;
    this.lastNs = timestampNs;
  }

  /** Lets the value that holds do so until `untilNs`. */
  hold(untilNs: u64): void {
    const elapsedNs = <f64>since(this.lastNs, untilNs);
    this.area += this.last * elapsedNs;
    this.heldNs += elapsedNs;
  }

  /** The message with the aggregate as its value. */
  tell(message: Message): Message {
    message.quality = <u8>this.worstQuality;
    message.setNumber(this.result);
    return message;
  }

  get isSound(): bool {
    return this.worstQuality <= <u64>Quality.bad && this.isCarried <= 1;
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  get result(): f64 {
    switch (Aggregate.op) {
      case Op.count:
        return <f64>this.count;
      case Op.sum:
        return this.sum;
      case Op.avg:
        return this.average;
      case Op.min:
        return this.least;
      case Op.max:
        return this.greatest;
      case Op.stddev:
        return this.deviation;
      case Op.first:
        return this.first;
      case Op.last:
        return this.last;
      case Op.timeAvg:
        return this.heldNs > 0 ? this.area / this.heldNs : this.average;
      default:
        if (isNaN(this.least)) return NaN;
        return Aggregate.digestOf(this).at(Aggregate.fraction, this.count, this.least, this.greatest);
    }
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  private get average(): f64 {
    // As signed, which is one instruction.
    return this.sum / <f64>(<i64>this.count);
  }

  /** Of a sample: divided by one less than there are values. */
  private get deviation(): f64 {
    // 0, or NaN where the value is no finite number.
    if (this.count < 2) return this.sum - this.sum;
    const count = <f64>this.count;
    const variance = (this.squares - (this.distances * this.distances) / count) / (count - 1);
    return sqrt(max(variance, 0));
  }
}

/**
 * Which aggregate is asked for, and how much memory that takes. A node has one. It is in globals, not in an object: those
 * are constants once a flow is fused.
 */
export namespace Aggregate {
  export let op: Op = Op.count;
  export let fraction: f64 = 0;

  export function configure(properties: Properties): void {
    op = <Op>properties.choice("op", opNames);
    const percentile = properties.number("percentile");
    if (!(percentile >= 0 && percentile <= 100)) reject("property percentile must be from 0 to 100");
    fraction = percentile / 100;
  }

  /** Bytes of an accumulator with all that belongs to it. */
  export function bytes(): usize {
    return offsetof<Accumulator>() + (op == Op.percentile ? digestBytes : 0);
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function digestOf(accumulator: Accumulator): Digest {
    return changetype<Digest>(changetype<usize>(accumulator) + offsetof<Accumulator>());
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function begin(accumulator: Accumulator): void {
    accumulator.begin();
    if (op == Op.percentile) digestOf(accumulator).used = 0;
  }

  /** Whether it takes more than sum and count. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function needsSpread(): bool {
    return op > Op.avg;
  }

  export function add(accumulator: Accumulator, message: Message): void {
    accumulator.place(message.number, message.timestampNs);
    take(accumulator, message.number, message.quality);
  }

  /** Takes in a value without its time. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function take(accumulator: Accumulator, value: f64, quality: u8): void {
    if (needsSpread()) accumulator.takeSpread(value);
    accumulator.takeSum(value, quality);
    // NaN has no place in an order; it makes least and greatest NaN, and then the percentile as well.
    if (op == Op.percentile && !isNaN(value)) digestOf(accumulator).add(value);
  }

  export function isSound(accumulator: Accumulator): bool {
    return accumulator.isSound && (op != Op.percentile || digestOf(accumulator).isSound);
  }
}
