// A bounded cursor over WebAssembly bytes. Every read is checked against `end`, every LEB128 against the width of
// its type, and whatever does not fit is one FlowFusionError that names the byte. Nothing here allocates by a
// number that the input states.

import { FlowFusionError } from "@flowfusion/graph";

// A byte order mark is part of a name: two names that differ in it are two names.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const hex = (offset: number): string => `0x${offset.toString(16)}`;

export function malformed(what: string, offset: number, cause?: unknown): FlowFusionError {
  return new FlowFusionError("FF_MODULE_MALFORMED", `malformed module: ${what} at byte ${hex(offset)}`, { cause });
}

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  get atEnd(): boolean {
    return this.position === this.end;
  }

  u8(): number {
    if (this.position >= this.end) throw malformed("unexpected end", this.position);
    return this.bytes[this.position++]!;
  }

  u32(): number {
    const first = this.u8();
    return first < 0x80 ? first : this.#u32Tail(first & 0x7f);
  }

  #u32Tail(first: number): number {
    let value = first;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if (last > 0x0f) throw malformed("integer too long for 32 bits", this.position - 1);
    return (value | (last << 28)) >>> 0;
  }

  s32(): number {
    return this.#signed(32);
  }

  /** A block's type: a signed 33-bit integer; negative values are spelled out by `blockType` in code.ts. */
  s33(): number {
    return this.#signed(33);
  }

  skipS64(): void {
    for (let index = 0; index < 9; index++) if (this.u8() < 0x80) return;
    const last = this.u8();
    if (last !== 0 && last !== 0x7f) throw malformed("integer too long for 64 bits", this.position - 1);
  }

  // Numbers of 33 bits do not fit the bit operators, hence arithmetic.
  #signed(bits: 32 | 33): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 4; index++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - scale : value;
    }
    const last = this.u8();
    const signMask = bits === 32 ? 0x78 : 0x70;
    const sign = last & signMask;
    if (last >= 0x80 || (sign !== 0 && sign !== signMask)) {
      throw malformed(`integer too long for ${bits} bits`, this.position - 1);
    }
    value += last * scale;
    return sign === 0 ? value : value - scale * 128;
  }

  skip(count: number): void {
    if (count > this.end - this.position) {
      throw malformed(`${count} bytes announced, ${this.end - this.position} left`, this.position);
    }
    this.position += count;
  }

  /**
   * How many entries a vector has. Each takes at least one byte, so a count beyond the bytes left is refused; `most`
   * bounds the vectors that are kept in memory.
   */
  count(what: string, most = Number.POSITIVE_INFINITY): number {
    const offset = this.position;
    const count = this.u32();
    if (count > most) {
      throw new FlowFusionError("FF_MODULE_LIMIT", `${count} ${what} at byte ${hex(offset)}, ${most} allowed`);
    }
    if (count > this.end - this.position) {
      throw malformed(`${count} ${what} announced, ${this.end - this.position} bytes left`, offset);
    }
    return count;
  }

  name(): string {
    const length = this.u32();
    const offset = this.position;
    this.skip(length);
    try {
      return utf8.decode(this.bytes.subarray(offset, this.position));
    } catch (cause) {
      throw malformed("name that is not UTF-8", offset, cause);
    }
  }
}
