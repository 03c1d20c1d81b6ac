// Which routes a tag has: open addressing over the hash of the tag, in a table that grows with the tags, so that of few tags
// hardly any memory is touched. Slots of 16 bytes: hash, address of the tag, length, address of the route list, 0 in an empty
// slot. A route list: u32 count, then count × (u32 flow slot, u32 input).

import { isEqual, tailMask } from "./words";

const slotBytes: usize = 16;
const slotsAtFirst: u32 = 1024;
const growthFactor: u32 = 4;

let table: usize = 0;
let mask: u32 = 0;
let slotsMax: u32 = 0;
let count: u32 = 0;
/** Bump allocation for tags and route lists; emptied with the table. */
let arena: usize = 0;
let arenaCapacity: usize = 0;
let arenaUsed: usize = 0;

/** `slots`: how many there may be, a power of two; half of them are used. `arenaBytes`: room for tags and route lists. */
export function createTable(slots: u32, arenaBytes: u32): void {
  slotsMax = slots;
  makeTable(min(slotsAtFirst, slots));
  arena = heap.alloc(arenaBytes + 8);
  arenaCapacity = arenaBytes;
  clearTopics();
}

/** Its memory has never been used, and so is zero. */
function makeTable(slots: u32): void {
  table = heap.alloc(slots * slotBytes);
  mask = slots - 1;
}

/** Forgets every tag and route list. */
export function clearTopics(): void {
  memory.fill(table, 0, (<usize>mask + 1) * slotBytes);
  count = 0;
  arenaUsed = 8;
}

/** Room in the arena, or 0 when it, or the table, is full: clear and begin anew. */
export function allocate(bytes: u32): usize {
  const size = (<usize>bytes + 7) & ~7;
  if (arenaUsed + size > arenaCapacity || count >= ((slotsMax - 1) >>> 1)) return 0;
  const at = arena + arenaUsed;
  arenaUsed += size;
  return at;
}

/** Adds a tag that lies in the arena; it must not be in the table yet. */
export function addTopic(tag: usize, length: u32, routes: usize): void {
  if (count >= mask >>> 1) grow();
  insert(hashOf(tag, length), tag, length, routes);
  count++;
}

/** The table before stays unused, which the growth bounds. */
function grow(): void {
  const end = table + (<usize>mask + 1) * slotBytes;
  let slot = table;
  makeTable(min((mask + 1) * growthFactor, slotsMax));
  for (; slot < end; slot += slotBytes) {
    const routes = load<u32>(slot, 12);
    if (routes != 0) insert(load<u32>(slot), load<u32>(slot, 4), load<u32>(slot, 8), routes);
  }
}

function insert(hash: u32, tag: usize, length: u32, routes: usize): void {
  let slot = slotAt(hash);
  while (load<u32>(slot, 12) != 0) slot = nextSlot(slot);
  store<u32>(slot, hash);
  store<u32>(slot, <u32>tag, 4);
  store<u32>(slot, length, 8);
  store<u32>(slot, <u32>routes, 12);
}

/** Address of the route list of a tag; 0 when it is not in the table. */
export function findTopic(tag: usize, length: u32): usize {
  const hash = hashOf(tag, length);
  let slot = slotAt(hash);
  while (true) {
    const routes = load<u32>(slot, 12);
    if (routes == 0) return 0;
    if (load<u32>(slot) == hash && load<u32>(slot, 8) == length && isEqual(load<u32>(slot, 4), tag, length)) return routes;
    slot = nextSlot(slot);
  }
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function hashOf(start: usize, length: u32): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15 ^ length;
  if (length > 0) {
    const last = start + ((length - 1) & ~7);
    for (let at = start; at < last; at += 8) hash = mix(hash, load<u64>(at));
    hash = mix(hash, load<u64>(last) & tailMask(length));
  }
  return <u32>(hash ^ (hash >> 32));
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function mix(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * 0xff51afd7ed558ccd;
  return product ^ (product >> 29);
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function slotAt(hash: u32): usize {
  return table + <usize>(hash & mask) * slotBytes;
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function nextSlot(slot: usize): usize {
  const next = slot + slotBytes;
  return next > table + <usize>mask * slotBytes ? table : next;
}
