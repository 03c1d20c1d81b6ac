// The instruction set that fusion accepts, as data: which immediates follow each opcode, which feature it belongs
// to, and by which name it is refused. Prefixed opcodes are one number: 0xfc 0x0a (memory.copy) is 0xfc0a.

import { Feature, type RefusedFeature } from "./features.ts";

export const Op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  tableGet: 0x25,
  tableSet: 0x26,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  f64Const: 0x44,
  i64Const: 0x42,
  refFunc: 0xd2,
  memoryInit: 0xfc08,
  dataDrop: 0xfc09,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
  tableInit: 0xfc0c,
  elementDrop: 0xfc0d,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableSize: 0xfc10,
  tableFill: 0xfc11,
} as const;

/** What follows an opcode. `absent`: no such instruction. */
export const Immediate = {
  absent: 0,
  none: 1,
  index: 2,
  indexPair: 3,
  blockType: 4,
  branchTable: 5,
  valueTypes: 6,
  memory: 7,
  i32: 8,
  i64: 9,
  bytes4: 10,
  bytes8: 11,
  bytes16: 12,
  lane: 13,
  memoryLane: 14,
  referenceType: 15,
} as const;

type Row = readonly [from: number, to: number, immediate: number];

function table(size: number, rows: readonly Row[]): Uint8Array {
  const kinds = new Uint8Array(size);
  for (const [from, to, immediate] of rows) kinds.fill(immediate, from, to + 1);
  return kinds;
}

export const plainImmediates = table(256, [
  [0x00, 0x01, Immediate.none],
  [0x02, 0x04, Immediate.blockType],
  [0x05, 0x05, Immediate.none],
  [0x0b, 0x0b, Immediate.none],
  [0x0c, 0x0d, Immediate.index],
  [0x0e, 0x0e, Immediate.branchTable],
  [0x0f, 0x0f, Immediate.none],
  [0x10, 0x10, Immediate.index],
  [0x11, 0x11, Immediate.indexPair],
  [0x1a, 0x1b, Immediate.none],
  [0x1c, 0x1c, Immediate.valueTypes],
  [0x20, 0x26, Immediate.index],
  [0x28, 0x3e, Immediate.memory],
  [0x3f, 0x40, Immediate.index],
  [0x41, 0x41, Immediate.i32],
  [0x42, 0x42, Immediate.i64],
  [0x43, 0x43, Immediate.bytes4],
  [0x44, 0x44, Immediate.bytes8],
  [0x45, 0xc4, Immediate.none],
  [0xd0, 0xd0, Immediate.referenceType],
  [0xd1, 0xd1, Immediate.none],
  [0xd2, 0xd2, Immediate.index],
]);

export const miscImmediates = table(18, [
  [0x00, 0x07, Immediate.none],
  [0x08, 0x08, Immediate.indexPair],
  [0x09, 0x09, Immediate.index],
  [0x0a, 0x0a, Immediate.indexPair],
  [0x0b, 0x0b, Immediate.index],
  [0x0c, 0x0c, Immediate.indexPair],
  [0x0d, 0x0d, Immediate.index],
  [0x0e, 0x0e, Immediate.indexPair],
  [0x0f, 0x11, Immediate.index],
]);

// Numbers between 0x54 and 0xff that the SIMD proposal left unassigned.
const simdHoles = [
  0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2,
  0xee,
];

export const simdImmediates = table(256, [
  [0x00, 0x0b, Immediate.memory],
  [0x0c, 0x0d, Immediate.bytes16],
  [0x0e, 0x14, Immediate.none],
  [0x15, 0x22, Immediate.lane],
  [0x23, 0x53, Immediate.none],
  [0x54, 0x5b, Immediate.memoryLane],
  [0x5c, 0x5d, Immediate.memory],
  [0x5e, 0xff, Immediate.none],
  ...simdHoles.map((hole): Row => [hole, hole, Immediate.absent]),
]);

/** What follows the opcode of an instruction that `CodeReader` has accepted. */
export function immediateOf(opcode: number): number {
  if (opcode < 0x100) return plainImmediates[opcode]!;
  return opcode < 0xfd00 ? miscImmediates[opcode - 0xfc00]! : simdImmediates[opcode - 0xfd00]!;
}

/** The feature an opcode belongs to; undefined for the first version of WebAssembly. */
export function featureOf(opcode: number): Feature | undefined {
  if (opcode >= 0xfd00) return Feature.simd;
  if (opcode >= 0xfc00) {
    if (opcode <= 0xfc07) return Feature.saturatingFloatToInt;
    return opcode >= Op.tableGrow ? Feature.referenceTypes : Feature.bulkMemory;
  }
  if (opcode >= 0xc0 && opcode <= 0xc4) return Feature.signExtension;
  const isReference = opcode >= 0xd0 || opcode === Op.selectTyped || opcode === 0x25 || opcode === 0x26;
  return isReference ? Feature.referenceTypes : undefined;
}

const refusedOpcodes: ReadonlyMap<number, readonly [RefusedFeature, string]> = new Map([
  [0x06, ["exceptions", "try"]],
  [0x07, ["exceptions", "catch"]],
  [0x08, ["exceptions", "throw"]],
  [0x09, ["exceptions", "rethrow"]],
  [0x0a, ["exceptions", "throw_ref"]],
  [0x12, ["tail calls", "return_call"]],
  [0x13, ["tail calls", "return_call_indirect"]],
  [0x14, ["typed function references", "call_ref"]],
  [0x15, ["tail calls", "return_call_ref"]],
  [0x18, ["exceptions", "delegate"]],
  [0x19, ["exceptions", "catch_all"]],
  [0x1f, ["exceptions", "try_table"]],
  [0xd3, ["garbage collection", "ref.eq"]],
  [0xd4, ["typed function references", "ref.as_non_null"]],
  [0xd5, ["typed function references", "br_on_null"]],
  [0xd6, ["typed function references", "br_on_non_null"]],
]);

/** Under which name an opcode that is not accepted is known, if under any. */
export function refusalOf(opcode: number): readonly [RefusedFeature, string] | undefined {
  if (opcode < 0x100) return refusedOpcodes.get(opcode);
  const spelled = `opcode 0x${opcode.toString(16)}`;
  const prefix = Number.parseInt(opcode.toString(16).slice(0, 2), 16);
  if (prefix === 0xfb) return ["garbage collection", spelled];
  if (prefix === 0xfe) return ["threads", spelled];
  if (prefix === 0xfc && opcode >= 0xfc13 && opcode <= 0xfc16) return ["wide arithmetic", spelled];
  if (prefix !== 0xfd || opcode < 0xfd100) return undefined;
  return opcode < 0xfd120 ? ["relaxed SIMD", spelled] : ["half-precision floats", spelled];
}
