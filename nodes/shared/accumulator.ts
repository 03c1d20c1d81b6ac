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

  begin(): void {
    memory.fill(changetype<usize>(this), 0, offsetof<Accumulator>());
    this.least = Infinity;
    this.greatest = -Infinity;
  }

  /** Lets a value from before hold until the first message. */
  carry(value: f64, fromNs: u64): void {
    this.last = value;
    this.lastNs = fromNs;
    this.isCarried = 1;
  }

  /** Takes in a value. */
  // @ts-ignore: decorator
  @inline
  take(value: f64, quality: u8): void {
    if (this.count == 0) this.origin = value;
    this.sum += value;
    this.least = min(this.least, value);
    this.greatest = max(this.greatest, value);
    const distance = value - this.origin;
    this.distances += distance;
    this.squares += distance * distance;
    this.count++;
    this.worstQuality = max(this.worstQuality, <u64>quality);
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
  tell(aggregate: Aggregate, message: Message): Message {
    message.quality = <u8>this.worstQuality;
    message.setNumber(this.result(aggregate));
    return message;
  }

  get isSound(): bool {
    return this.worstQuality <= <u64>Quality.bad && this.isCarried <= 1;
  }

  result(aggregate: Aggregate): f64 {
    switch (aggregate.op) {
      case Op.count:
        return <f64>this.count;
      case Op.sum:
        return this.sum;
      case Op.avg:
        return this.sum / <f64>this.count;
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
        return this.heldNs > 0 ? this.area / this.heldNs : this.sum / <f64>this.count;
      default:
        if (isNaN(this.least)) return NaN;
        return aggregate.digestOf(this).at(aggregate.fraction, this.count, this.least, this.greatest);
    }
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

/** Which aggregate is asked for, and how much memory that takes. */
export class Aggregate {
  op: Op = Op.count;
  fraction: f64 = 0;

  configure(properties: Properties): void {
    this.op = <Op>properties.choice("op", opNames);
    const percentile = properties.number("percentile");
    if (!(percentile >= 0 && percentile <= 100)) reject("property percentile must be from 0 to 100");
    this.fraction = percentile / 100;
  }

  /** Bytes of an accumulator with all that belongs to it. */
  get bytes(): usize {
    return offsetof<Accumulator>() + (this.op == Op.percentile ? digestBytes : 0);
  }

  digestOf(accumulator: Accumulator): Digest {
    return changetype<Digest>(changetype<usize>(accumulator) + offsetof<Accumulator>());
  }

  begin(accumulator: Accumulator): void {
    accumulator.begin();
    if (this.op == Op.percentile) this.digestOf(accumulator).used = 0;
  }

  /** Whether timestamps count. */
  get isOrdered(): bool {
    return this.op == Op.first || this.op == Op.last || this.op == Op.timeAvg;
  }

  add(accumulator: Accumulator, message: Message): void {
    accumulator.place(message.number, message.timestampNs);
    this.take(accumulator, message.number, message.quality);
  }

  /** Takes in a value without its time. */
  // @ts-ignore: decorator
  @inline
  take(accumulator: Accumulator, value: f64, quality: u8): void {
    accumulator.take(value, quality);
    // NaN has no place in an order; it makes least and greatest NaN, and then the percentile as well.
    if (this.op == Op.percentile && !isNaN(value)) this.digestOf(accumulator).add(value);
  }

  isSound(accumulator: Accumulator): bool {
    return accumulator.isSound && (this.op != Op.percentile || this.digestOf(accumulator).isSound);
  }
}
