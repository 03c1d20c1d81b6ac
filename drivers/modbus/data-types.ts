// The shapes of values in Modbus tables, and how raw registers become values. Modbus sends each register with its high byte
// first; in which order the registers of a longer value come, the standard leaves open.

import type { TagQuality, TagValue } from "@flowfusion/proto";

export const tables = ["holding", "input", "coil", "discrete"] as const;
export type Table = (typeof tables)[number];

const numberTypes = ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] as const;
type NumberType = (typeof numberTypes)[number];
export const dataTypes = ["bool", ...numberTypes, "text"] as const;
export type DataType = (typeof dataTypes)[number];

const registersOfType: Readonly<Record<NumberType, number>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
};

export interface Encoding {
  readonly type: DataType;
  readonly bit?: number;
  readonly registers?: number;
  readonly wordOrder: "big" | "little";
  readonly scale?: number;
  readonly offset?: number;
}

/** Registers, or bits in a table of bits, that a value takes. */
export function registersOf({ type, registers }: { readonly type: DataType; readonly registers?: number }): number {
  if (type === "bool") return 1;
  return type === "text" ? (registers ?? 1) : registersOfType[type];
}

export interface Decoded {
  readonly quality: TagQuality;
  readonly value: TagValue;
}

/** `bytes` are those of the value's registers, as they came. Whole numbers stay whole unless they are scaled. */
export function decodeRegisters(bytes: Uint8Array, encoding: Encoding): Decoded {
  const { type } = encoding;
  if (type === "bool") return good((((bytes[0]! << 8) | bytes[1]!) & (1 << (encoding.bit ?? 0))) !== 0);
  const ordered = encoding.wordOrder === "little" ? reverseWords(bytes) : bytes;
  if (type === "text") return good(decodeText(ordered));
  const number = decodeNumber(new DataView(ordered.buffer, ordered.byteOffset, ordered.length), type);
  const { scale, offset } = encoding;
  if (scale !== undefined || offset !== undefined) return plain(Number(number) * (scale ?? 1) + (offset ?? 0));
  // Beyond the tags' integers; told as a float, which is not exact.
  if (typeof number === "bigint" && number > maxInt64) return { quality: 1, value: Number(number) };
  return typeof number === "number" ? plain(number) : good(number);
}

const maxInt64 = 2n ** 63n - 1n;
const good = (value: TagValue): Decoded => ({ quality: 0, value });
/** A float that is no number is a device's way to say that it has none. */
const plain = (value: number): Decoded => ({ quality: Number.isNaN(value) ? 2 : 0, value });

function decodeNumber(view: DataView, type: NumberType): bigint | number {
  switch (type) {
    case "int16":
      return BigInt(view.getInt16(0));
    case "uint16":
      return BigInt(view.getUint16(0));
    case "int32":
      return BigInt(view.getInt32(0));
    case "uint32":
      return BigInt(view.getUint32(0));
    case "int64":
      return view.getBigInt64(0);
    case "uint64":
      return view.getBigUint64(0);
    case "float32":
      return view.getFloat32(0);
    case "float64":
      return view.getFloat64(0);
  }
}

function reverseWords(bytes: Uint8Array): Uint8Array {
  const reversed = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 2) reversed.set(bytes.subarray(at, at + 2), bytes.length - 2 - at);
  return reversed;
}

/** Up to the first zero, without the blanks that fill the rest; Latin-1, since devices know no other. */
function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end))
    .toString("latin1")
    .trimEnd();
}
