import {
  emit,
  Message,
  Outcome,
  Properties,
  Quality,
  reject,
  Scalar,
  StateReader,
  StateWriter,
  Topic,
} from "@flowfusion/nodekit-assemblyscript/assembly";

enum Op {
  count,
  sum,
  avg,
  min,
  max,
}

let op: Op = Op.count;
let size: u64 = 1;
let topic: Topic = new Topic();

let count: u64 = 0;
let sum: f64 = 0;
let least: f64 = Infinity;
let greatest: f64 = -Infinity;
let worstQuality: u8 = 0;

export function configure(properties: Properties): void {
  op = parseOp(properties.text("op"));
  const wanted = properties.number("size");
  if (!(wanted >= 1)) reject("property size must be at least 1");
  size = <u64>wanted;
  topic = properties.topic("topic");
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (!Scalar.isNumeric(meta)) return Outcome.nothing;
  const isLast = count + 1 >= size;
  if (isLast && topic.length > 0) return Outcome.declined;
  take(Scalar.number(meta, bits), Scalar.quality(meta));
  if (!isLast) return Outcome.nothing;
  const outcome = Outcome.number(result(), worstQuality);
  begin();
  return outcome;
}

/** Only comes to a number when that ends a window whose aggregate has a topic of its own. */
export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  take(message.number, message.quality);
  if (count < size) return;
  message.quality = worstQuality;
  message.setNumber(result());
  begin();
  emit(0, message.withTopic(topic));
}

// @ts-ignore: decorator
@inline
function take(value: f64, quality: u8): void {
  count++;
  sum += value;
  least = min(least, value);
  greatest = max(greatest, value);
  worstQuality = max(worstQuality, quality);
}

export function saveState(state: StateWriter): void {
  state.u64(count);
  state.f64(sum);
  state.f64(least);
  state.f64(greatest);
  state.u64(worstQuality);
}

export function loadState(state: StateReader): void {
  const savedCount = state.u64();
  const savedSum = state.f64();
  const savedLeast = state.f64();
  const savedGreatest = state.f64();
  const savedQuality = state.u64();
  if (!state.isFinished) return;
  if (savedQuality > Quality.bad) {
    reject("the state holds a quality beyond bad");
    return;
  }
  count = savedCount;
  sum = savedSum;
  least = savedLeast;
  greatest = savedGreatest;
  worstQuality = <u8>savedQuality;
}

function begin(): void {
  count = 0;
  sum = 0;
  least = Infinity;
  greatest = -Infinity;
  worstQuality = 0;
}

function result(): f64 {
  switch (op) {
    case Op.count:
      return <f64>count;
    case Op.sum:
      return sum;
    case Op.avg:
      return sum / <f64>count;
    case Op.min:
      return least;
    default:
      return greatest;
  }
}

function parseOp(text: string): Op {
  if (text == "count") return Op.count;
  if (text == "sum") return Op.sum;
  if (text == "avg") return Op.avg;
  if (text == "min") return Op.min;
  if (text == "max") return Op.max;
  reject("unknown aggregate " + text);
  return Op.count;
}
