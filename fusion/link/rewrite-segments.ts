// Writes globals, element segments and data segments anew with the indices of the linked module.
//
//   element segment flags                          data segment flags
//   0  table 0, functions    4  …, expressions     0  memory 0
//   1  passive, functions    5  …, expressions     1  passive
//   2  table n, functions    6  …, expressions     2  memory n
//   3  declared, functions   7  …, expressions
//
// A table or memory that is number 0 in its module seldom stays it: flags 0 and 4 then become 2 and 6, which name it.
//
// Declared segments become passive ones without elements, which is what they are to all instructions; one last segment
// declares for all modules. binaryen 132 leaves declared segments out when it counts, so that behind one it would take
// table.init to mean another segment.

import type { ByteReader } from "../binary/reader.ts";
import { readReferenceType, readValueType, skipConstantInstruction } from "../binary/values.ts";
import { ByteWriter } from "../binary/writer.ts";
import { mapped, type Space, type Unit } from "./index-spaces.ts";

const end = 0x0b;
const functionElements = 0x00;
const functionReferences = 0x70;

const ElementFlag = { notActive: 1, explicitTable: 2, expressions: 4 } as const;

export function writeGlobal(writer: ByteWriter, reader: ByteReader, unit: Unit): void {
  const start = reader.position;
  readValueType(reader, new Set());
  reader.u8();
  writer.bytes(reader.bytes.subarray(start, reader.position));
  writeConstantExpression(writer, reader, unit);
}

export function writeElementSegment(writer: ByteWriter, reader: ByteReader, unit: Unit): void {
  const flags = reader.u32();
  const hasExpressions = (flags & ElementFlag.expressions) !== 0;
  const isActive = (flags & ElementFlag.notActive) === 0;
  const namesTable = isActive && (flags & ElementFlag.explicitTable) !== 0;
  const isDeclared = !isActive && (flags & ElementFlag.explicitTable) !== 0;
  if (isActive) {
    const table = mapped(unit, "table", namesTable ? reader.u32() : 0);
    const isExplicit = namesTable || table !== 0;
    writer.u32(isExplicit ? flags | ElementFlag.explicitTable : flags);
    if (isExplicit) writer.u32(table);
    writeConstantExpression(writer, reader, unit);
    // The short forms leave out what the elements are.
    if (isExplicit && !namesTable) writer.u8(hasExpressions ? functionReferences : functionElements);
  } else {
    writer.u32(flags & ~ElementFlag.explicitTable);
  }
  if (namesTable || !isActive) copyElementKind(writer, reader, hasExpressions);
  const elements = isDeclared ? new ByteWriter() : writer;
  const count = reader.u32();
  writer.u32(isDeclared ? 0 : count);
  for (let left = count; left > 0; left--) {
    if (hasExpressions) writeConstantExpression(elements, reader, unit);
    else elements.u32(mapped(unit, "function", reader.u32()));
  }
}

/** A segment that says of functions that references of them are taken; it takes up no table. */
export function writeDeclaration(writer: ByteWriter, functions: readonly number[]): void {
  writer.u32(ElementFlag.notActive | ElementFlag.explicitTable);
  writer.u8(functionElements);
  writer.u32(functions.length);
  for (const index of functions) writer.u32(index);
}

export function writeDataSegment(writer: ByteWriter, reader: ByteReader, unit: Unit): void {
  const flags = reader.u32();
  if (flags === 1) writer.u32(flags);
  else {
    const memory = mapped(unit, "memory", flags === 2 ? reader.u32() : 0);
    writer.u32(memory === 0 ? 0 : 2);
    if (memory !== 0) writer.u32(memory);
    writeConstantExpression(writer, reader, unit);
  }
  const length = reader.u32();
  const start = reader.position;
  reader.skip(length);
  writer.u32(length);
  writer.bytes(reader.bytes.subarray(start, reader.position));
}

function copyElementKind(writer: ByteWriter, reader: ByteReader, hasExpressions: boolean): void {
  const start = reader.position;
  if (hasExpressions) readReferenceType(reader);
  else reader.u8();
  writer.bytes(reader.bytes.subarray(start, reader.position));
}

const indexedConstants: ReadonlyMap<number, Space> = new Map<number, Space>([
  [0x23, "global"],
  [0xd2, "function"],
]);

function writeConstantExpression(writer: ByteWriter, reader: ByteReader, unit: Unit): void {
  while (true) {
    const start = reader.position;
    const opcode = skipConstantInstruction(reader);
    const space = indexedConstants.get(opcode);
    if (space === undefined) writer.bytes(reader.bytes.subarray(start, reader.position));
    else {
      reader.position = start + 1;
      writer.u8(opcode);
      writer.u32(mapped(unit, space, reader.u32()));
    }
    if (opcode === end) return;
  }
}
