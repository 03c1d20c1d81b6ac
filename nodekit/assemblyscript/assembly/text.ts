// Text that a node puts together for a message, in UTF-8, in the arena of the call. A string would never be freed.

import { dtoa_buffered, itoa_buffered } from "util/number";
import { allocate } from "./arena";
import { Kind, Message, Topic } from "./message";

const firstBytes: usize = 256;
const wholeMax: f64 = 9007199254740992;
/** Smaller numbers are written with an exponent. */
const leastDecimal: f64 = 1e-6;
/** Powers of ten up to that fit an int64. */
const decimalsMax: u32 = 18;
/** Room for a number as UTF-16, which is how the standard library writes it. */
const numberBuffer = memory.data(64, 8);

@unmanaged
export class Text {
  start: usize;
  length: usize;
  private capacity: usize;

  static create(): Text {
    const text = changetype<Text>(allocate(offsetof<Text>()));
    text.start = allocate(firstBytes);
    text.length = 0;
    text.capacity = firstBytes;
    return text;
  }

  /** Appends a literal of ASCII characters. */
  ascii(literal: string): Text {
    const at = this.reserve(literal.length);
    for (let index = 0; index < literal.length; index++) store<u8>(at + index, <u8>literal.charCodeAt(index));
    return this;
  }

  bytes(start: usize, length: usize): Text {
    memory.copy(this.reserve(length), start, length);
    return this;
  }

  /**
   * Appends a text that reads back as the number, in the form of JavaScript. It is what JavaScript writes for whole
   * numbers up to 2^53 and for decimals of up to 15 digits from 0.000001 on; else the last digits may be others.
   */
  number(value: f64): Text {
    const size = abs(value);
    if (size == 0) return this.ascii("0");
    if (size < leastDecimal) return this.asLibrary(value);
    let scale: f64 = 1;
    // Both sides of the division are exact, so that it rounds as reading the decimal would.
    for (let decimals: u32 = 0; decimals <= decimalsMax && size * scale <= wholeMax; decimals++) {
      const digits = nearest(size * scale);
      if (digits / scale == size) return this.decimal(value < 0, <i64>digits, decimals);
      scale *= 10;
    }
    return this.asLibrary(value);
  }

  /** Digits that are enough, but not always the fewest. */
  private asLibrary(value: f64): Text {
    let length = dtoa_buffered<f64>(numberBuffer, value);
    // The library marks a whole number with `.0`.
    const isMarked = length > 2 && load<u32>(numberBuffer + ((length - 2) << 1)) == 0x0030_002e;
    return this.narrow(isMarked ? length - 2 : length);
  }

  integer(value: i64): Text {
    return this.narrow(itoa_buffered<i64>(numberBuffer, value));
  }

  /** Appends UTF-8 as a JSON string, quotes included. */
  json(start: usize, length: usize): Text {
    this.byte(34);
    for (let at = start; at < start + length; at++) {
      const character = load<u8>(at);
      if (character < 32) {
        this.ascii("\\u00");
        this.byte(hexDigit(character >> 4));
        this.byte(hexDigit(character & 15));
      } else {
        if (character == 34 || character == 92) this.byte(92);
        this.byte(character);
      }
    }
    this.byte(34);
    return this;
  }

  toMessage(topic: Topic, timestampNs: u64): Message {
    const message = Message.create(topic, timestampNs, <u32>this.length);
    message.kind = Kind.text;
    memory.copy(message.bodyStart, this.start, this.length);
    return message;
  }

  private decimal(isNegative: bool, digits: i64, decimals: u32): Text {
    if (isNegative) this.byte(45);
    if (decimals == 0) return this.integer(digits);
    let power: i64 = 1;
    for (let left = decimals; left > 0; left--) power *= 10;
    this.integer(digits / power).byte(46);
    // A digit in front keeps the zeros behind the point, and is taken away again.
    const at = this.length;
    this.integer(power + (digits % power));
    memory.copy(this.start + at, this.start + at + 1, decimals);
    this.length--;
    return this;
  }

  private byte(value: u8): void {
    store<u8>(this.reserve(1), value);
  }

  private narrow(length: u32): Text {
    const at = this.reserve(length);
    for (let index: u32 = 0; index < length; index++) store<u8>(at + index, load<u8>(numberBuffer + (index << 1)));
    return this;
  }

  private reserve(size: usize): usize {
    if (this.length + size > this.capacity) {
      this.capacity = max(this.length + size, this.capacity << 1);
      const larger = allocate(this.capacity);
      memory.copy(larger, this.start, this.length);
      this.start = larger;
    }
    const at = this.start + this.length;
    this.length += size;
    return at;
  }
}

// No table: its bytes would touch a page of memory in each flow for each node, also where none is ever written.
function hexDigit(value: u8): u8 {
  return value < 10 ? value + 48 : value + 87;
}
