// Whether bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF).

export function isUtf8(start: usize, end: usize): bool {
  let at = start;
  while (at < end) {
    const first = <u32>load<u8>(at++);
    if (first < 0x80) continue;
    const extra: usize = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || end - at < extra) return false;
    const second = <u32>load<u8>(at);
    if (second < leastSecond(first) || second > greatestSecond(first)) return false;
    for (let index: usize = 1; index < extra; index++) {
      if ((load<u8>(at + index) & 0xc0) != 0x80) return false;
    }
    at += extra;
  }
  return true;
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function leastSecond(first: u32): u32 {
  return first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function greatestSecond(first: u32): u32 {
  return first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
}
