// A record holds what is known of a tag and, behind it, one slot for each window that may be open at a time. A window
// is named by its start: a time, or for windows of a number of messages the number of the first one.

import {
  decimal,
  emit,
  hasRoom,
  Message,
  Properties,
  Quality,
  reject,
  StateReader,
  StateWriter,
  Topic,
  TopicMap,
} from "@flowfusion/nodekit-assemblyscript/assembly";
import { Accumulator, Aggregate, Op } from "../shared/accumulator";
import { later, since, TagClock } from "../shared/clock";

enum Kind {
  tumbling,
  hopping,
  session,
}

@unmanaged
class Tag extends TagClock {
  /** Windows that end here or earlier are closed. ns */
  closedNs: u64;
  /** Messages counted, where windows are of a number of them. */
  count: u64;
  /** The latest value by timestamp; it holds until the next. */
  value: f64;
  valueNs: u64;
  hasValue: u64;
}

@unmanaged
class Slot {
  start: u64;
  isOpen: u64;
}

const late: u32 = 1;
const slotsMax: u64 = 64;
const kinds: string[] = ["tumbling", "hopping", "session"];
const measures: string[] = ["time", "count"];
const tags = new TopicMap();
let kind: Kind = Kind.tumbling;
let isByCount: bool = false;
/** ns or messages. 0 for a session: no limit. */
let size: u64 = 0;
let hop: u64 = 0;
let gapNs: u64 = 0;
let latenessNs: u64 = 0;
let slots: u64 = 1;
let slotBytes: usize = 0;
let topic: Topic = new Topic();

export function configure(properties: Properties): void {
  Aggregate.configure(properties);
  kind = <Kind>properties.choice("kind", kinds);
  isByCount = properties.choice("by", measures) == 1;
  topic = properties.topic("topic");
  if (kind == Kind.session) configureSession(properties);
  else configureFixed(properties);
  slotBytes = offsetof<Slot>() + Aggregate.bytes();
  const recordBytes = offsetof<Tag>() + <usize>slots * slotBytes;
  const layout = mixed(mixed(mixed(<u64>kind * 2 + <u64>isByCount, size), hop), gapNs);
  if (properties.flag("perTopic")) {
    tags.configure(properties, recordBytes, layout);
  } else {
    if (topic.length == 0) reject("property topic is missing: without perTopic nothing else names what is emitted");
    tags.share(recordBytes, layout);
  }
}

function configureSession(properties: Properties): void {
  if (isByCount) reject("property by: a session has no number of messages");
  gapNs = properties.durationNs("gapMs");
  if (properties.has("sizeMs")) size = properties.durationNs("sizeMs");
}

function configureFixed(properties: Properties): void {
  size = measure(properties, "size");
  hop = kind == Kind.hopping ? measure(properties, "hop") : size;
  if (size == 0 || hop == 0 || hop > size) {
    reject("the windows must be at least 1 long, and hop at most as far as they are long");
    return;
  }
  if (!isByCount) latenessNs = properties.durationNs("latenessMs");
  slots = isByCount ? (size + hop - 1) / hop : (size + latenessNs + hop - 1) / hop + 1;
  if (slots <= slotsMax) return;
  reject(decimal(slots) + " windows would be open at a time, " + decimal(slotsMax) + " allowed: hop further or wait less");
}

function measure(properties: Properties, name: string): u64 {
  return isByCount ? <u64>properties.number(name) : properties.durationNs(name + "Ms");
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  const tag = changetype<Tag>(tags.of(message));
  if (isByCount) addCounted(tag, message);
  else if (kind == Kind.session) addToSession(tag, message);
  else addTimed(tag, message);
}

export function tick(nowNs: u64): void {
  if (isByCount) return;
  for (let record = tags.first; record != 0 && hasRoom(); record = tags.after(record)) {
    const tag = changetype<Tag>(record);
    // Before its first message a tag has no time, and afterwards none that goes back.
    const atNs = tag.at(nowNs);
    if (kind == Kind.session) endSession(tag, atNs);
    else closeUntil(tag, since(latenessNs, atNs));
  }
}

export function saveState(state: StateWriter): void {
  tags.save(state);
}

export function loadState(state: StateReader): void {
  tags.load(state, isSound);
}

function isSound(record: usize): bool {
  for (let index: u64 = 0; index < slots; index++) {
    const slot = slotAt(changetype<Tag>(record), index);
    if (slot.isOpen > 1 || !Aggregate.isSound(gathered(slot))) return false;
  }
  return changetype<Tag>(record).hasValue <= 1;
}

function addTimed(tag: Tag, message: Message): void {
  const timestampNs = message.timestampNs;
  closeUntil(tag, since(latenessNs, tag.advance(timestampNs)));
  let isLate = true;
  let start = timestampNs - (timestampNs % hop);
  while (later(start, size) > timestampNs) {
    if (later(start, size) > tag.closedNs) {
      Aggregate.add(gathered(slotFor(tag, start)), message);
      isLate = false;
    }
    if (start < hop) break;
    start -= hop;
  }
  if (isLate) emit(late, message);
  else remember(tag, message);
}

