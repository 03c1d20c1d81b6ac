// What compiled expressions call: all that WebAssembly has no instruction for. Fusion finds these functions by their
// names and types (fusion/expr/runtime.ts), and leaves out of a module those that its expressions do not call.
//
// A text is one i64: its address in the lower half, its length in bytes in the upper. Texts are UTF-8, whose order by
// bytes is the order by code points.

import { allocate } from "./arena";

/** The result of the expression evaluated last: a scalar as its 64 bits, or a text. */
export let expression_result_bits: u64 = 0;

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function startOf(text: u64): usize {
  return <usize>(<u32>text);
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function lengthOf(text: u64): usize {
  return <usize>(text >> 32);
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function textAt(start: usize, length: usize): u64 {
  return (<u64>length << 32) | <u64>start;
}

export function expression_text_equal(a: u64, b: u64): bool {
  const length = lengthOf(a);
  return length == lengthOf(b) && memory.compare(startOf(a), startOf(b), length) == 0;
}

/** Below, equal to or above 0, as a is below, equal to or above b. */
export function expression_text_compare(a: u64, b: u64): i32 {
  const order = memory.compare(startOf(a), startOf(b), min(lengthOf(a), lengthOf(b)));
  return order != 0 ? order : <i32>(lengthOf(a) > lengthOf(b)) - <i32>(lengthOf(a) < lengthOf(b));
}

export function expression_text_starts_with(text: u64, part: u64): bool {
  return lengthOf(part) <= lengthOf(text) && memory.compare(startOf(text), startOf(part), lengthOf(part)) == 0;
}

export function expression_text_ends_with(text: u64, part: u64): bool {
  if (lengthOf(part) > lengthOf(text)) return false;
  return memory.compare(startOf(text) + lengthOf(text) - lengthOf(part), startOf(part), lengthOf(part)) == 0;
}

export function expression_text_contains(text: u64, part: u64): bool {
  const length = lengthOf(part);
  if (length > lengthOf(text)) return false;
  const last = startOf(text) + lengthOf(text) - length;
  for (let at = startOf(text); at <= last; at++) {
    if (memory.compare(at, startOf(part), length) == 0) return true;
  }
  return false;
}

/** Code points: bytes that do not continue one. */
export function expression_text_size(text: u64): i64 {
  let size: i64 = 0;
  const end = startOf(text) + lengthOf(text);
  for (let at = startOf(text); at < end; at++) size += <i64>((load<u8>(at) & 0xc0) != 0x80);
  return size;
}

export function expression_text_concat(a: u64, b: u64): u64 {
  const length = lengthOf(a) + lengthOf(b);
  const start = allocate(length);
  memory.copy(start, startOf(a), lengthOf(a));
  memory.copy(start + lengthOf(a), startOf(b), lengthOf(b));
  return textAt(start, length);
}

export function expression_text_of_bool(value: bool): u64 {
  const room = allocate(8);
  // "true" and "fals", least significant byte first, then "e".
  store<u32>(room, value ? 0x65757274 : 0x736c6166);
  store<u8>(room, 0x65, 4);
  return textAt(room, value ? 4 : 5);
}

export function expression_text_of_int(value: i64): u64 {
  const room = allocate(24);
  let at = room + 24;
  let rest = value < 0 ? 0 - <u64>value : <u64>value;
  do {
    store<u8>(--at, 0x30 + <u8>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (value < 0) store<u8>(--at, 0x2d);
  return textAt(at, room + 24 - at);
}

/** Whether the text is a sign, if any, and digits that make an int64. */
export function expression_text_is_int(text: u64): bool {
  let at = startOf(text);
  const end = at + lengthOf(text);
  const isNegative = at < end && load<u8>(at) == 0x2d;
  if (isNegative || (at < end && load<u8>(at) == 0x2b)) at++;
  if (at == end) return false;
  const most: u64 = isNegative ? 0x8000000000000000 : 0x7fffffffffffffff;
  let value: u64 = 0;
  for (; at < end; at++) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9 || value > (most - digit) / 10) return false;
    value = value * 10 + digit;
  }
  return true;
}

/** The int64 of a text of which `expression_text_is_int` is true. */
export function expression_int_of_text(text: u64): i64 {
  let at = startOf(text);
  const end = at + lengthOf(text);
  const isNegative = load<u8>(at) == 0x2d;
  if (isNegative || load<u8>(at) == 0x2b) at++;
  let value: i64 = 0;
  for (; at < end; at++) value = value * 10 + (load<u8>(at) - 0x30);
  return isNegative ? -value : value;
}

export function expression_multiply_overflows(a: i64, b: i64): bool {
  if (a == 0 || b == 0) return false;
  if ((a == -1 && b == i64.MIN_VALUE) || (b == -1 && a == i64.MIN_VALUE)) return true;
  return (a * b) / b != a;
}

/** -1, 0 or 1 as the integer is below, equal to or above the number, by their exact values; 2 for NaN. */
export function expression_compare_int_double(integer: i64, number: f64): i32 {
  if (isNaN(number)) return 2;
  if (number >= 9223372036854775808.0) return -1;
  if (number < -9223372036854775808.0) return 1;
  const whole = <i64>number;
  if (integer != whole) return integer < whole ? -1 : 1;
  const rest = number - trunc<f64>(number);
  return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

/** To the nearest whole number, halves away from zero. */
export function expression_round(value: f64): f64 {
  const whole = trunc<f64>(value);
  return abs<f64>(value - whole) >= 0.5 ? whole + copysign<f64>(1, value) : whole;
}

export function expression_pow(base: f64, exponent: f64): f64 {
  return Math.pow(base, exponent);
}

export function expression_exp(value: f64): f64 {
  return Math.exp(value);
}

export function expression_log(value: f64): f64 {
  return Math.log(value);
}

export function expression_log2(value: f64): f64 {
  return Math.log2(value);
}

export function expression_log10(value: f64): f64 {
  return Math.log10(value);
}
