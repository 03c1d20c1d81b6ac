// Several modules into one, byte by byte: no instruction is changed but in its indices. Imports of the first module are
// resolved to the exports of the others, its exports become those of the result, and its memory is memory 0.
//
//   before   glue: imports n0.handle, n1.handle, …; exports execute_flow, …     n0, n1, …: export handle, memory, …
//   after    one module without imports that exports execute_flow, …
//
// What must hold: the inputs are valid modules; only the first has imports; none has a start function or relies on its
// custom sections, which are dropped, the first's names of functions apart. Linear in time, without recursion.

import type { WasmModule } from "../binary/module.ts";
import { ByteReader } from "../binary/reader.ts";
import { SectionId, writeHeader } from "../binary/sections.ts";
import type { ExternKind, FunctionType, Limits, ValueType } from "../binary/types.ts";
import { byteOf, readMinMax, readReferenceType } from "../binary/values.ts";
import { ByteWriter } from "../binary/writer.ts";
import { writeFunctionNames } from "./function-names.ts";
import { importCount, type LinkInput, layOutUnits, mapped, type TypeTable, type Unit } from "./index-spaces.ts";
import { resolveImports } from "./resolve-imports.ts";
import { writeBody } from "./rewrite-code.ts";
import { writeDataSegment, writeDeclaration, writeElementSegment, writeGlobal } from "./rewrite-segments.ts";

