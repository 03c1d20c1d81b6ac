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
  take(port, Scalar.number(meta, bits), Scalar.quality(meta));
  if (!hasLeft || !hasRight) return Outcome.nothing;
  return op < Op.greater ? Outcome.number(compute(), quality()) : Outcome.boolean(decide(), quality());
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  if (isZip) {
    if (!zip(port, message)) return;
  } else {
    take(port, message.number, message.quality);
    if (!hasLeft || !hasRight) return;
  }
  message.quality = quality();
  if (op < Op.greater) message.setNumber(compute());
  else message.setBoolean(decide());
  emit(0, message.withTopic(topic));
}

// @ts-ignore: decorator
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

/** The worse of the two; bad where a comparison or logic has no answer. */
// @ts-ignore: decorator
@inline
function quality(): u8 {
  const isUndecidable = op >= Op.greater && (isNaN(left) || isNaN(right));
  return isUndecidable ? Quality.bad : max(leftQuality, rightQuality);
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
  if (isVersion1) return;
  state.at = queues;
  waiting[0].load(state);
  waiting[1].load(state);
}

function compute(): f64 {
  switch (op) {
    case Op.add:
      return left + right;
    case Op.subtract:
      return left - right;
    case Op.multiply:
      return left * right;
    case Op.divide:
      return left / right;
    case Op.min:
      return min(left, right);
    default:
      return max(left, right);
  }
}

function decide(): bool {
  switch (op) {
    case Op.greater:
      return left > right;
    case Op.greaterOrEqual:
      return left >= right;
    case Op.less:
      return left < right;
    case Op.lessOrEqual:
      return left <= right;
    case Op.equal:
      return left == right;
    case Op.notEqual:
      return left != right;
    case Op.and:
      return left != 0 && right != 0;
    default:
      return left != 0 || right != 0;
  }
}

const names: string[] = ["+", "-", "*", "/", "min", "max", ">", ">=", "<", "<=", "==", "!=", "and", "or"];

function parseOp(text: string): Op {
  const index = names.indexOf(text);
  if (index < 0) reject("unknown operation " + text);
  return <Op>index;
}
