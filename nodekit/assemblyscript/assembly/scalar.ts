// The short way for a message without a body: instead of a pointer, the node gets what it looks at, the value's 64 bits
// and its `meta` (kind in the low byte, quality above it), and answers with an outcome. Nothing is copied into the
// node's memory, and a linker can inline the call. A node that exports `handleScalar` leaves to `handle` what
// `handleScalar` declines; for a message with a body, `handle` is called at once.
//
//   outcome   < 0      declined: state and outputs are as they were, `handle` decides
//             bit 0-3  emit on that port, in ascending order
//             bit 4    with the value in `scalar_meta` and `scalar_bits` in place of the incoming one

import { emit } from "./emissions";
import { canonicalBits, Kind, Message, Quality } from "./message";

export let scalar_meta: u32 = 0;
export let scalar_bits: u64 = 0;

const changedFlag: i32 = 16;
/** All set in infinities and NaN alone. */
const exponentBits: u64 = 0x7ff0_0000_0000_0000;

export namespace Outcome {
  /** `handle` decides. Nothing may have changed yet. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const declined: i32 = -1;

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline export const nothing: i32 = 0;

  /** The message as it came, on the ports whose bits are set. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function pass(ports: u32): i32 {
    return <i32>ports;
  }

  /** A number on port 0. Infinity and NaN make the quality bad: no reading of a plant has such a value. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function number(value: f64, quality: u8): i32 {
    const bits = reinterpret<u64>(value);
    scalar_bits = bits;
    scalar_meta = Kind.float64 | ((<u32>quality) << 8);
    // Asked of the bits, which takes engines half as long as `isFinite`.
    if ((bits & exponentBits) == exponentBits) {
      scalar_bits = canonicalBits(value);
      scalar_meta = Kind.float64 | ((<u32>Quality.bad) << 8);
    }
    return 1 | changedFlag;
  }

  /** Any value without a body on port 0. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function value(kind: u8, bits: u64, quality: u8): i32 {
    scalar_bits = bits;
    scalar_meta = <u32>kind | ((<u32>quality) << 8);
    return 1 | changedFlag;
  }

  /** A boolean on port 0. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function boolean(value: bool, quality: u8): i32 {
    scalar_bits = <u64>value;
    scalar_meta = Kind.boolean | ((<u32>quality) << 8);
    return 1 | changedFlag;
  }
}

export namespace Scalar {
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function quality(meta: u32): u8 {
    return <u8>(meta >> 8);
  }

  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function isNumeric(meta: u32): bool {
    return <u8>(<u8>meta - Kind.boolean) <= Kind.float64 - Kind.boolean;
  }

  /** The value as a number; a boolean is 0 or 1, an int64 is rounded to the nearest double. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function number(meta: u32, bits: u64): f64 {
    return <u8>meta == Kind.float64 ? reinterpret<f64>(bits) : <f64>(<i64>bits);
  }
}

/** Emits what an outcome says, for callers that speak in messages. */
export function emitOutcome(outcome: i32, message: Message): void {
  if (outcome & changedFlag) {
    message.bits = scalar_bits;
    message.meta = scalar_meta;
  }
  for (let port: u32 = 0; port < 4; port++) {
    if ((outcome >> port) & 1) emit(port, message);
  }
}
