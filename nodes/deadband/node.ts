// Held values cannot be fields of a record, since a field of class type is a pointer: they stand one after the other.

import {
  emit,
  hasRoom,
  Message,
  Properties,
  Quality,
  StateReader,
  StateWriter,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { since } from "../shared/clock";
import { Held } from "../shared/held";
import { WaitingClock } from "../shared/waiting-clock";

const modes: string[] = ["absolute", "percent"];
const sentAt = offsetof<WaitingClock>();
const seenAt = sentAt + offsetof<Held>();
const tags = new TopicMap();
let isPercent: bool = false;
let band: f64 = 0;
let silenceNsMax: u64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, seenAt + offsetof<Held>());
  isPercent = properties.choice("mode", modes) == 1;
  band = properties.number("band");
  silenceNsMax = properties.durationNs("maxSilenceMs");
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) {
    emit(0, message);
    return;
  }
  const tag = tags.of(message);
  const sent = changetype<Held>(tag + sentAt);
  const nowNs = changetype<WaitingClock>(tag).advance(message.timestampNs);
  changetype<Held>(tag + seenAt).keep(message);
  const isSilent = silenceNsMax > 0 && since(sent.timestampNs, nowNs) >= silenceNsMax;
  if (sent.isSet && !isSilent && sent.quality == message.quality && isWithin(sent.number, message.number)) return;
  sent.keep(message);
  sent.timestampNs = nowNs;
  emit(0, message);
}

export function tick(nowNs: u64): void {
  if (silenceNsMax == 0) return;
  for (let tag = tags.first; tag != 0 && hasRoom(); tag = tags.after(tag)) {
    const atNs = changetype<WaitingClock>(tag).at(nowNs);
    const sent = changetype<Held>(tag + sentAt);
    if (since(sent.timestampNs, atNs) < silenceNsMax) continue;
    const seen = changetype<Held>(tag + seenAt);
    const message = seen.toMessage(tags.topicOf(tag), atNs);
    // Nothing has come since: that the value still holds is a guess.
    if (seen.timestampNs <= sent.timestampNs) message.quality = max(message.quality, Quality.uncertain);
    const seenNs = seen.timestampNs;
    sent.keep(message);
    seen.timestampNs = seenNs;
    emit(0, message);
  }
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function isSound(tag: usize): bool {
  return changetype<Held>(tag + sentAt).isSound && changetype<Held>(tag + seenAt).isSound;
}

function isWithin(from: f64, to: f64): bool {
  if (isNaN(from) || isNaN(to)) return isNaN(from) && isNaN(to);
  // Also where both are infinite, and their difference is none.
  if (from == to) return true;
  return abs(to - from) <= (isPercent ? (band / 100) * abs(from) : band);
}
