// Edits of a whole module that leave its code alone: custom sections.

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
export function stripCustomSections(
  wasm: Uint8Array,
  keep: (name: string) => boolean = () => false,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(wasm.length);
  writeHeader(writer);
  for (const section of readSections(wasm)) {
    if (section.name === undefined || keep(section.name)) copySection(writer, wasm, section);
  }
  return writer.written;
}
