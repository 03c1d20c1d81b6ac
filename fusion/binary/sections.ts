// The outermost layer of a module: the header and the list of sections, in their one allowed order.

import { FlowFusionError } from "@flowfusion/graph";
import { readLimits } from "../limits.ts";
import { refused } from "./features.ts";
import { ByteReader, malformed } from "./reader.ts";
import type { ByteWriter } from "./writer.ts";

export const SectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

export interface Section {
  readonly id: number;
  /** Offset of the id byte. */
  readonly offset: number;
  /** Where the content begins; for a custom section, after its name. */
  readonly start: number;
  readonly end: number;
  /** The name of a custom section. */
  readonly name?: string;
}

const header: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

// Position of each section id in the order that the format demands: data count (12) stands before code (10).
const orderOf = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10];

export function readSections(wasm: Uint8Array): readonly Section[] {
  checkHeader(wasm);
  const reader = new ByteReader(wasm, header.length);
  const sections: Section[] = [];
  let last = 0;
  while (!reader.atEnd) {
    const section = readSection(reader);
    if (sections.length === readLimits.sectionsMax) {
      throw new FlowFusionError("FF_MODULE_LIMIT", `more than ${readLimits.sectionsMax} sections`);
    }
    if (section.id !== SectionId.custom) {
      const order = orderOf[section.id]!;
      if (order <= last) throw malformed(`section ${section.id} twice or out of order`, section.offset);
      last = order;
    }
    sections.push(section);
  }
  return sections;
}

function readSection(reader: ByteReader): Section {
  const offset = reader.position;
  const id = reader.u8();
  if (id === 13) throw refused("exceptions", "tag section", offset);
  if (id >= orderOf.length) throw malformed(`unknown section ${id}`, offset);
  const size = reader.u32();
  const start = reader.position;
  reader.skip(size);
  if (id !== SectionId.custom) return { id, offset, start, end: reader.position };
  const content = new ByteReader(reader.bytes, start, reader.position);
  const name = content.name();
  return { id, offset, start: content.position, end: reader.position, name };
}

function checkHeader(wasm: Uint8Array): void {
  for (let index = 0; index < header.length; index++) {
    if (wasm[index] === header[index]) continue;
    if (index < 4) throw malformed("not a WebAssembly module, the magic number is missing", 0);
    if (index === 4 && wasm[4] === 0x0d) {
      throw malformed("a component, a core module is expected", 4);
    }
    throw malformed("version is not 1", 4);
  }
}

export function writeHeader(writer: ByteWriter): void {
  writer.bytes(header);
}

/** Copies a section, its header included, as it stands. */
export function copySection(writer: ByteWriter, wasm: Uint8Array, section: Section): void {
  writer.bytes(wasm.subarray(section.offset, section.end));
}
