// Reads what a module declares: every section but the instructions themselves, which code.ts walks. Strict: a
// section's content ends where its size says, counts agree, and exported names are unique. Whether indices and
// types fit together is left to the engine's own validation, which those who rely on it run afterwards.

import { readLimits } from "../limits.ts";
import { Feature, refused } from "./features.ts";
import { ByteReader, malformed } from "./reader.ts";
import { readSections, type Section, SectionId } from "./sections.ts";
import type {
  CodeBody,
  Export,
  ExternKind,
  FunctionType,
  GlobalType,
  Import,
  Limits,
  TableType,
  ValueType,
} from "./types.ts";
import { type FeatureSet, readMinMax, readReferenceType, readValueType, skipConstantExpression } from "./values.ts";

/** A module's declarations. Functions, tables, memories and globals are index spaces: imported ones come first. */
export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  /** Type of each function. */
  readonly functions: readonly FunctionType[];
  readonly tables: readonly TableType[];
  readonly memories: readonly Limits[];
  readonly globals: readonly GlobalType[];
  readonly exports: readonly Export[];
  readonly start?: number;
  readonly elementSegmentCount: number;
  readonly dataSegmentCount: number;
  readonly dataBytes: number;
  /** One for each function that is not imported, in order. */
  readonly bodies: readonly CodeBody[];
  /** Features that the declarations use; those of the instructions are found by `CodeReader`. */
  readonly features: FeatureSet;
}

type Draft = {
  -readonly [Key in keyof WasmModule]: WasmModule[Key] extends readonly (infer Entry)[] ? Entry[] : WasmModule[Key];
} & { dataCount?: number; declaredFunctions: number };

export function describeModule(wasm: Uint8Array): WasmModule {
  const draft: Draft = {
    bytes: wasm,
    sections: [...readSections(wasm)],
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    exports: [],
    elementSegmentCount: 0,
    dataSegmentCount: 0,
    dataBytes: 0,
    bodies: [],
    features: new Set(),
    declaredFunctions: 0,
  };
  for (const section of draft.sections) {
    if (section.id === SectionId.custom) continue;
    const reader = new ByteReader(wasm, section.start, section.end);
    readers[section.id]!(reader, draft);
    if (!reader.atEnd) throw malformed(`section ${section.id} has bytes beyond its content`, reader.position);
  }
  checkCounts(draft);
  return draft;
}

function checkCounts(draft: Draft): void {
  const { length } = draft.bytes;
  if (draft.bodies.length !== draft.declaredFunctions) {
    throw malformed(`${draft.declaredFunctions} functions declared, ${draft.bodies.length} bodies present`, length);
  }
  if (draft.dataCount !== undefined && draft.dataCount !== draft.dataSegmentCount) {
    throw malformed(`${draft.dataCount} data segments declared, ${draft.dataSegmentCount} present`, length);
  }
  if (draft.memories.length > 1) draft.features.add(Feature.multiMemory);
  if (draft.tables.length > 1) draft.features.add(Feature.referenceTypes);
  const exportsMutable = draft.exports.some(({ kind, index }) => kind === "global" && draft.globals[index]?.mutable);
  if (exportsMutable) draft.features.add(Feature.mutableGlobals);
}

const readers: readonly (((reader: ByteReader, draft: Draft) => void) | undefined)[] = [
  undefined,
  readTypes,
  readImports,
  readFunctions,
  (reader, draft) => each(reader, "tables", () => draft.tables.push(readTable(reader))),
  (reader, draft) => each(reader, "memories", () => draft.memories.push(readMinMax(reader))),
  (reader, draft) =>
    each(reader, "globals", () => {
      draft.globals.push(readGlobalType(reader, draft.features));
      skipConstantExpression(reader);
    }),
  readExports,
  (reader, draft) => {
    draft.start = reader.u32();
  },
  (reader, draft) => {
    draft.elementSegmentCount = each(reader, "element segments", () => skipElementSegment(reader, draft.features));
  },
  readBodies,
  (reader, draft) => {
    draft.dataSegmentCount = each(reader, "data segments", () => readDataSegment(reader, draft));
  },
  (reader, draft) => {
    draft.dataCount = reader.u32();
    draft.features.add(Feature.bulkMemory);
  },
];

function each(reader: ByteReader, what: string, read: () => void, most: number = readLimits.entriesMax): number {
  const count = reader.count(what, most);
  for (let index = 0; index < count; index++) read();
  return count;
}

function readTypes(reader: ByteReader, { types, features }: Draft): void {
  const readType = () => {
    const offset = reader.position;
    const form = reader.u8();
    if (form === 0x50 || form === 0x4f || form === 0x4e || form === 0x5e || form === 0x5f) {
      throw refused("garbage collection", `type form 0x${form.toString(16)}`, offset);
    }
    if (form !== 0x60) throw malformed(`unknown type form 0x${form.toString(16)}`, offset);
    const params = readValueTypes(reader, features);
    const results = readValueTypes(reader, features);
    if (results.length > 1) features.add(Feature.multiValue);
    types.push({ params, results });
  };
  each(reader, "types", readType, readLimits.typesMax);
}