/** Entries of a section, without their count. */
interface Entries {
  readonly count: number;
  readonly content: ByteWriter;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * `open`: names of modules that are linked later, by a second call with the result as its first module; what is imported
 * from them stays imported. Throws a FlowFusionError `FF_FUSE_LINK` when another import finds no export of its type.
 */
export function link(inputs: readonly LinkInput[], open = nothing): Uint8Array<ArrayBuffer> {
  const { units, types, globalOrder } = layOutUnits(inputs, open);
  resolveImports(units, open);
  // The code is written first: it tells which functions have to be declared in front of it.
  const { code, referenced } = rewriteCode(units);
  const data = rewriteSection(units, SectionId.data, writeDataSegment);
  const writer = new ByteWriter(code.content.length + data.content.length + 4096);
  writeHeader(writer);
  writeSection(writer, SectionId.type, typeEntries(types));
  writeSection(writer, SectionId.import, importEntries(units[0]!, types, open));
  writeSection(writer, SectionId.function, functionEntries(units, types));
  writeSection(writer, SectionId.table, rewriteSection(units, SectionId.table, copyTable));
  writeSection(writer, SectionId.memory, rewriteSection(units, SectionId.memory, copyMemory));
  writeSection(writer, SectionId.global, rewriteSection(globalOrder, SectionId.global, writeGlobal));
  writeSection(writer, SectionId.export, exportEntries(units[0]!));
  writeSection(writer, SectionId.element, elementEntries(units, referenced));
  if (units.some((unit) => hasSection(unit, SectionId.dataCount))) {
    const count = new ByteWriter();
    count.u32(data.count);
    writer.section(SectionId.dataCount, count.written);
  }
  writeSection(writer, SectionId.code, code);
  writeSection(writer, SectionId.data, data);
  writeFunctionNames(writer, units[0]!);
  return writer.written;
}

function writeSection(writer: ByteWriter, id: number, { count, content }: Entries): void {
  if (count === 0) return;
  const whole = new ByteWriter(content.length + 5);
  whole.u32(count);
  whole.bytes(content.written);
  writer.section(id, whole.written);
}

const hasSection = ({ module }: Unit, id: number): boolean => module.sections.some((section) => section.id === id);

type WriteEntry = (writer: ByteWriter, reader: ByteReader, unit: Unit) => void;

function rewriteSection(units: readonly Unit[], id: number, writeEntry: WriteEntry): Entries {
  const content = new ByteWriter();
  let count = 0;
  for (const unit of units) {
    const section = unit.module.sections.find((candidate) => candidate.id === id);
    if (section === undefined) continue;
    const reader = new ByteReader(unit.module.bytes, section.start, section.end);
    const entries = reader.u32();
    for (let left = entries; left > 0; left--) writeEntry(content, reader, unit);
    count += entries;
  }
  return { count, content };
}

function copyTable(writer: ByteWriter, reader: ByteReader): void {
  const start = reader.position;
  readReferenceType(reader);
  readMinMax(reader);
  writer.bytes(reader.bytes.subarray(start, reader.position));
}

function copyMemory(writer: ByteWriter, reader: ByteReader): void {
  const start = reader.position;
  readMinMax(reader);
  writer.bytes(reader.bytes.subarray(start, reader.position));
}

function rewriteCode(units: readonly Unit[]): { readonly code: Entries; readonly referenced: ReadonlySet<number> } {
  const referenced = new Set<number>();
  const content = new ByteWriter(units.reduce((sum, { module }) => sum + module.bytes.length, 0));
  let count = 0;
  for (const unit of units) {
    for (const body of unit.module.bodies) writeBody(content, unit, body, referenced);
    count += unit.module.bodies.length;
  }
  return { code: { count, content }, referenced };
}

function typeEntries({ list }: TypeTable): Entries {
  const content = new ByteWriter();
  const values = (types: readonly ValueType[]) => {
    content.u32(types.length);
    for (const type of types) content.u8(byteOf(type));
  };
  for (const { params, results } of list) {
    content.u8(0x60);
    values(params);
    values(results);
  }
  return { count: list.length, content };
}

function importEntries({ module }: Unit, types: TypeTable, open: ReadonlySet<string>): Entries {
  const content = new ByteWriter();
  const seen = { function: 0, table: 0, memory: 0, global: 0 };
  let count = 0;
  for (const entry of module.imports) {
    const index = seen[entry.kind]++;
    if (!open.has(entry.module)) continue;
    count++;
    content.name(entry.module);
    content.name(entry.name);
    content.u8(kindBytes[entry.kind]);
    writeExternType(content, module, entry.kind, index, types);
  }
  return { count, content };
}

function writeExternType(
  writer: ByteWriter,
  module: WasmModule,
  kind: ExternKind,
  index: number,
  types: TypeTable,
): void {
  const limits = ({ minimum, maximum }: Limits) => {
    writer.u8(maximum === undefined ? 0 : 1);
    writer.u32(minimum);
    if (maximum !== undefined) writer.u32(maximum);
  };
  switch (kind) {
    case "function":
      writer.u32(types.indexOf(module.functions[index]!));
      return;
    case "table":
      writer.u8(byteOf(module.tables[index]!.element));
      limits(module.tables[index]!);
      return;
    case "memory":
      limits(module.memories[index]!);
      return;
    case "global":
      writer.u8(byteOf(module.globals[index]!.type));
      writer.u8(module.globals[index]!.mutable ? 1 : 0);
      return;
  }
}

function functionEntries(units: readonly Unit[], types: TypeTable): Entries {
  const content = new ByteWriter();
  const declared = units.flatMap(({ module }): readonly FunctionType[] =>
    module.functions.slice(importCount(module, "function")),
  );
  for (const type of declared) content.u32(types.indexOf(type));
  return { count: declared.length, content };
}

const kindBytes: Record<ExternKind, number> = { function: 0, table: 1, memory: 2, global: 3 };

function exportEntries(unit: Unit): Entries {
  const content = new ByteWriter();
  for (const { name, kind, index } of unit.module.exports) {
    content.name(name);
    content.u8(kindBytes[kind]);
    content.u32(mapped(unit, kind, index));
  }
  return { count: unit.module.exports.length, content };
}

// A node may take a reference of a function because it exports it; in the result that export is gone.
function elementEntries(units: readonly Unit[], referenced: ReadonlySet<number>): Entries {
  const { count, content } = rewriteSection(units, SectionId.element, writeElementSegment);
  if (referenced.size === 0) return { count, content };
  writeDeclaration(
    content,
    [...referenced].sort((a, b) => a - b),
  );
  return { count: count + 1, content };
}
