// Value types, limits and constant expressions: the small grammar that several sections share.

import { Feature, refused } from "./features.ts";
import { type ByteReader, malformed } from "./reader.ts";
import type { Limits, ReferenceType, ValueType } from "./types.ts";

const valueTypes: ReadonlyMap<number, ValueType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);

const valueTypeBytes: ReadonlyMap<ValueType, number> = new Map([...valueTypes].map(([byte, type]) => [type, byte]));

/** How a value type is spelled in a module. */
export const byteOf = (type: ValueType): number => valueTypeBytes.get(type)!;

/** Collects what a module uses while it is read. */
export type FeatureSet = Set<Feature>;

export function valueTypeOf(byte: number, offset: number, features: FeatureSet): ValueType {
  const type = valueTypes.get(byte);
  if (type === undefined) throw unknownType(byte, offset);
  if (type === "v128") features.add(Feature.simd);
  else if (type === "funcref" || type === "externref") features.add(Feature.referenceTypes);
  return type;
}

export function readValueType(reader: ByteReader, features: FeatureSet): ValueType {
  const offset = reader.position;
  return valueTypeOf(reader.u8(), offset, features);
}

export function readReferenceType(reader: ByteReader): ReferenceType {
  const offset = reader.position;
  const byte = reader.u8();
  if (byte === 0x70) return "funcref";
  if (byte === 0x6f) return "externref";
  throw unknownType(byte, offset);
}

/** The type of a `ref.null`, which later proposals spell as the index of a type. */
export function skipHeapType(reader: ByteReader): void {
  const offset = reader.position;
  const byte = reader.bytes[offset]!;
  if (!reader.atEnd && (byte < 0x40 || byte >= 0x80)) {
    throw refused("typed function references", `type ${byte} of ref.null`, offset);
  }
  readReferenceType(reader);
}

function unknownType(byte: number, offset: number): Error {
  const spelled = `type 0x${byte.toString(16)}`;
  if (byte === 0x63 || byte === 0x64) return refused("typed function references", spelled, offset);
  if (byte === 0x69 || byte === 0x74) return refused("exceptions", spelled, offset);
  if (byte >= 0x65 && byte <= 0x78) return refused("garbage collection", spelled, offset);
  return malformed(`unknown ${spelled}`, offset);
}

export function readMinMax(reader: ByteReader): Limits {
  const offset = reader.position;
  const flags = reader.u8();
  if (flags >= 0x10) throw malformed(`unknown limits flag ${flags}`, offset);
  if (flags & 0x08) throw refused("custom page sizes", "limits", offset);
  if (flags & 0x04) throw refused("memory64", "limits", offset);
  if (flags & 0x02) throw refused("threads", "shared memory", offset);
  const minimum = reader.u32();
  if (flags === 0) return { minimum };
  const maximum = reader.u32();
  if (maximum < minimum) throw malformed(`maximum ${maximum} below minimum ${minimum}`, offset);
  return { minimum, maximum };
}

/** Passes over a constant expression, its `end` included. Types are left to the engine's own validation. */
export function skipConstantExpression(reader: ByteReader): void {
  while (skipConstantInstruction(reader) !== 0x0b);
}

/** Passes over one instruction of a constant expression; gives its opcode, 0x0b for the `end`. */
export function skipConstantInstruction(reader: ByteReader): number {
  const offset = reader.position;
  const opcode = reader.u8();
  switch (opcode) {
    case 0x0b:
      break;
    case 0x23: // global.get
    case 0xd2: // ref.func
      reader.u32();
      break;
    case 0x41:
      reader.s32();
      break;
    case 0x42:
      reader.skipS64();
      break;
    case 0x43:
      reader.skip(4);
      break;
    case 0x44:
      reader.skip(8);
      break;
    case 0xd0: // ref.null
      skipHeapType(reader);
      break;
    case 0xfd:
      if (reader.u32() !== 12) throw malformed("instruction in a constant expression that is not constant", offset);
      reader.skip(16);
      break;
    default:
      throw notConstant(opcode, offset);
  }
  return opcode;
}

// i32.add, i32.sub, i32.mul and their i64 kin are constant by a later proposal, as are GC's allocations.
const extendedConstant = new Set([0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e]);

function notConstant(opcode: number, offset: number): Error {
  const spelled = `opcode 0x${opcode.toString(16)}`;
  if (extendedConstant.has(opcode)) return refused("extended constant expressions", spelled, offset);
  if (opcode === 0xfb) return refused("garbage collection", spelled, offset);
  return malformed(`${spelled} in a constant expression`, offset);
}
