import {
  emit,
  Kind,
  Message,
  Outcome,
  Properties,
  Quality,
  Scalar,
  StateReader,
  StateWriter,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { since } from "../shared/clock";
import { Held } from "../shared/held";

enum Substitute {
  none,
  lastGood,
  constant,
}

const rejected: u32 = 1;
const levels: string[] = ["good", "uncertain"];
const substitutes: string[] = ["none", "last_good", "constant"];
const tags = new TopicMap();
let worstAccepted: u8 = 0;
let substitute: Substitute = Substitute.none;
/** 0: no limit. */
let ageNsMax: u64 = 0;
let constant: f64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, offsetof<Held>());
  worstAccepted = <u8>properties.choice("accept", levels);
  substitute = <Substitute>properties.choice("substitute", substitutes);
  ageNsMax = properties.durationNs("maxAgeMs");
  if (substitute == Substitute.constant) constant = properties.number("value");
}

export function handleScalar(port: u32, meta: u32, bits: u64): i32 {
  if (substitute == Substitute.lastGood) return Outcome.declined;
  const isAccepted = isGoodEnough(meta, bits);
  const isReplaced = !isAccepted && substitute == Substitute.constant && Scalar.isNumeric(meta);
  if (isReplaced) return Outcome.number(constant, Quality.uncertain);
  return Outcome.pass(isAccepted ? 1 : 1 << rejected);
}

export function handle(port: u32, message: Message): void {
  const isAccepted = isGoodEnough(message.meta, message.bits);
  if (substitute == Substitute.lastGood) {
    withLastGood(message, isAccepted);
  } else if (!isAccepted && substitute == Substitute.constant && message.isNumeric) {
    message.setNumber(constant);
    message.quality = Quality.uncertain;
    emit(0, message);
  } else {
    emit(isAccepted ? 0 : rejected, message);
  }
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function withLastGood(message: Message, isAccepted: bool): void {
  if (isAccepted && !message.isNumeric) {
    emit(0, message);
    return;
  }
  const last = changetype<Held>(tags.of(message));
  if (isAccepted) {
    last.keep(message);
    emit(0, message);
  } else if (!last.isSet || (ageNsMax > 0 && since(last.timestampNs, message.timestampNs) > ageNsMax)) {
    emit(rejected, message);
  } else {
    const result = last.toMessage(tags.topicOf(changetype<usize>(last)), message.timestampNs);
    result.quality = Quality.uncertain;
    emit(0, result);
  }
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function isGoodEnough(meta: u32, bits: u64): bool {
  return Scalar.quality(meta) <= worstAccepted && (<u8>meta != Kind.float64 || isFinite(reinterpret<f64>(bits)));
}

function isSound(tag: usize): bool {
  return changetype<Held>(tag).isSound;
}
