// Edits of a whole module that leave its code alone: custom sections and the list of exports.

import { ByteReader } from "./reader.ts";
import { copySection, readSections, SectionId, writeHeader } from "./sections.ts";
import { ByteWriter } from "./writer.ts";

/** The content of the custom section of that name; the first, where several bear it. */
export function customSection(wasm: Uint8Array, name: string): Uint8Array | undefined {
  const section = readSections(wasm).find((candidate) => candidate.name === name);
  return section && wasm.subarray(section.start, section.end);
}

/** The module with one more custom section at its end. */
export function appendCustomSection(wasm: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  readSections(wasm);
  const section = new ByteWriter(content.length + name.length + 8);
  section.name(name);
  section.bytes(content);
  const writer = new ByteWriter(wasm.length + section.length + 8);
  writer.bytes(wasm);
  writer.section(SectionId.custom, section.written);
  return writer.written;
}

/** The module without its custom sections, except those that `keep` asks for. */
export function stripCustomSections(wasm: Uint8Array, keep: (name: string) => boolean = () => false): Uint8Array {
  const writer = new ByteWriter(wasm.length);
  writeHeader(writer);
  for (const section of readSections(wasm)) {
    if (section.name === undefined || keep(section.name)) copySection(writer, wasm, section);
  }
  return writer.written;
}

/** The module with only those of its exports that `names` holds; what they named stays in the module. */
export function keepExports(wasm: Uint8Array, names: ReadonlySet<string>): Uint8Array {
  const writer = new ByteWriter(wasm.length);
  writeHeader(writer);
  for (const section of readSections(wasm)) {
    if (section.id !== SectionId.export) copySection(writer, wasm, section);
    else writer.section(SectionId.export, filterExports(new ByteReader(wasm, section.start, section.end), names));
  }
  return writer.written;
}

function filterExports(reader: ByteReader, names: ReadonlySet<string>): Uint8Array {
  const kept = new ByteWriter();
  let keptCount = 0;
  const count = reader.count("exports");
  for (let index = 0; index < count; index++) {
    const start = reader.position;
    const name = reader.name();
    reader.u8();
    reader.u32();
    if (!names.has(name)) continue;
    keptCount++;
    kept.bytes(reader.bytes.subarray(start, reader.position));
  }
  const section = new ByteWriter(kept.length + 5);
  section.u32(keptCount);
  section.bytes(kept.written);
  return section.written;
}
