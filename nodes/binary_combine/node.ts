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

let op: Op = Op.add;
let topic: Topic = new Topic();

let hasLeft: bool = false;
let hasRight: bool = false;
let left: f64 = 0;
let right: f64 = 0;
let leftQuality: u8 = 0;
let rightQuality: u8 = 0;

export function configure(properties: Properties): void {
  op = parseOp(properties.text("op"));
  topic = properties.topic("topic");
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (!Scalar.isNumeric(meta)) return Outcome.nothing;
  if (topic.length > 0) return Outcome.declined;
  take(port, Scalar.number(meta, bits), Scalar.quality(meta));
  if (!hasLeft || !hasRight) return Outcome.nothing;
  return op < Op.greater ? Outcome.number(compute(), quality()) : Outcome.boolean(decide(), quality());
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  take(port, message.number, message.quality);
  if (!hasLeft || !hasRight) return;
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
}

export function loadState(state: StateReader): void {
  const flags = state.u64();
  const savedLeft = state.f64();
  const savedRight = state.f64();
  if (!state.isFinished) return;
  const savedLeftQuality = <u8>(flags >> 8);
  const savedRightQuality = <u8>(flags >> 16);
  if (flags >> 24 != 0 || (flags & 0xfc) != 0 || max(savedLeftQuality, savedRightQuality) > Quality.bad) {
    reject("the state holds flags that this node does not write");
    return;
  }
  hasLeft = (flags & 1) != 0;
  hasRight = (flags & 2) != 0;
  leftQuality = savedLeftQuality;
  rightQuality = savedRightQuality;
  left = savedLeft;
  right = savedRight;
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
