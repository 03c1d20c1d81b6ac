// The first module's function names in the linked module, for the optimiser to be told of functions by name. Of the name
// section only the map of function indices to names is read, and only functions that the module itself defines are kept.

import { ByteReader } from "../binary/reader.ts";
import { SectionId } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import { importCount, mapped, type Unit } from "./index-spaces.ts";

const sectionName = "name";
const functionNames = 1;

/** Appends a name section, if the unit has one. */
export function writeFunctionNames(writer: ByteWriter, unit: Unit): void {
  const { bytes, sections } = unit.module;
  const section = sections.find(({ name }) => name === sectionName);
  if (section === undefined) return;
  const reader = new ByteReader(bytes, section.start, section.end);
  while (!reader.atEnd) {
    const kind = reader.u8();
    const length = reader.u32();
    const start = reader.position;
    reader.skip(length);
    if (kind !== functionNames) continue;
    const names = remapNames(new ByteReader(bytes, start, reader.position), unit);
    const content = new ByteWriter(names.length + 16);
    content.name(sectionName);
    content.section(functionNames, names);
    writer.section(SectionId.custom, content.written);
  }
}

// Functions keep their order, so that the indices ascend, as they must.
function remapNames(reader: ByteReader, unit: Unit): Uint8Array {
  const firstDefined = importCount(unit.module, "function");
  const kept = new ByteWriter(reader.end - reader.position);
  let count = 0;
  for (let left = reader.count("function names"); left > 0; left--) {
    const index = reader.u32();
    const name = reader.name();
    if (index < firstDefined) continue;
    kept.u32(mapped(unit, "function", index));
    kept.name(name);
    count++;
  }
  const names = new ByteWriter(kept.length + 5);
  names.u32(count);
  names.bytes(kept.written);
  return names.written;
}
