// A node module that begins where an instance of it has come to: its memories and globals are what the instance's are,
// as data segments and initial values.
//
//   before   memory 1 page        (global (mut i32) (i32.const 0))      (data (i32.const 1024) "…")
//   after    memory 3 pages       (global (mut i32) (i32.const 4096))   (data (i32.const 1024) "…") (data …)
//
// What must hold: the instance differs from a new one in numbers alone, not in references, tables or dropped segments;
// see `configure.ts`. No index changes, of segments neither: what `memory.init` may name stays, active segments as empty
// passive ones, which is what an engine makes of them once they are in memory.

import type { WasmModule } from "../binary/module.ts";
import { ByteReader } from "../binary/reader.ts";
import { copySection, type Section, SectionId, writeHeader } from "../binary/sections.ts";
import type { ValueType } from "../binary/types.ts";
import { readValueType, skipConstantExpression } from "../binary/values.ts";
import { ByteWriter } from "../binary/writer.ts";
import { memoryRuns } from "./memory-runs.ts";

/** 512 nodes, which have a memory each, then stay below what an engine takes. */
const segmentsPerMemoryMax = 128;
const pageBytes = 65_536;
const end = 0x0b;
const passive = 1;

export interface NodeState {
  readonly memories: readonly ArrayBuffer[];
  /** By index; undefined for those that cannot change. Floats are no NaN. */
  readonly globals: readonly (number | bigint | undefined)[];
}

export function restated(module: WasmModule, state: NodeState): Uint8Array {
  const writer = new ByteWriter(module.bytes.length * 2);
  writeHeader(writer);
  const data = dataSegments(module, state);
  const rewritten = new Map<number, (section: Section) => Uint8Array>([
    [SectionId.memory, () => memories(module, state)],
    [SectionId.global, (section) => globals(module, section, state)],
    [SectionId.dataCount, () => data.written.subarray(0, countBytes(data.written))],
  ]);
  for (const section of module.sections) {
    if (section.id === SectionId.data) continue;
    const rewrite = rewritten.get(section.id);
    if (rewrite) writer.section(section.id, rewrite(section));
    else copySection(writer, module.bytes, section);
  }
  writer.section(SectionId.data, data.written);
  return writer.written;
}

/** Length of the count that a vector begins with. */
const countBytes = (vector: Uint8Array): number => vector.findIndex((byte) => byte < 0x80) + 1;

function memories(module: WasmModule, state: NodeState): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(module.memories.length);
  for (const [index, { maximum }] of module.memories.entries()) {
    writer.u8(maximum === undefined ? 0 : 1);
    writer.u32(state.memories[index]!.byteLength / pageBytes);
    if (maximum !== undefined) writer.u32(maximum);
  }
  return writer.written;
}

function globals(module: WasmModule, section: Section, state: NodeState): Uint8Array {
  const reader = new ByteReader(module.bytes, section.start, section.end);
  const writer = new ByteWriter(section.end - section.start + module.globals.length * 8);
  writer.u32(reader.u32());
  for (const [index, { type }] of module.globals.entries()) {
    const start = reader.position;
    readValueType(reader, new Set());
    reader.u8();
    const head = reader.position;
    skipConstantExpression(reader);
    const value = state.globals[index];
    writer.bytes(module.bytes.subarray(start, value === undefined ? reader.position : head));
    if (value !== undefined) writeConstant(writer, type, value);
  }
  return writer.written;
}

function writeConstant(writer: ByteWriter, type: ValueType, value: number | bigint): void {
  const bytes = new DataView(new ArrayBuffer(8));
  switch (type) {
    case "i32":
      writer.u8(0x41);
      writer.signed(Number(value));
      break;
    case "i64":
      writer.u8(0x42);
      writeSigned64(writer, BigInt(value));
      break;
    case "f32":
      bytes.setFloat32(0, Number(value), true);
      writer.u8(0x43);
      writer.bytes(new Uint8Array(bytes.buffer, 0, 4));
      break;
    default:
      bytes.setFloat64(0, Number(value), true);
      writer.u8(0x44);
      writer.bytes(new Uint8Array(bytes.buffer));
  }
  writer.u8(end);
}

function writeSigned64(writer: ByteWriter, value: bigint): void {
  let rest = value;
  while (rest < -64n || rest > 63n) {
    writer.u8(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  writer.u8(Number(rest & 0x7fn));
}

function dataSegments(module: WasmModule, { memories: contents }: NodeState): ByteWriter {
  const kept = keptSegments(module);
  const runs = contents.flatMap((buffer, memory) =>
    memoryRuns(buffer, segmentsPerMemoryMax).map(({ start, end: runEnd }) => ({
      memory,
      start,
      bytes: new Uint8Array(buffer, start, runEnd - start),
    })),
  );
  const writer = new ByteWriter(module.bytes.length);
  writer.u32(kept.length + runs.length);
  for (const segment of kept) {
    writer.u8(passive);
    writer.u32(segment.length);
    writer.bytes(segment);
  }
  for (const { memory, start, bytes } of runs) {
    writer.u8(memory === 0 ? 0 : 2);
    if (memory !== 0) writer.u32(memory);
    writer.u8(0x41);
    writer.signed(start | 0);
    writer.u8(end);
    writer.u32(bytes.length);
    writer.bytes(bytes);
  }
  return writer;
}

/** Contents of the segments that instructions may name: none where the module does not count them. */
function keptSegments({ bytes, sections }: WasmModule): Uint8Array[] {
  const section = sections.find(({ id }) => id === SectionId.data);
  if (!section || !sections.some(({ id }) => id === SectionId.dataCount)) return [];
  const reader = new ByteReader(bytes, section.start, section.end);
  return Array.from({ length: reader.u32() }, () => {
    const flags = reader.u32();
    if (flags !== passive) {
      if (flags === 2) reader.u32();
      skipConstantExpression(reader);
    }
    const length = reader.u32();
    const start = reader.position;
    reader.skip(length);
    return flags === passive ? bytes.subarray(start, reader.position) : new Uint8Array(0);
  });
}