/** Closes the windows that end by then, the one that ends first being the first. */
function closeUntil(tag: Tag, untilNs: u64): void {
  while (hasRoom()) {
    let next: Slot | null = null;
    for (let index: u64 = 0; index < slots; index++) {
      const slot = slotAt(tag, index);
      if (slot.isOpen != 0 && (next === null || slot.start < next.start)) next = slot;
    }
    if (next === null || later(next.start, size) > untilNs) {
      tag.closedNs = max(tag.closedNs, untilNs);
      return;
    }
    const endNs = later(next.start, size);
    gathered(next).hold(endNs);
    tag.closedNs = max(tag.closedNs, endNs);
    close(tag, next, endNs);
  }
}

function addToSession(tag: Tag, message: Message): void {
  const timestampNs = message.timestampNs;
  const slot = slotAt(tag, 0);
  endSession(tag, max(tag.latestNs, timestampNs));
  if (slot.isOpen != 0 && size > 0 && timestampNs >= later(slot.start, size)) endOpen(tag, slot);
  const isBeforeOpen = slot.isOpen != 0 && later(timestampNs, gapNs) <= slot.start;
  const isBehindClosed = slot.isOpen == 0 && tag.closedNs > 0 && timestampNs <= tag.closedNs;
  if (isBeforeOpen || isBehindClosed) {
    emit(late, message);
    return;
  }
  tag.advance(timestampNs);
  if (slot.isOpen == 0) open(tag, slot, timestampNs, false);
  slot.start = min(slot.start, timestampNs);
  Aggregate.add(gathered(slot), message);
}

/** Ends the tag's session when nothing has come for as long as `gapMs` says. */
function endSession(tag: Tag, nowNs: u64): void {
  const slot = slotAt(tag, 0);
  if (slot.isOpen != 0 && nowNs >= later(gathered(slot).lastNs, gapNs)) endOpen(tag, slot);
}

function endOpen(tag: Tag, slot: Slot): void {
  tag.closedNs = gathered(slot).lastNs;
  close(tag, slot, tag.closedNs);
}

function addCounted(tag: Tag, message: Message): void {
  if (tag.count % hop == 0) open(tag, freeSlot(tag), tag.count, true);
  tag.count++;
  remember(tag, message);
  for (let index: u64 = 0; index < slots; index++) {
    const slot = slotAt(tag, index);
    if (slot.isOpen == 0) continue;
    Aggregate.add(gathered(slot), message);
  }
  for (let index: u64 = 0; index < slots; index++) {
    const slot = slotAt(tag, index);
    if (slot.isOpen != 0 && tag.count - slot.start == size) close(tag, slot, message.timestampNs);
  }
}

/** The open window that starts there, opened if need be. */
function slotFor(tag: Tag, start: u64): Slot {
  for (let index: u64 = 0; index < slots; index++) {
    const slot = slotAt(tag, index);
    if (slot.isOpen != 0 && slot.start == start) return slot;
  }
  const slot = freeSlot(tag);
  open(tag, slot, start, true);
  return slot;
}

/** There are as many slots as windows can be open; in a state that says otherwise the oldest gives way. */
function freeSlot(tag: Tag): Slot {
  let oldest = slotAt(tag, 0);
  for (let index: u64 = 0; index < slots; index++) {
    const slot = slotAt(tag, index);
    if (slot.isOpen == 0) return slot;
    if (slot.start < oldest.start) oldest = slot;
  }
  return oldest;
}

/** `isCarrying`: the value from before holds from where the window starts. */
function open(tag: Tag, slot: Slot, start: u64, isCarrying: bool): void {
  slot.isOpen = 1;
  slot.start = start;
  Aggregate.begin(gathered(slot));
  if (!isCarrying || tag.hasValue == 0) return;
  gathered(slot).carry(tag.value, isByCount ? tag.valueNs : max(start, tag.valueNs));
}

function close(tag: Tag, slot: Slot, timestampNs: u64): void {
  const name = topic.length > 0 ? topic : tags.topicOf(changetype<usize>(tag));
  slot.isOpen = 0;
  emit(0, gathered(slot).tell(Message.create(name, timestampNs)));
}

function remember(tag: Tag, message: Message): void {
  if (tag.hasValue != 0 && message.timestampNs < tag.valueNs) return;
  tag.hasValue = 1;
  tag.value = message.number;
  tag.valueNs = message.timestampNs;
}

function slotAt(tag: Tag, index: u64): Slot {
  return changetype<Slot>(changetype<usize>(tag) + offsetof<Tag>() + <usize>index * slotBytes);
}

function gathered(slot: Slot): Accumulator {
  return changetype<Accumulator>(changetype<usize>(slot) + offsetof<Slot>());
}

/** Tells one way of cutting time from another. */
function mixed(hash: u64, value: u64): u64 {
  const product = (hash ^ value) * 0x9e3779b97f4a7c15;
  return product ^ (product >> 29);
}
