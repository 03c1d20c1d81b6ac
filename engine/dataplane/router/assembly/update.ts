// One TagUpdate of a batch. Drivers write its fields in the order of their numbers and its value as a double or an
// integer: such a plain one is told by its shape and read where it lies. All others are read field by field.
//
//   plain   0a n <tag, n bytes>  11 <8 bytes>  [18 q]  29|31 <8 bytes>      n < 128, q ≤ 2

import { advance, cursor, fail, isMalformed, limit, readFixed64, readVarint, skipField } from "./wire";
import { isUtf8 } from "./utf8";

// Message kinds, as in the node contract.
const kindNone: u32 = 0;
const kindBoolean: u32 = 1;
const kindInt64: u32 = 2;
const kindFloat64: u32 = 3;
const kindText: u32 = 4;
const kindBytes: u32 = 5;

/** Longest tag, by the width of the length field of a message. */
const tagBytesMax: u32 = 65535;

const intKey: u32 = 0x29;
const doubleKey: u32 = 0x31;

/** Bytes of a plain update from the key of its timestamp. */
const plainTailBytes: i32 = 18;
const plainTailWithQualityBytes: i32 = 20;

/** Whether the update at [start, end) is plain. Reads up to 2 bytes more than there may be. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function isPlain(start: usize, end: usize): bool {
  const tagLength = <usize>load<u8>(start, 1);
  const tail = start + 2 + tagLength;
  const tailBytes = <i32>end - <i32>tail;
  if (load<u8>(start) != 0x0a || tagLength >= 0x80) return false;
  if (tailBytes != plainTailBytes) {
    if (tailBytes != plainTailWithQualityBytes || load<u8>(tail, 9) != 0x18 || load<u8>(tail, 10) > 2) return false;
  }
  const valueKey = load<u8>(end - 9);
  return load<u8>(tail) == 0x11 && (valueKey == doubleKey || valueKey == intKey);
}

/** Quality and kind of a plain update, as a message holds them. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function plainMeta(tail: usize, end: usize): u32 {
  const kind = load<u8>(end - 9) == doubleKey ? kindFloat64 : kindInt64;
  const quality = end - tail == <usize>plainTailBytes ? 0 : <u32>load<u8>(tail, 10);
  return kind | (quality << 8);
}

// What `readUpdate` read.
export let tag: usize = 0;
export let tagLength: u32 = 0;
export let timestamp: u64 = 0;
export let bits: u64 = 0;
/** Kind and quality. */
export let meta: u32 = 0;
export let body: usize = 0;
export let bodyLength: u32 = 0;

/** Reads the update that is the whole input. Check `isMalformed`. */
export function readUpdate(): void {
  let kind = kindNone;
  let quality: u64 = 0;
  tag = 0;
  tagLength = 0;
  timestamp = 0;
  bits = 0;
  body = 0;
  bodyLength = 0;
  while (cursor < limit && !isMalformed) {
    const key = readVarint();
    if (key == 0x0a) {
      tagLength = readText();
      tag = cursor - tagLength;
    } else if (key == 0x11) {
      timestamp = readFixed64();
    } else if (key == intKey || key == doubleKey) {
      bits = readFixed64();
      kind = key == intKey ? kindInt64 : kindFloat64;
    } else if (key == 0x18) {
      quality = readVarint();
    } else if (key == 0x20) {
      bits = <u64>(readVarint() != 0);
      kind = kindBoolean;
    } else if (key == 0x3a) {
      bodyLength = readText();
      body = cursor - bodyLength;
      kind = kindText;
    } else if (key == 0x42) {
      bodyLength = readBytes();
      body = cursor - bodyLength;
      kind = kindBytes;
    } else {
      skipField(key);
    }
  }
  if (tagLength > tagBytesMax) fail();
  if (kind >= kindText) bits = 0;
  else bodyLength = 0;
  meta = kind | ((quality > 2 ? 2 : <u32>quality) << 8);
}

/** Goes behind a length-delimited field; gives its length. */
function readBytes(): u32 {
  const length = readVarint();
  advance(length);
  return isMalformed ? 0 : <u32>length;
}

export function readText(): u32 {
  const length = readBytes();
  if (!isMalformed && !isUtf8(cursor - length, cursor)) fail();
  return length;
}
