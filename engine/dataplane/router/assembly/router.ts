// The router: TagUpdateBatch (protobuf) in, frames of Message v1 for every interested flow out. It is WebAssembly
// because it touches every byte of every update, and there it allocates nothing and is bounded by its own memory.
//
// A batch goes through in two steps, so that a malformed one leaves no trace:
//
//   decode    the whole batch → frames whose port word is the address of a route list; a tag that is not in the
//             table is left unresolved and its frame noted for the host, which alone knows patterns
//   scatter   frames → each flow's staging buffer; stops when one is full, so that the host can drain and call again
//
// Topic table: open addressing over the hash of the tag. Slots of 16 bytes: hash, address of the tag, length, address
// of the route list. A route list: u32 count, then count × (u32 flow slot, u32 input).

import { begin, skipField, readVarint, cursor, limit, isMalformed, setInput, fail } from "./wire";
import { isUtf8 } from "./utf8";

const headerBytes: usize = 24;
const frameBytes: usize = 8;
const tableSlotBytes: usize = 16;
/** Longest tag, by the width of the length field. */
const tagBytesMax: u32 = 65535;
/** Port word of a frame whose tag is not in the table. No route list has this address. */
const unresolved: u32 = 0;

// Message kinds, as in the node contract.
const kindNone: u32 = 0;
const kindBoolean: u32 = 1;
const kindInt64: u32 = 2;
const kindFloat64: u32 = 3;
const kindText: u32 = 4;
const kindBytes: u32 = 5;

let batch: usize = 0;
let batchCapacity: usize = 0;

let decoded: usize = 0;
let decodedCapacity: usize = 0;
let decodedEnd: usize = 0;

let misses: usize = 0;
let missesCapacity: u32 = 0;
let missCount: u32 = 0;

let table: usize = 0;
let tableMask: u32 = 0;
let tableCount: u32 = 0;
/** Bump allocation for tags and route lists; emptied with the table. */
let arena: usize = 0;
let arenaCapacity: usize = 0;
let arenaUsed: usize = 0;

// ── the host's side ─────────────────────────────────────────────────────────────────────────────────────────────

/** Creates the table. `slots`: a power of two; `arenaBytes`: room for tags and route lists. */
export function initialise(slots: u32, arenaBytes: u32): void {
  table = heap.alloc(slots * tableSlotBytes);
  tableMask = slots - 1;
  arena = heap.alloc(arenaBytes);
  arenaCapacity = arenaBytes;
  clearTopics();
}

/** Where the host writes the next batch. */
export function reserve(bytes: u32): usize {
  if (bytes > batchCapacity) {
    batchCapacity = max(bytes, batchCapacity * 2);
    batch = heap.alloc(batchCapacity + 8);
  }
  return batch;
}

export function decodedStart(): usize {
  return decoded;
}

export function missesStart(): usize {
  return misses;
}

export function missesLength(): u32 {
  return missCount;
}

/** Forgets every tag and route list. */
export function clearTopics(): void {
  memory.fill(table, 0, (<usize>tableMask + 1) * tableSlotBytes);
  tableCount = 0;
  arenaUsed = 8;
}

/** Room in the arena, or 0 when it, or the table, is full: clear and begin anew. */
export function allocate(bytes: u32): usize {
  const size = (<usize>bytes + 7) & ~7;
  if (arenaUsed + size > arenaCapacity || tableCount >= (tableMask >>> 1)) return 0;
  const at = arena + arenaUsed;
  arenaUsed += size;
  return at;
}

/** Adds a tag that lies in the arena; it must not be in the table yet. */
export function addTopic(tag: usize, length: u32, routes: usize): void {
  const hash = hashOf(tag, length);
  let slot = slotAt(hash);
  while (load<u32>(slot, 12) != 0) slot = nextSlot(slot);
  store<u32>(slot, hash);
  store<u32>(slot, <u32>tag, 4);
  store<u32>(slot, length, 8);
  store<u32>(slot, <u32>routes, 12);
  tableCount++;
}

/** Address of the route list of a tag; 0 when it is not in the table. */
export function findTopic(tag: usize, length: u32): usize {
  const hash = hashOf(tag, length);
  let slot = slotAt(hash);
  while (true) {
    const routes = load<u32>(slot, 12);
    if (routes == 0) return 0;
    if (load<u32>(slot) == hash && load<u32>(slot, 8) == length && equal(load<u32>(slot, 4), tag, length)) return routes;
    slot = nextSlot(slot);
  }
}

// ── decode ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Decodes the batch of `length` bytes at `reserve`'s address. Gives the number of updates, or -1 if it is malformed. */
export function decode(length: u32): i32 {
  begin(batch, batch + length);
  decodedEnd = decoded;
  missCount = 0;
  let updates: i32 = 0;
  while (cursor < limit) {
    const key = readVarint();
    if (key == 0x12) {
      const end = lengthDelimitedEnd();
      if (isMalformed) return -1;
      const outer = limit;
      setInput(cursor, end);
      decodeUpdate();
      if (isMalformed) return -1;
      setInput(end, outer);
      updates++;
    } else if (key == 0x0a) {
      const end = lengthDelimitedEnd();
      if (isMalformed || !isUtf8(cursor, end)) return -1;
      setInput(end, limit);
    } else {
      skipField(key);
    }
    if (isMalformed) return -1;
  }
  return updates;
}

