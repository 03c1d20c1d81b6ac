// Writes a function body anew with the indices of the linked module. Between the indices it is copied as it stands:
// locals, labels and constants mean the same everywhere. Indices change their length, and a memory other than 0 adds a
// bit and an index to each access, so that a body grows.

import { CodeReader } from "../binary/code.ts";
import { Immediate, immediateOf, Op } from "../binary/opcodes.ts";
import { ByteReader } from "../binary/reader.ts";
import type { CodeBody } from "../binary/types.ts";
import { ByteWriter } from "../binary/writer.ts";
import { mapped, type Space, type Unit } from "./index-spaces.ts";

/** What the indices of an instruction name, in the order in which they follow its opcode. */
const indexed: ReadonlyMap<number, readonly Space[]> = new Map<number, readonly Space[]>([
  [Op.call, ["function"]],
  [Op.callIndirect, ["type", "table"]],
  [Op.globalGet, ["global"]],
  [Op.globalSet, ["global"]],
  [Op.tableGet, ["table"]],
  [Op.tableSet, ["table"]],
  [Op.memorySize, ["memory"]],
  [Op.memoryGrow, ["memory"]],
  [Op.refFunc, ["function"]],
  [Op.memoryInit, ["data", "memory"]],
  [Op.dataDrop, ["data"]],
  [Op.memoryCopy, ["memory", "memory"]],
  [Op.memoryFill, ["memory"]],
  [Op.tableInit, ["element", "table"]],
  [Op.elementDrop, ["element"]],
  [Op.tableCopy, ["table", "table"]],
  [Op.tableGrow, ["table"]],
  [Op.tableSize, ["table"]],
  [Op.tableFill, ["table"]],
]);

/** Bit of an access's alignment that says that a memory index follows. */
const memoryIndexFlag = 0x40;

/** Appends the body, its size first. Functions that it takes references of are added to `referenced`. */
export function writeBody(writer: ByteWriter, unit: Unit, body: CodeBody, referenced: Set<number>): void {
  const { bytes } = unit.module;
  const code = new CodeReader(bytes, body);
  const reader = new ByteReader(bytes, body.start, body.end);
  const rewritten = new ByteWriter((body.end - body.start) * 2);
  let copied = body.start;
  while (code.next()) {
    const { opcode } = code;
    const kind = immediateOf(opcode);
    const spaces = indexed.get(opcode);
    const isAccess = kind === Immediate.memory || kind === Immediate.memoryLane;
    const isTypedBlock = kind === Immediate.blockType && code.immediate >= 0;
    if (spaces === undefined && !isAccess && !isTypedBlock) continue;

    reader.position = code.offset + 1;
    if (opcode >= 0x100) reader.u32();
    rewritten.bytes(bytes.subarray(copied, reader.position));
    if (isAccess) writeMemoryArgument(rewritten, reader, unit);
    else if (isTypedBlock) rewritten.signed(mapped(unit, "type", reader.s33()));
    else for (const space of spaces!) rewritten.u32(mapped(unit, space, reader.u32()));
    if (opcode === Op.refFunc) referenced.add(mapped(unit, "function", code.immediate));
    copied = reader.position;
  }
  rewritten.bytes(bytes.subarray(copied, body.end));
  writer.u32(rewritten.length);
  writer.bytes(rewritten.written);
}

function writeMemoryArgument(writer: ByteWriter, reader: ByteReader, unit: Unit): void {
  const flags = reader.u32();
  const memory = mapped(unit, "memory", flags & memoryIndexFlag ? reader.u32() : 0);
  const alignment = flags & ~memoryIndexFlag;
  writer.u32(memory === 0 ? alignment : alignment | memoryIndexFlag);
  if (memory !== 0) writer.u32(memory);
  writer.u32(reader.u32());
}
