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
import { Waiting } from "../shared/waiting";

enum Op {
  add,
  subtract,
  multiply,
  divide,
  min,
  max,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  equal,
  notEqual,
  and,
  or,
}

const pairings: string[] = ["latest", "zip"];

let op: Op = Op.add;
let topic: Topic = new Topic();
/** Whether results get `topic`. */
let hasTopic: bool = false;
let isZip: bool = false;
let toleranceNs: u64 = 0;

const waiting: Waiting[] = [new Waiting(), new Waiting()];
let hasLeft: bool = false;
let hasRight: bool = false;
let left: f64 = 0;
let right: f64 = 0;
let leftQuality: u8 = 0;
let rightQuality: u8 = 0;

export function configure(properties: Properties): void {
  op = parseOp(properties.text("op"));
  topic = properties.topic("topic");
  hasTopic = topic.length > 0;
  isZip = properties.choice("pairing", pairings) == 1;
  toleranceNs = properties.durationNs("toleranceMs");
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (!Scalar.isNumeric(meta)) return Outcome.nothing;
  if (isZip || hasTopic) return Outcome.declined;
  const value = Scalar.number(meta, bits);
  const quality = Scalar.quality(meta);
  take(port, value, quality);
  if (!hasLeft || !hasRight) return Outcome.nothing;
  // What came is at hand; it need not be read again from where it was just kept.
  const a = port == 0 ? value : left;
  const b = port == 0 ? right : value;
  const worse = qualityOf(a, b, max(quality, port == 0 ? rightQuality : leftQuality));
  return op < Op.greater ? Outcome.number(compute(a, b), worse) : Outcome.boolean(decide(a, b), worse);
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  if (isZip) {
    if (!zip(port, message)) return;
  } else {
    take(port, message.number, message.quality);
    if (!hasLeft || !hasRight) return;
  }
  message.quality = qualityOf(left, right, max(leftQuality, rightQuality));
  if (op < Op.greater) message.setNumber(compute(left, right));
  else message.setBoolean(decide(left, right));
  emit(0, message.withTopic(topic));
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function take(port: u32, value: f64, quality: u8): void {
  if (port == 0) {
    hasLeft = true;
    left = value;
    leftQuality = quality;
  } else {
    hasRight = true;
    right = value;
    rightQuality = quality;
  }
}

/** Pairs the message with the waiting one of the other side that is nearest in time; false when it waits itself. */
function zip(port: u32, message: Message): bool {
  const partner = waiting[port ^ 1].takeNearest(message.timestampNs, toleranceNs);
  if (partner === null) {
    waiting[port].add(message);
    return false;
  }
  left = port == 0 ? message.number : partner.value;
  right = port == 0 ? partner.value : message.number;
  leftQuality = message.quality;
  rightQuality = <u8>partner.quality;
  message.timestampNs = max(message.timestampNs, partner.timestampNs);
  return true;
}

/** The worse of both qualities; bad where a comparison or logic has no answer. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function qualityOf(a: f64, b: f64, worse: u8): u8 {
  return op >= Op.greater && (isNaN(a) || isNaN(b)) ? Quality.bad : worse;
}

export function saveState(state: StateWriter): void {
  state.u64(<u64>hasLeft | ((<u64>hasRight) << 1) | ((<u64>leftQuality) << 8) | ((<u64>rightQuality) << 16));
  state.f64(left);
  state.f64(right);
  waiting[0].save(state);
  waiting[1].save(state);
}

export function loadState(state: StateReader): void {
  const flags = state.u64();
  const savedLeft = state.f64();
  const savedRight = state.f64();
  const isVersion1 = state.isFinished;
  const queues = state.at;
  const areSound = isVersion1 || (waiting[0].isSound(state) && waiting[1].isSound(state));
  if (!state.isFinished) return;
  const savedLeftQuality = <u8>(flags >> 8);
  const savedRightQuality = <u8>(flags >> 16);
  if (flags >> 24 != 0 || (flags & 0xfc) != 0 || max(savedLeftQuality, savedRightQuality) > Quality.bad || !areSound) {
    reject("the state holds values that this node does not write");
    return;
  }
  hasLeft = (flags & 1) != 0;
  hasRight = (flags & 2) != 0;
  leftQuality = savedLeftQuality;
  rightQuality = savedRightQuality;
  left = savedLeft;
  right = savedRight;
  if (isVersion1) {
    waiting[0].clear();
    waiting[1].clear();
    return;
  }
  state.at = queues;
  waiting[0].load(state);
  waiting[1].load(state);
}

function compute(a: f64, b: f64): f64 {
  switch (op) {
    case Op.add:
      return a + b;
    case Op.subtract:
      return a - b;
    case Op.multiply:
      return a * b;
    case Op.divide:
      return a / b;
    case Op.min:
      return min(a, b);
    default:
      return max(a, b);
  }
}

function decide(a: f64, b: f64): bool {
  switch (op) {
    case Op.greater:
      return a > b;
    case Op.greaterOrEqual:
      return a >= b;
    case Op.less:
      return a < b;
    case Op.lessOrEqual:
      return a <= b;
    case Op.equal:
      return a == b;
    case Op.notEqual:
      return a != b;
    case Op.and:
      return a != 0 && b != 0;
    default:
      return a != 0 || b != 0;
  }
}

const names: string[] = ["+", "-", "*", "/", "min", "max", ">", ">=", "<", "<=", "==", "!=", "and", "or"];

function parseOp(text: string): Op {
  const index = names.indexOf(text);
  if (index < 0) reject("unknown operation " + text);
  return <Op>index;
}
