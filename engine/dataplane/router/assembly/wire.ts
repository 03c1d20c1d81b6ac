// The protobuf wire format: a cursor over bytes, varints, and skipping of fields that this reader does not know.

export let cursor: usize = 0;
export let limit: usize = 0;
export let isMalformed: bool = false;

const groupDepthMax: i32 = 32;

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function setInput(start: usize, end: usize): void {
  cursor = start;
  limit = end;
}

/** Begins a new batch. */
export function begin(start: usize, end: usize): void {
  isMalformed = false;
  setInput(start, end);
}

export function fail(): void {
  isMalformed = true;
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function readVarint(): u64 {
  if (cursor < limit) {
    const first = <u64>load<u8>(cursor);
    if (first < 0x80) {
      cursor++;
      return first;
    }
  }
  return readLongVarint();
}

function readLongVarint(): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (cursor >= limit) break;
    const byte = <u64>load<u8>(cursor++);
    if (shift < 64) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  isMalformed = true;
  return 0;
}

/** Skips the field whose key was read. */
export function skipField(key: u64): void {
  skip(key, 0);
}

function skip(key: u64, depth: i32): void {
  if (isMalformed || key >> 3 == 0 || key >> 32 != 0) {
    isMalformed = true;
    return;
  }
  switch (<u32>key & 7) {
    case 0:
      readVarint();
      return;
    case 1:
      advance(8);
      return;
    case 2:
      advance(readVarint());
      return;
    case 3:
      skipGroup(key, depth);
      return;
    case 5:
      advance(4);
      return;
    default:
      isMalformed = true;
  }
}

function skipGroup(key: u64, depth: i32): void {
  const endKey = key + 1;
  if (depth >= groupDepthMax) {
    isMalformed = true;
    return;
  }
  while (!isMalformed) {
    if (cursor >= limit) {
      isMalformed = true;
      return;
    }
    const inner = readVarint();
    if (inner == endKey) return;
    skip(inner, depth + 1);
  }
}

/** 8 bytes. */
export function readFixed64(): u64 {
  if (limit - cursor < 8) {
    isMalformed = true;
    return 0;
  }
  cursor += 8;
  return load<u64>(cursor - 8);
}

/** Goes on behind `bytes` bytes. */
export function advance(bytes: u64): void {
  if (isMalformed || bytes > <u64>(limit - cursor)) {
    isMalformed = true;
    return;
  }
  cursor += <usize>bytes;
}
