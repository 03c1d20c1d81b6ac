// Time is cut into slots of one interval each, counted from the epoch. A tick in a later slot than the one before makes
// the timer go off, once, with the time at which the slot began.

import {
  emit,
  Kind,
  Message,
  Properties,
  reject,
  StateReader,
  StateWriter,
  Topic,
} from "@flowfusion/nodekit-assemblyscript/assembly";

let intervalNs: u64 = 1;
let offsetNs: u64 = 0;
let topic: Topic = new Topic();
/** A copy of the property that is emitted; 0 where the count is. */
let constant: usize = 0;

let hasStarted: bool = false;
let slot: u64 = 0;
let count: u64 = 0;

export function configure(properties: Properties): void {
  intervalNs = max(properties.durationNs("intervalMs"), 1);
  offsetNs = properties.durationNs("offsetMs");
  if (offsetNs >= intervalNs) reject("property offsetMs must be less than intervalMs");
  topic = properties.topic("topic");
  const value = properties.find("value");
  if (value === null) return;
  constant = heap.alloc(value.byteLength);
  memory.copy(constant, changetype<usize>(value), value.byteLength);
}

export function handle(port: u32, message: Message): void {}

export function tick(nowNs: u64): void {
  const nowSlot = (nowNs + (intervalNs - offsetNs)) / intervalNs;
  const isDue = hasStarted && nowSlot > slot;
  hasStarted = true;
  // A clock that was put back counts from there.
  slot = nowSlot;
  if (!isDue) return;
  count++;
  // The slots are counted from one interval before the epoch, so that an offset leaves none below 0.
  emit(0, payload(nowSlot * intervalNs - (intervalNs - offsetNs)));
}

export function saveState(state: StateWriter): void {
  state.u64(<u64>hasStarted);
  state.u64(intervalNs);
  state.u64(offsetNs);
  state.u64(slot);
  state.u64(count);
}

export function loadState(state: StateReader): void {
  const started = state.u64();
  const savedIntervalNs = state.u64();
  const savedOffsetNs = state.u64();
  const savedSlot = state.u64();
  const savedCount = state.u64();
  if (!state.isFinished) return;
  if (started > 1 || savedCount > <u64>i64.MAX_VALUE) {
    reject("the state holds values that this node does not write");
    return;
  }
  // Slots of another length mean nothing here: the timer starts with the next tick, and only the count goes on.
  hasStarted = started == 1 && savedIntervalNs == intervalNs && savedOffsetNs == offsetNs;
  slot = savedSlot;
  count = savedCount;
}

function payload(timestampNs: u64): Message {
  if (constant == 0) {
    const message = Message.create(topic, timestampNs);
    message.setInteger(<i64>count);
    return message;
  }
  const value = changetype<Message>(constant);
  const message = Message.create(topic, timestampNs, value.bodyLength);
  message.kind = value.kind;
  message.bits = value.bits;
  memory.copy(message.bodyStart, value.bodyStart, value.bodyLength);
  return message;
}