// @ts-ignore: decorator
@inline
function lengthDelimitedEnd(): usize {
  const length = readVarint();
  if (length > <u64>(limit - cursor)) fail();
  return cursor + <usize>length;
}

function decodeUpdate(): void {
  let tag: usize = 0;
  let tagLength: u32 = 0;
  let timestamp: u64 = 0;
  let quality: u64 = 0;
  let kind = kindNone;
  let bits: u64 = 0;
  let body: usize = 0;
  let bodyLength: u32 = 0;
  while (cursor < limit) {
    const key = readVarint();
    if (key == 0x0a) {
      const end = lengthDelimitedEnd();
      tag = cursor;
      tagLength = <u32>(end - cursor);
      setInput(end, limit);
    } else if (key == 0x11) {
      timestamp = readFixed64();
    } else if (key == 0x29 || key == 0x31) {
      bits = readFixed64();
      kind = key == 0x29 ? kindInt64 : kindFloat64;
    } else if (key == 0x18) {
      quality = readVarint();
    } else if (key == 0x20) {
      bits = <u64>(readVarint() != 0);
      kind = kindBoolean;
    } else if (key == 0x3a || key == 0x42) {
      const end = lengthDelimitedEnd();
      body = cursor;
      bodyLength = <u32>(end - cursor);
      kind = key == 0x3a ? kindText : kindBytes;
      if (isMalformed) return;
      if (kind == kindText && !isUtf8(body, end)) fail();
      setInput(end, limit);
    } else {
      skipField(key);
    }
    if (isMalformed) return;
  }
  if (tagLength > tagBytesMax) {
    fail();
    return;
  }
  const hasBody = kind >= kindText;
  appendDecoded(tag, tagLength, timestamp, hasBody ? 0 : bits, kind, quality > 2 ? 2 : <u32>quality, body, hasBody ? bodyLength : 0);
}

// @ts-ignore: decorator
@inline
function readFixed64(): u64 {
  if (limit - cursor < 8) {
    fail();
    return 0;
  }
  const value = load<u64>(cursor);
  setInput(cursor + 8, limit);
  return value;
}

function appendDecoded(
  tag: usize, tagLength: u32, timestamp: u64, bits: u64, kind: u32, quality: u32, body: usize, bodyLength: u32,
): void {
  const length = (headerBytes + tagLength + bodyLength + 7) & ~7;
  // Tags are copied in whole words, so up to 7 bytes more than the message are written.
  if (decodedEnd + frameBytes + length + 8 > decoded + decodedCapacity) growDecoded(frameBytes + length + 8);
  const frame = decodedEnd;
  const message = frame + frameBytes;
  store<u32>(frame, <u32>length, 4);
  // The padding first: without topic and body this is the header.
  store<u64>(message + length - 8, 0);
  store<u64>(message, timestamp);
  store<u64>(message, bits, 8);
  store<u32>(message, kind | (quality << 8) | (tagLength << 16), 16);
  store<u32>(message, bodyLength, 20);
  copyWords(message + headerBytes, tag, tagLength);
  const end = message + headerBytes + tagLength;
  if (bodyLength == 0) {
    store<u64>(end, 0);
  } else {
    memory.copy(end, body, bodyLength);
    store<u64>(end + bodyLength, 0);
  }
  decodedEnd = message + length;
  const routes = findTopic(message + headerBytes, tagLength);
  store<u32>(frame, <u32>routes);
  if (routes == unresolved) noteMiss(frame);
}

function growDecoded(missing: usize): void {
  const used = decodedEnd - decoded;
  decodedCapacity = max(decodedCapacity * 2, used + missing + 65536);
  const grown = heap.alloc(decodedCapacity);
  memory.copy(grown, decoded, used);
  decoded = grown;
  decodedEnd = grown + used;
}

/** Misses are offsets from `decodedStart`, since that may move. */
function noteMiss(frame: usize): void {
  if (missCount == missesCapacity) {
    missesCapacity = max(1024, missesCapacity * 2);
    const grown = heap.alloc(missesCapacity * 4);
    memory.copy(grown, misses, missCount * 4);
    misses = grown;
  }
  store<u32>(misses + missCount * 4, <u32>(frame - decoded));
  missCount++;
}

// ── scatter ─────────────────────────────────────────────────────────────────────────────────────────────────────

// Staging of a flow: address, bytes used, capacity, frames.
const stagingBytes: usize = 16;
const stagingCapacity: usize = 65536;
let staging: usize = 0;
let stagingSlots: u32 = 0;

let dirty: usize = 0;
let dirtyCount: u32 = 0;
let scatterAt: usize = 0;
let scatterRoute: u32 = 0;
let unrouted: u32 = 0;

