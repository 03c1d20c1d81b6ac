// A node module as the linker takes it: without custom sections, with the WASI shim in place of WASI imports, and with
// its start function turned into an export. A start function would run when the flow is instantiated, before the host
// has granted any fuel; the glue calls the export from `configure` instead.

import { ByteReader } from "../binary/reader.ts";
import { copySection, readSections, SectionId, writeHeader } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import { linkWasi } from "../wasi/link.ts";

export const startExport = "flowfusion:start";

const functionKind = 0;

export interface Linkable {
  readonly wasm: Uint8Array;
  /** Whether the module exports `startExport`. */
  readonly hasStart: boolean;
}

export function linkable(wasm: Uint8Array): Linkable {
  const { wasm: startless, hasStart } = withoutStart(wasm);
  return { wasm: linkWasi(startless), hasStart };
}

/** The module without custom sections, its start function an export. Its imports are as they were. */
export function withoutStart(wasm: Uint8Array): Linkable {
  const sections = readSections(wasm).filter((section) => section.id !== SectionId.custom);
  const startSection = sections.find((section) => section.id === SectionId.start);
  const start = startSection && new ByteReader(wasm, startSection.start, startSection.end).u32();
  const writer = new ByteWriter(wasm.length + 32);
  writeHeader(writer);
  for (const section of sections) {
    if (section.id === SectionId.start) continue;
    if (section.id === SectionId.export && start !== undefined) {
      writer.section(SectionId.export, withExport(new ByteReader(wasm, section.start, section.end), start));
    } else {
      copySection(writer, wasm, section);
    }
  }
  return { wasm: writer.written, hasStart: start !== undefined };
}

function withExport(reader: ByteReader, functionIndex: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(reader.u32() + 1);
  writer.bytes(reader.bytes.subarray(reader.position, reader.end));
  writer.name(startExport);
  writer.u8(functionKind);
  writer.u32(functionIndex);
  return writer.written;
}
