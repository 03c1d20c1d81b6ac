// Each limit of a tag is a condition of its own, with its own delay; the alarm's level follows from those that are
// active. A reading first lets the delays run out that are due by then, since what came before held until now.

import {
  emit,
  hasRoom,
  Message,
  Properties,
  reject,
  StateReader,
  StateWriter,
  Text,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { later } from "../shared/clock";
import { forEachMeant } from "../shared/command";
import { isReading } from "../shared/held";
import { WaitingClock } from "../shared/waiting-clock";

@unmanaged
class Tag extends WaitingClock {
  /** When the pending change of each limit's condition began. */
  highHighNs: u64;
  highNs: u64;
  lowNs: u64;
  lowLowNs: u64;
  value: f64;
  /** Bits by limit: the condition is active; it is about to change. */
  active: u8;
  pending: u8;
  /** -2 to 2, as below. */
  level: i8;
  /** What `state` has said: the level or, of a latched alarm, the one before it returned. */
  shown: i8;
  /** The level that the last event spoke of; 0 before the first. */
  told: i8;
  isUnacknowledged: bool;
  isAcknowledgeDue: bool;
  isKnown: bool;
}

const sinceAt = offsetof<Tag>("highHighNs");
const statePort: u32 = 0;
const eventPort: u32 = 1;
const limitCount: u32 = 4;
const limitNames: string[] = ["highHigh", "high", "low", "lowLow"];
const levelNames: string[] = ["low-low", "low", "normal", "high", "high-high"];
const levelOfLimit: i8[] = [2, 1, -1, -2];
const formats: string[] = ["json", "text"];

const tags = new TopicMap();
const limits = new StaticArray<f64>(4);
/** Bits by limit: whether there is one. */
let given: u8 = 0;
let hysteresis: f64 = 0;
let onDelayNs: u64 = 0;
let offDelayNs: u64 = 0;
let needsAcknowledge: bool = false;
let isLatching: bool = false;
let isText: bool = false;
/** The time of the command that is being carried out. */
let commandNs: u64 = 0;

export function configure(properties: Properties): void {
  tags.configure(properties, offsetof<Tag>());
  hysteresis = properties.number("hysteresis");
  onDelayNs = properties.durationNs("onDelayMs");
  offDelayNs = properties.durationNs("offDelayMs");
  needsAcknowledge = properties.flag("acknowledge");
  isLatching = properties.flag("latch");
  isText = properties.choice("format", formats) == 1;
  if (isLatching && !needsAcknowledge) reject("property latch: only an acknowledgement ends a latched alarm, and acknowledge is false");
  readLimits(properties);
}

function readLimits(properties: Properties): void {
  let above: f64 = Infinity;
  for (let limit: u32 = 0; limit < limitCount; limit++) {
    const path = "limits." + limitNames[limit];
    if (!properties.has(path)) continue;
    const value = properties.number(path);
    if (!(value < above)) reject("property " + path + " must be below the limits above it");
    // An alarm that has returned to normal from above must not be one below.
    if (limit == 2 && !(above - value > hysteresis)) reject("property hysteresis must be less than the limits are apart");
    above = value;
    limits[limit] = value;
    given |= bitOf(limit);
  }
  if (given == 0) reject("property limits names no limit");
}

export function handle(port: u32, message: Message): void {
  if (port == 1) {
    commandNs = message.timestampNs;
    forEachMeant(message, tags, acknowledge);
    return;
  }
  if (!message.isNumeric) return;
  const tag = changetype<Tag>(tags.of(message));
  const nowNs = tag.advance(message.timestampNs);
  settle(tag, nowNs);
  if (!isReading(message)) return;
  tag.value = message.number;
  weigh(tag, nowNs);
  settle(tag, nowNs);
  if (tag.isKnown) return;
  tag.isKnown = true;
  if (tag.level == 0) tellState(tag, nowNs);
}

export function tick(nowNs: u64): void {
  for (let record = tags.first; record != 0 && hasRoom(); record = tags.after(record)) {
    const tag = changetype<Tag>(record);
    const atNs = tag.at(nowNs);
    settle(tag, atNs);
    if (!tag.isAcknowledgeDue) continue;
    commandNs = atNs;
    acknowledge(record);
  }
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function isSound(record: usize): bool {
  const tag = changetype<Tag>(record);
  const flags = load<u8>(record, offsetof<Tag>("isUnacknowledged")) | load<u8>(record, offsetof<Tag>("isAcknowledgeDue")) |
    load<u8>(record, offsetof<Tag>("isKnown"));
  const areLevels = abs(tag.level) <= 2 && abs(tag.shown) <= 2 && abs(tag.told) <= 2;
  return flags <= 1 && tag.active < 16 && tag.pending < 16 && areLevels && (tag.told != 0 || !tag.isUnacknowledged);
}

/** Sets out to change each condition that the value does not agree with. */
function weigh(tag: Tag, nowNs: u64): void {
  for (let limit: u32 = 0; limit < limitCount; limit++) {
    const bit = bitOf(limit);
    if ((given & bit) == 0) continue;
    const isActive = (tag.active & bit) != 0;
    if (isBeyond(limit, tag.value, isActive) == isActive) {
      tag.pending &= ~bit;
    } else if ((tag.pending & bit) == 0) {
      tag.pending |= bit;
      setSince(tag, limit, nowNs);
    }
  }
}

function isBeyond(limit: u32, value: f64, isActive: bool): bool {
  const edge = limits[limit];
  if (limit < 2) return isActive ? value > edge - hysteresis : value >= edge;
  return isActive ? value < edge + hysteresis : value <= edge;
}

/** Changes the conditions whose delay has run out by then, one time after the other. */
function settle(tag: Tag, nowNs: u64): void {
  // Limits that there are no more in a new version of the flow.
  tag.pending &= given;
  if ((tag.active & ~given) != 0) {
    tag.active &= given;
    changeLevel(tag, nowNs);
  }
  while (tag.pending != 0) {
    let nextNs = u64.MAX_VALUE;
    for (let limit: u32 = 0; limit < limitCount; limit++) {
      if ((tag.pending & bitOf(limit)) != 0) nextNs = min(nextNs, dueNs(tag, limit));
    }
    if (nextNs > nowNs) return;
    for (let limit: u32 = 0; limit < limitCount; limit++) {
      const bit = bitOf(limit);
      if ((tag.pending & bit) == 0 || dueNs(tag, limit) != nextNs) continue;
      tag.active ^= bit;
      tag.pending ^= bit;
    }
    changeLevel(tag, nextNs);
  }
}

function bitOf(limit: u32): u8 {
  return <u8>(<u32>1 << limit);
}

function dueNs(tag: Tag, limit: u32): u64 {
  const isActive = (tag.active & bitOf(limit)) != 0;
  return later(sinceNs(tag, limit), isActive ? offDelayNs : onDelayNs);
}

function changeLevel(tag: Tag, atNs: u64): void {
  const before = tag.level;
  const level = levelOf(tag.active);
  if (level == before) return;
  tag.level = level;
  const isWorse = level != 0 && (abs(level) > abs(before) || level > 0 != before > 0);
  if (isWorse && needsAcknowledge) tag.isUnacknowledged = true;
  if (isWorse) tag.isAcknowledgeDue = false;
  show(tag, atNs);
  if (level == 0) tellEvent(tag, "cleared", before, atNs);
  else tellEvent(tag, before == 0 ? "raised" : "changed", level, atNs);
}

/** The worst of the active limits; the high side where both sides are equally bad. */
function levelOf(active: u8): i8 {
  if ((active & 1) != 0) return 2;
  if ((active & 8) != 0) return -2;
  if ((active & 2) != 0) return 1;
  return (active & 4) != 0 ? -1 : 0;
}

function acknowledge(record: usize): void {
  const tag = changetype<Tag>(record);
  if (!tag.isUnacknowledged) return;
  // What one call may not emit any more, the next tick does.
  tag.isAcknowledgeDue = !hasRoom();
  if (tag.isAcknowledgeDue) return;
  tag.isUnacknowledged = false;
  show(tag, commandNs);
  tellEvent(tag, "acknowledged", tag.told, commandNs);
}

function show(tag: Tag, atNs: u64): void {
  const isKept = tag.level == 0 && isLatching && tag.isUnacknowledged;
  const shown = isKept ? tag.shown : tag.level;
  if (shown == tag.shown) return;
  tag.shown = shown;
  tellState(tag, atNs);
}

function tellState(tag: Tag, atNs: u64): void {
  const message = Message.create(tags.topicOf(changetype<usize>(tag)), atNs);
  message.setInteger(tag.shown);
  emit(statePort, message);
}

/** `level`: the one that the event is about, which is none of normal. */
function tellEvent(tag: Tag, event: string, level: i8, atNs: u64): void {
  tag.told = level;
  const limit = levelOfLimit.indexOf(level);
  const hasLimit = (given & bitOf(limit)) != 0;
  const topic = tags.topicOf(changetype<usize>(tag));
  const text = Text.create();
  if (isText) {
    text.bytes(topic.start, topic.length).ascii(": ").ascii(levelNames[level + 2]).ascii(" alarm ").ascii(event);
    text.ascii(", value ").number(tag.value);
    if (hasLimit) text.ascii(", limit ").number(limits[limit]);
    text.ascii(", ").ascii(stateOf(tag));
  } else {
    text.ascii('{"tag":').json(topic.start, topic.length);
    text.ascii(',"event":"').ascii(event).ascii('","level":"').ascii(levelNames[level + 2]);
    text.ascii('","state":"').ascii(stateOf(tag)).ascii('","value":').number(tag.value);
    if (hasLimit) text.ascii(',"limit":').number(limits[limit]);
    text.ascii("}");
  }
  emit(eventPort, text.toMessage(topic, atNs));
}

/** After ISA-18.2. */
function stateOf(tag: Tag): string {
  if (tag.level == 0) {
    if (!tag.isUnacknowledged) return "normal";
    return isLatching ? "latched" : "returned";
  }
  if (!needsAcknowledge) return "active";
  return tag.isUnacknowledged ? "unacknowledged" : "acknowledged";
}

function sinceNs(tag: Tag, limit: u32): u64 {
  return load<u64>(changetype<usize>(tag) + sinceAt + (limit << 3));
}

function setSince(tag: Tag, limit: u32, ns: u64): void {
  store<u64>(changetype<usize>(tag) + sinceAt + (limit << 3), ns);
}