/** Makes room for flow slots 0 to `slots` - 1. */
export function reserveSlots(slots: u32): void {
  if (slots <= stagingSlots) return;
  const count = max(slots, max(16, stagingSlots * 2));
  const grown = heap.alloc(count * stagingBytes);
  memory.fill(grown, 0, count * stagingBytes);
  memory.copy(grown, staging, stagingSlots * stagingBytes);
  staging = grown;
  dirty = heap.alloc(count * 4);
  stagingSlots = count;
}

export function stagingStart(): usize {
  return staging;
}

export function dirtyStart(): usize {
  return dirty;
}

export function dirtyLength(): u32 {
  return dirtyCount;
}

/** Updates of this batch so far that no flow subscribes to. */
export function unroutedCount(): u32 {
  return unrouted;
}

export function beginScatter(): void {
  scatterAt = decoded;
  scatterRoute = 0;
  unrouted = 0;
}

/** Goes on scattering. True when the batch is done; false when the host must drain the dirty slots first. */
export function scatter(): bool {
  while (scatterAt < decodedEnd) {
    const routes = <usize>load<u32>(scatterAt);
    const length = load<u32>(scatterAt, 4);
    const count = load<u32>(routes);
    if (count == 0) unrouted++;
    for (let route = scatterRoute; route < count; route++) {
      const target = routes + 4 + <usize>route * 8;
      if (!stage(load<u32>(target), load<u32>(target, 4), scatterAt + frameBytes, length)) {
        scatterRoute = route;
        return false;
      }
    }
    scatterRoute = 0;
    scatterAt += frameBytes + length;
  }
  return true;
}

/** The host has taken what the dirty slots held. */
export function drained(): void {
  for (let index: u32 = 0; index < dirtyCount; index++) {
    const slot = staging + <usize>load<u32>(dirty + index * 4) * stagingBytes;
    store<u32>(slot, 0, 4);
    store<u32>(slot, 0, 12);
  }
  dirtyCount = 0;
}

// @ts-ignore: decorator
@inline
function stage(flow: u32, input: u32, message: usize, length: u32): bool {
  const slot = staging + <usize>flow * stagingBytes;
  const used = load<u32>(slot, 4);
  if (used + frameBytes + length > load<u32>(slot, 8)) {
    if (used > 0) return false;
    // At least double, so that what is left behind is never more than what is in use.
    const capacity = max(max(stagingCapacity, load<u32>(slot, 8) * 2), frameBytes + length);
    store<u32>(slot, <u32>heap.alloc(capacity + 8));
    store<u32>(slot, <u32>capacity, 8);
  }
  if (used == 0) {
    store<u32>(dirty + dirtyCount * 4, flow);
    dirtyCount++;
  }
  const frame = load<u32>(slot) + used;
  store<u32>(frame, input);
  store<u32>(frame, length, 4);
  copyWords(frame + frameBytes, message, length);
  store<u32>(slot, used + <u32>frameBytes + length, 4);
  store<u32>(slot, load<u32>(slot, 12) + 1, 12);
  return true;
}

// ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────

// The loops below work in whole words and may touch up to 7 bytes behind the end; every buffer has that much slack.

// @ts-ignore: decorator
@inline
function copyWords(to: usize, from: usize, length: usize): void {
  for (let offset: usize = 0; offset < length; offset += 8) store<u64>(to + offset, load<u64>(from + offset));
}

// @ts-ignore: decorator
@inline
function tailMask(length: u32): u64 {
  return length & 7 ? (<u64>1 << ((length & 7) << 3)) - 1 : u64.MAX_VALUE;
}

/** Never 0, which marks an empty slot's routes, not its hash; any value will do for a hash. */
function hashOf(start: usize, length: u32): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15 ^ length;
  if (length > 0) {
    const last = start + ((length - 1) & ~7);
    for (let at = start; at < last; at += 8) hash = mix(hash, load<u64>(at));
    hash = mix(hash, load<u64>(last) & tailMask(length));
  }
  return <u32>(hash ^ (hash >> 32));
}

// @ts-ignore: decorator
@inline
function mix(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * 0xff51afd7ed558ccd;
  return product ^ (product >> 29);
}

function equal(a: usize, b: usize, length: u32): bool {
  if (length == 0) return true;
  const last = (length - 1) & ~7;
  for (let offset: u32 = 0; offset < last; offset += 8) {
    if (load<u64>(a + offset) != load<u64>(b + offset)) return false;
  }
  return ((load<u64>(a + last) ^ load<u64>(b + last)) & tailMask(length)) == 0;
}

// @ts-ignore: decorator
@inline
function slotAt(hash: u32): usize {
  return table + <usize>(hash & tableMask) * tableSlotBytes;
}

// @ts-ignore: decorator
@inline
function nextSlot(slot: usize): usize {
  const next = slot + tableSlotBytes;
  return next > table + <usize>tableMask * tableSlotBytes ? table : next;
}
