// A node module with all of its state exported, so that a host can read what `configure` made of it: every memory, and
// every global that can change. Nothing else differs.

import type { WasmModule } from "../binary/module.ts";
import { ByteReader } from "../binary/reader.ts";
import { copySection, SectionId, writeHeader } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";

export const memoryExport = (index: number): string => `flowfusion:memory ${index}`;
export const globalExport = (index: number): string => `flowfusion:global ${index}`;

const memoryKind = 2;
const globalKind = 3;

/** `module`: without imports, and with an export section, as every node has one. */
export function withStateExports(module: WasmModule): Uint8Array {
  const added: [name: string, kind: number, index: number][] = [
    ...module.memories.map((_, index) => [memoryExport(index), memoryKind, index] as [string, number, number]),
    ...mutableGlobals(module).map((index) => [globalExport(index), globalKind, index] as [string, number, number]),
  ];
  const writer = new ByteWriter(module.bytes.length + added.length * 32);
  writeHeader(writer);
  for (const section of module.sections) {
    if (section.id !== SectionId.export) {
      copySection(writer, module.bytes, section);
      continue;
    }
    const reader = new ByteReader(module.bytes, section.start, section.end);
    const content = new ByteWriter(section.end - section.start + added.length * 32);
    content.u32(reader.u32() + added.length);
    content.bytes(module.bytes.subarray(reader.position, section.end));
    for (const [name, kind, index] of added) {
      content.name(name);
      content.u8(kind);
      content.u32(index);
    }
    writer.section(SectionId.export, content.written);
  }
  return writer.written;
}

export const mutableGlobals = ({ globals }: WasmModule): readonly number[] =>
  globals.flatMap(({ mutable }, index) => (mutable ? [index] : []));
