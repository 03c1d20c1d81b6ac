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
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { Accumulator, Aggregate, Op } from "../shared/accumulator";

/** What version 1 wrote: count, sum, least, greatest, worst quality. */
const stateBytesOfVersion1: usize = 40;

const windows = new TopicMap();
let size: u64 = 1;
let topic: Topic = new Topic();
/** Whether results get `topic`. */
let hasTopic: bool = false;
let isPerTopic: bool = false;
/** The one window of all topics, which stays where it is. */
let shared: usize = 0;
/** Whether a value alone is not enough to go on: its topic or timestamp counts as well. */
let needsMessage: bool = false;

export function configure(properties: Properties): void {
  Aggregate.configure(properties);
  const wanted = properties.number("size");
  if (!(wanted >= 1)) reject("property size must be at least 1");
  size = <u64>wanted;
  topic = properties.topic("topic");
  hasTopic = topic.length > 0;
  isPerTopic = properties.flag("perTopic");
  needsMessage = isPerTopic || isOrdered();
  // What is gathered for one sort of aggregates is no beginning for another.
  const layout: u64 = isOrdered() ? 1 : Aggregate.needsSpread() ? 0 : 2;
  if (isPerTopic) windows.configure(properties, Aggregate.bytes(), layout);
  else shared = windows.share(Aggregate.bytes(), layout);
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (!Scalar.isNumeric(meta)) return Outcome.nothing;
  if (needsMessage) return Outcome.declined;
  const window = changetype<Accumulator>(shared);
  if (hasTopic && window.count + 1 >= size) return Outcome.declined;
  if (!Aggregate.needsSpread()) return handleSum(window, Scalar.number(meta, bits), Scalar.quality(meta));
  Aggregate.take(window, Scalar.number(meta, bits), Scalar.quality(meta));
  if (window.count < size) return Outcome.nothing;
  const outcome = Outcome.number(window.result, <u8>window.worstQuality);
  Aggregate.begin(window);
  return outcome;
}

/** The same for count, sum and avg, which are told from what is at hand, without a look at what was just kept. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function handleSum(window: Accumulator, value: f64, quality: u8): i32 {
  const count = window.count + 1;
  const sum = window.sum + value;
  const worst = max(window.worstQuality, <u64>quality);
  if (count < size) {
    window.count = count;
    window.sum = sum;
    window.worstQuality = worst;
    return Outcome.nothing;
  }
  Aggregate.begin(window);
  const result = Aggregate.op == Op.avg ? sum / <f64>(<i64>count) : Aggregate.op == Op.sum ? sum : <f64>count;
  return Outcome.number(result, <u8>worst);
}

/** Whether timestamps count. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function isOrdered(): bool {
  return Aggregate.op == Op.first || Aggregate.op == Op.last || Aggregate.op == Op.timeAvg;
}

/** Comes to a number where that needs its message, or ends a window whose aggregate has a topic of its own. */
export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  const window = changetype<Accumulator>(windows.of(message));
  if (isOrdered()) Aggregate.add(window, message);
  else Aggregate.take(window, message.number, message.quality);
  if (window.count < size) return;
  const last = window.last;
  const lastNs = window.lastNs;
  window.tell(message);
  Aggregate.begin(window);
  // The value goes on holding until the next window's first message.
  if (Aggregate.op == Op.timeAvg) window.carry(last, lastNs);
  emit(0, message.withTopic(topic));
}

export function saveState(state: StateWriter): void {
  windows.save(state);
}

export function loadState(state: StateReader): void {
  if (state.length == stateBytesOfVersion1) loadVersion1(state);
  else windows.load(state, isSound);
}

function isSound(window: usize): bool {
  return Aggregate.isSound(changetype<Accumulator>(window));
}

function loadVersion1(state: StateReader): void {
  const count = state.u64();
  const sum = state.f64();
  const least = state.f64();
  const greatest = state.f64();
  const worstQuality = state.u64();
  if (worstQuality > Quality.bad) {
    reject("the state holds a quality beyond bad");
    return;
  }
  windows.clear();
  // It knows too little for the aggregates that came later, and no topics: those begin anew.
  if (isPerTopic || Aggregate.op > Op.max || count == 0) return;
  const window = changetype<Accumulator>(windows.add(0, 0));
  Aggregate.begin(window);
  window.count = count;
  window.sum = sum;
  window.least = least;
  window.greatest = greatest;
  window.worstQuality = worstQuality;
}
