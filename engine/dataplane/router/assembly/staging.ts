// A buffer of frames for each flow, filled while batches are scattered and emptied by the host. A flow that gets little
// has a small one: it doubles when it is full, and what it leaves behind is kept for others. From `drainBytes` on a
// buffer grows no more, but for one message that is larger. Buffers of such messages are shared by all flows: they are given back
// as soon as they are drained, and only so many are filled before that.
//
// Record of a flow, 16 bytes: address, bytes used, capacity, frames.

const recordBytes: usize = 16;
const firstBytes: u32 = 512;
const drainBytes: u32 = 65536;
/** What buffers that are larger take together, but for one that is. */
const largeBytesMax: u32 = 4 * 1024 * 1024;
/** Behind each buffer; bodies and tags are written in whole words. */
const slackBytes: u32 = 16;

let records: usize = 0;
let recordCount: u32 = 0;
let dirty: usize = 0;
let dirtyCount: u32 = 0;
/** What buffers of more than `drainBytes` take. */
let largeBytes: u32 = 0;
/** By the binary logarithm of their capacity: the first of the buffers that are free; each holds the next one's address. */
const free: usize = heap.alloc(32 * 4);
memory.fill(free, 0, 32 * 4);

/** Makes room for flow slots 0 to `slots` - 1. */
export function reserveSlots(slots: u32): void {
  if (slots <= recordCount) return;
  const count = max(slots, max(16, recordCount * 2));
  const grown = heap.alloc(count * recordBytes);
  memory.fill(grown, 0, count * recordBytes);
  memory.copy(grown, records, recordCount * recordBytes);
  records = grown;
  const dirtyGrown = heap.alloc(count * 4);
  memory.copy(dirtyGrown, dirty, dirtyCount * 4);
  dirty = dirtyGrown;
  recordCount = count;
}

export function stagingStart(): usize {
  return records;
}

export function dirtyStart(): usize {
  return dirty;
}

export function dirtyLength(): u32 {
  return dirtyCount;
}

/** The host has taken what the dirty slots held. */
export function drained(): void {
  for (let index: u32 = 0; index < dirtyCount; index++) {
    const record = records + <usize>load<u32>(dirty + index * 4) * recordBytes;
    const capacity = load<u32>(record, 8);
    if (capacity > drainBytes) {
      release(load<u32>(record), orderOf(capacity));
      store<u32>(record, 0);
      store<u32>(record, 0, 8);
    }
    store<u32>(record, 0, 4);
    store<u32>(record, 0, 12);
  }
  dirtyCount = 0;
  largeBytes = 0;
}

/** Address of room for one more frame of `bytes` for a flow; 0 when the host must drain first. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function stage(flow: u32, bytes: u32): usize {
  const record = records + <usize>flow * recordBytes;
  const used = load<u32>(record, 4);
  if (used + bytes > load<u32>(record, 8) && !grow(record, used, bytes)) return 0;
  if (used == 0) {
    store<u32>(dirty + dirtyCount * 4, flow);
    dirtyCount++;
  }
  store<u32>(record, used + bytes, 4);
  store<u32>(record, load<u32>(record, 12) + 1, 12);
  return load<u32>(record) + used;
}

function grow(record: usize, used: u32, bytes: u32): bool {
  if (used + bytes > drainBytes && used > 0) return false;
  const order = 32 - clz<u32>(max(firstBytes, used + bytes) - 1);
  const capacity: u32 = 1 << order;
  if (capacity > drainBytes) {
    if (largeBytes > 0 && largeBytes + capacity > largeBytesMax) return false;
    largeBytes += capacity;
  }
  const buffer = take(order);
  const old = load<u32>(record);
  memory.copy(buffer, old, used);
  if (old != 0) release(old, orderOf(load<u32>(record, 8)));
  store<u32>(record, <u32>buffer);
  store<u32>(record, capacity, 8);
  return true;
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function orderOf(capacity: u32): u32 {
  return 31 - clz<u32>(capacity);
}

function take(order: u32): usize {
  const first = <usize>load<u32>(free + order * 4);
  if (first == 0) return heap.alloc((<usize>1 << order) + slackBytes);
  store<u32>(free + order * 4, load<u32>(first));
  return first;
}

function release(buffer: usize, order: u32): void {
  store<u32>(buffer, load<u32>(free + order * 4));
  store<u32>(free + order * 4, <u32>buffer);
}