function readValueTypes(reader: ByteReader, features: FeatureSet): ValueType[] {
  const list: ValueType[] = [];
  each(reader, "value types", () => list.push(readValueType(reader, features)), readLimits.valuesPerTypeMax);
  return list;
}

function functionTypeAt(reader: ByteReader, draft: Draft): FunctionType {
  const offset = reader.position;
  const index = reader.u32();
  const type = draft.types[index];
  if (type === undefined) throw malformed(`type ${index} named, ${draft.types.length} present`, offset);
  return type;
}

function readImports(reader: ByteReader, draft: Draft): void {
  each(reader, "imports", () => {
    const module = reader.name();
    const name = reader.name();
    const offset = reader.position;
    const kind = externKind(reader.u8(), offset);
    draft.imports.push({ module, name, kind });
    if (kind === "function") draft.functions.push(functionTypeAt(reader, draft));
    else if (kind === "table") draft.tables.push(readTableType(reader));
    else if (kind === "memory") draft.memories.push(readMinMax(reader));
    else draft.globals.push(readGlobalType(reader, draft.features));
  });
}

const externKinds: readonly ExternKind[] = ["function", "table", "memory", "global"];

function externKind(byte: number, offset: number): ExternKind {
  if (byte === 4) throw refused("exceptions", "tag", offset);
  if (byte === 0x7e || byte === 0x7f) throw refused("compact imports", `kind 0x${byte.toString(16)}`, offset);
  const kind = externKinds[byte];
  if (kind === undefined) throw malformed(`unknown kind ${byte} of import or export`, offset);
  return kind;
}

function readFunctions(reader: ByteReader, draft: Draft): void {
  draft.declaredFunctions = each(reader, "functions", () => draft.functions.push(functionTypeAt(reader, draft)));
}

function readTable(reader: ByteReader): TableType {
  if (reader.bytes[reader.position] === 0x40) {
    throw refused("typed function references", "table with initial value", reader.position);
  }
  return readTableType(reader);
}

function readTableType(reader: ByteReader): TableType {
  const element = readReferenceType(reader);
  return { element, ...readMinMax(reader) };
}

function readGlobalType(reader: ByteReader, features: FeatureSet): GlobalType {
  const type = readValueType(reader, features);
  const offset = reader.position;
  const flags = reader.u8();
  if (flags === 2 || flags === 3) throw refused("threads", "shared global", offset);
  if (flags > 1) throw malformed(`unknown mutability ${flags}`, offset);
  return { type, mutable: flags === 1 };
}

function readExports(reader: ByteReader, { exports }: Draft): void {
  const names = new Set<string>();
  each(reader, "exports", () => {
    const start = reader.position;
    const name = reader.name();
    if (names.has(name)) throw malformed(`export "${name}" twice`, start);
    names.add(name);
    const offset = reader.position;
    const kind = externKind(reader.u8(), offset);
    exports.push({ name, kind, index: reader.u32() });
  });
}

// Flags: bit 0 passive or declared, bit 1 explicit table index (or declared), bit 2 expressions in place of indices.
function skipElementSegment(reader: ByteReader, features: FeatureSet): void {
  const offset = reader.position;
  const flags = reader.u32();
  if (flags > 7) throw malformed(`unknown element segment flag ${flags}`, offset);
  if (flags & 1) features.add(Feature.bulkMemory);
  else {
    if (flags & 2) reader.u32();
    skipConstantExpression(reader);
  }
  const hasExpressions = (flags & 4) !== 0;
  if (flags & 3) skipElementKind(reader, hasExpressions);
  for (let left = reader.count("elements"); left > 0; left--) {
    if (hasExpressions) skipConstantExpression(reader);
    else reader.u32();
  }
}

function skipElementKind(reader: ByteReader, hasExpressions: boolean): void {
  if (hasExpressions) {
    readReferenceType(reader);
    return;
  }
  const offset = reader.position;
  const kind = reader.u8();
  if (kind !== 0) throw malformed(`unknown element kind ${kind}`, offset);
}

function readDataSegment(reader: ByteReader, draft: Draft): void {
  const offset = reader.position;
  const flags = reader.u32();
  if (flags > 2) throw malformed(`unknown data segment flag ${flags}`, offset);
  if (flags === 1) draft.features.add(Feature.bulkMemory);
  else {
    if (flags === 2) reader.u32();
    skipConstantExpression(reader);
  }
  const length = reader.u32();
  reader.skip(length);
  draft.dataBytes += length;
}

function readBodies(reader: ByteReader, draft: Draft): void {
  const imported = draft.functions.length - draft.declaredFunctions;
  each(reader, "function bodies", () => {
    const size = reader.u32();
    const start = reader.position;
    reader.skip(size);
    draft.bodies.push({ functionIndex: imported + draft.bodies.length, start, end: reader.position });
  });
}
