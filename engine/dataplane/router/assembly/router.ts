// The router: TagUpdateBatch (protobuf) in, frames of Message v1 for every interested flow out. It is WebAssembly
// because it touches every byte of every update, and there it allocates nothing and is bounded by its own memory.
//
// A batch goes through twice, so that a malformed one leaves no trace:
//
//   check     the whole batch is well-formed, or it is refused
//   scatter   each update is written as a message into the staging buffer of every flow that subscribes to its tag;
//             stops where a tag is not in the table, since the host alone knows patterns, and where a buffer is full
//
// Checking first costs less than decoding into a buffer in between: the batch is small and stays in the nearest cache.

import { clearTopics, createTable, findTopic } from "./topics";
import { stage } from "./staging";
import { body, bodyLength, bits, isPlain, meta, plainMeta, readText, readUpdate, tag, tagLength, timestamp } from "./update";
import { advance, begin, cursor, isMalformed, limit, readVarint, setInput, skipField } from "./wire";
import { isAscii } from "./words";

export { addTopic, allocate, clearTopics, findTopic } from "./topics";
export { dirtyLength, dirtyStart, drained, reserveSlots, stagingStart } from "./staging";

const headerBytes: u32 = 24;
const frameBytes: u32 = 8;
const updateKey: u32 = 0x12;
const sourceKey: u32 = 0x0a;

// Why `scatter` stopped.
const done: u32 = 0;
/** A staging buffer is full: take what the dirty slots hold. */
const full: u32 = 1;
/** The tag at `missedTag` is not in the table: add it. */
const missed: u32 = 2;

let batch: usize = 0;
let batchCapacity: usize = 0;
let batchEnd: usize = 0;

/** The update that is next, and the first of its routes that has not had it. */
let position: usize = 0;
let nextRoute: u32 = 0;
let unrouted: u32 = 0;
let missTag: usize = 0;
let missLength: u32 = 0;

/** Creates the table. `slots`: a power of two; `arenaBytes`: room for tags and route lists. */
export function initialise(slots: u32, arenaBytes: u32): void {
  createTable(slots, arenaBytes);
}

/** Where the host writes the next batch. */
export function reserve(bytes: u32): usize {
  if (bytes > batchCapacity) {
    batchCapacity = max(bytes, batchCapacity * 2);
    batch = heap.alloc(batchCapacity + 16);
  }
  return batch;
}

/** Checks the batch of `length` bytes at `reserve`'s address. Gives the number of updates, or -1 if it is malformed. */
export function check(length: u32): i32 {
  const end = batch + length;
  let at = batch;
  let updates: i32 = 0;
  batchEnd = end;
  position = at;
  nextRoute = 0;
  unrouted = 0;
  while (at < end) {
    const updateLength = <usize>load<u8>(at, 1);
    const next = at + 2 + updateLength;
    if (load<u8>(at) == updateKey && updateLength < 0x80 && next <= end && isPlain(at + 2, next) && isAscii(at + 4, load<u8>(at, 3))) {
      updates++;
      at = next;
    } else {
      begin(at, end);
      if (checkField()) updates++;
      if (isMalformed) return -1;
      at = cursor;
    }
  }
  return updates;
}

/** Checks one field of the batch. True when it is an update. */
function checkField(): bool {
  const key = readVarint();
  if (key == updateKey) {
    enterUpdate();
    if (!isMalformed) readUpdate();
    return true;
  }
  if (key == sourceKey) readText();
  else skipField(key);
  return false;
}

/** Makes the length-delimited field at the cursor the input. */
function enterUpdate(): void {
  const length = readVarint();
  const start = cursor;
  advance(length);
  if (!isMalformed) setInput(start, cursor);
}

/** Updates of this batch so far that no flow subscribes to. */
export function unroutedCount(): u32 {
  return unrouted;
}

export function missedTag(): usize {
  return missTag;
}

export function missedLength(): u32 {
  return missLength;
}

/** Goes on scattering a batch that `check` found well-formed, until it is done or says what the host must do. */
export function scatter(): u32 {
  const end = batchEnd;
  let at = position;
  while (at < end) {
    const updateLength = <usize>load<u8>(at, 1);
    let next = at + 2 + updateLength;
    let outcome = done;
    if (load<u8>(at) == updateKey && updateLength < 0x80 && isPlain(at + 2, next)) {
      const length = <u32>load<u8>(at, 3);
      const tail = at + 4 + length;
      outcome = deliver(at + 4, length, load<u64>(tail, 1), load<u64>(next - 8), plainMeta(tail, next), 0, 0);
    } else {
      begin(at, end);
      if (readVarint() == updateKey) {
        enterUpdate();
        next = limit;
        readUpdate();
        outcome = deliver(tag, tagLength, timestamp, bits, meta, body, bodyLength);
      } else {
        begin(at, end);
        checkField();
        next = cursor;
      }
    }
    if (outcome != done) {
      position = at;
      return outcome;
    }
    at = next;
  }
  position = at;
  return done;
}

/** Writes an update for each of its routes, from `nextRoute` on. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function deliver(tag: usize, tagLength: u32, timestamp: u64, bits: u64, meta: u32, body: usize, bodyLength: u32): u32 {
  const routes = findTopic(tag, tagLength);
  if (routes == 0) {
    missTag = tag;
    missLength = tagLength;
    return missed;
  }
  const count = load<u32>(routes);
  if (count == 0) unrouted++;
  const length = (headerBytes + tagLength + bodyLength + 7) & ~7;
  for (let route = nextRoute; route < count; route++) {
    const target = routes + 4 + <usize>route * 8;
    const frame = stage(load<u32>(target), frameBytes + length);
    if (frame == 0) {
      nextRoute = route;
      return full;
    }
    store<u32>(frame, load<u32>(target, 4));
    store<u32>(frame, length, 4);
    store<u64>(frame, timestamp, 8);
    store<u64>(frame, bits, 16);
    store<u32>(frame, meta | (tagLength << 16), 24);
    store<u32>(frame, bodyLength, 28);
    const topic = frame + frameBytes + headerBytes;
    for (let offset: usize = 0; offset < tagLength; offset += 8) store<u64>(topic + offset, load<u64>(tag + offset));
    const topicEnd = topic + tagLength;
    // What is copied in whole words is followed by zeros; they may reach into the next frame, which is not yet written.
    if (bodyLength != 0) memory.copy(topicEnd, body, bodyLength);
    store<u64>(topicEnd + bodyLength, 0);
  }
  nextRoute = 0;
  return done;
}
