// Writes a module anew, section by section, for passes that append to what a module declares and rewrite its code.

import type { WasmModule } from "./module.ts";
import { type Section, SectionId, writeHeader } from "./sections.ts";
import { ByteWriter } from "./writer.ts";

/** Gives a section's new content; it is called with none where the module has no such section. */
export type Rewrite = (section: Section | undefined, bytes: Uint8Array) => Uint8Array;

const sectionOrder = [
  ...[SectionId.type, SectionId.import, SectionId.function, SectionId.table, SectionId.memory, SectionId.global],
  ...[SectionId.export, SectionId.start, SectionId.element, SectionId.dataCount, SectionId.code, SectionId.data],
];

/** The module with these sections rewritten, the others as they are, and without custom sections. */
export function rewriteSections(
  { bytes, sections }: WasmModule,
  rewrites: readonly (readonly [id: number, rewrite: Rewrite])[],
): Uint8Array<ArrayBuffer> {
  const byId = new Map(rewrites);
  const writer = new ByteWriter(bytes.length + (bytes.length >>> 1) + 1024);
  writeHeader(writer);
  for (const id of sectionOrder) {
    const section = sections.find((candidate) => candidate.id === id);
    const content = byId.get(id)?.(section, bytes);
    if (content) writer.section(id, content);
    else if (section) writer.bytes(bytes.subarray(section.offset, section.end));
  }
  return writer.written;
}

/** The `count` entries of the section's vector stay, `added` more follow. */
export function appended(count: number, added: number, write: (writer: ByteWriter) => void): Rewrite {
  return (section, bytes) => {
    const kept = section && withoutCount(bytes, section);
    const writer = new ByteWriter((kept?.length ?? 0) + 64);
    writer.u32(count + added);
    if (kept) writer.bytes(kept);
    write(writer);
    return writer.written;
  };
}

// The count is written anew, in the shortest form; the entries are copied.
function withoutCount(bytes: Uint8Array, section: Section): Uint8Array {
  let start = section.start;
  while (bytes[start]! >= 0x80) start++;
  return bytes.subarray(start + 1, section.end);
}
