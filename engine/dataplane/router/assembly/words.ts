// Bytes in whole words. The loops may read up to 7 bytes behind the end; every buffer has that much slack.

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function tailMask(length: u32): u64 {
  return length & 7 ? (<u64>1 << ((length & 7) << 3)) - 1 : u64.MAX_VALUE;
}

export function isEqual(a: usize, b: usize, length: u32): bool {
  if (length == 0) return true;
  const last = (length - 1) & ~7;
  for (let offset: u32 = 0; offset < last; offset += 8) {
    if (load<u64>(a + offset) != load<u64>(b + offset)) return false;
  }
  return ((load<u64>(a + last) ^ load<u64>(b + last)) & tailMask(length)) == 0;
}

export function isAscii(start: usize, length: u32): bool {
  const high: u64 = 0x8080808080808080;
  if (length == 0) return true;
  const last = start + ((length - 1) & ~7);
  let seen: u64 = 0;
  for (let at = start; at < last; at += 8) seen |= load<u64>(at);
  return ((seen | (load<u64>(last) & tailMask(length))) & high) == 0;
}
