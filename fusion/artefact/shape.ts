// Takes apart what a flow shares with flows of the same shape, and what is its own. Flows that differ in nothing but tags,
// ids, numbers and what their sinks are told have the same code; their modules differ in what memories begin with, in
// numbers in the code, which nodes were configured with while they were fused, and in sections that nobody runs. With
// these taken out the bytes are equal, so that they are metered once and compiled once: the engine keeps one copy of the
// code however many flows run it. Integers and texts of other lengths make another shape.
//
//   before   data segment (memory 0) at 168: "ids, states"     f64.const 75.5     custom section: graph
//   after    data segment (memory 0) at 168: 000000000000      global.get $n0     and, beside the module, what is gone
//
// What must hold: an artefact has no start function, so nothing can look at its memories before the host has put the
// bytes there; segments stay as many and as long as they were, so that indices and traps at instantiation are the same.
// Declined, the module being its own shape: segments at an address that is not a constant, since the order in which they
// overwrite each other would change.

import { ByteReader } from "../binary/reader.ts";
import { copySection, readSections, type Section, SectionId, writeHeader } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import { atOnce, type Steps } from "../steps.ts";
import { type FlowParts, type OwnBytes, packCommon, writeChanges } from "./flow-parts.ts";
import { type Place, type Segment, takingOwn } from "./take-own.ts";

export interface FlowShape {
  /** A module that is the same for all flows of this shape; not itself a fused flow, having no custom sections. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly parts: FlowParts;
  /** By which others of the shape are told; undefined where custom sections stand between others. */
  readonly pattern: ShapePattern | undefined;
}

/** The artefact of one flow of a shape, and where others differ from it. */
export interface ShapePattern {
  /** Without custom sections. */
  readonly plain: Uint8Array;
  readonly statics: readonly Segment[];
  readonly own: readonly Place[];
  /** All of these, rising. */
  readonly places: readonly Place[];
}

const i32Const = 0x41;
const end = 0x0b;
const memoryKind = 2;
const SegmentFlags = { active: 0, passive: 1, activeInMemory: 2 } as const;

/** `wasm`: an artefact that has been read. Throws FF_MODULE_MALFORMED when it is no module. */
export const shapeOf = (wasm: Uint8Array): FlowShape => atOnce(findingShape(wasm));

/** `shapeOf` in steps. */
export function* findingShape(wasm: Uint8Array): Steps<FlowShape> {
  const writer = new ByteWriter(wasm.length);
  writeHeader(writer);
  const sections = readSections(wasm).filter(({ id }) => id !== SectionId.custom);
  for (const section of sections) copySection(writer, wasm, section);
  const shape = writer.written;
  const memory = ownMemory(wasm, sections);
  const data = readSections(shape).find(({ id }) => id === SectionId.data);
  const segments = data ? activeSegments(shape, data) : [];
  if (memory === undefined || !segments) {
    return { wasm: shape, parts: alone({ statics: [], own: unchanged }), pattern: undefined };
  }
  const seen = segments.filter((segment) => segment.memory === memory);
  const statics = seen.map(({ address, start, length }) => ({ address, bytes: shape.slice(start, start + length) }));
  for (const { start, length } of seen) shape.fill(0, start, start + length);
  const unseen = segments.filter((segment) => segment.memory !== memory);
  const { wasm: taking, own, places } = yield* takingOwn(shape, memory, unseen);
  const plain = plainOf(wasm);
  const rising = [...places, ...seen].toSorted((a, b) => a.start - b.start);
  if (!plain) return { wasm: taking, parts: alone({ statics, own }), pattern: undefined };
  const pattern = { plain, statics: seen, own: places, places: rising };
  return { wasm: taking, parts: { common: commonOf(pattern), changes: unchanged }, pattern };
}

/**
 * What an artefact has of its own, if it is of the pattern's shape; undefined if it is not. It says so by comparing bytes, in a
 * fraction of the time that `shapeOf` takes. `other`: as `plainOf` gives it.
 */
export function partsLike(pattern: ShapePattern, other: Uint8Array): FlowParts | undefined {
  const { plain, statics, own, places } = pattern;
  if (other.length !== plain.length) return undefined;
  let compared = 0;
  for (const { start, length } of [...places, { start: plain.length, length: 0 }]) {
    if (Buffer.compare(plain.subarray(compared, start), other.subarray(compared, start)) !== 0) return undefined;
    compared = start + length;
  }
  const changes = new ByteWriter();
  let offset = 0;
  for (const place of [...own, ...statics]) {
    const [first, its] = [bytesAt(plain, place), bytesAt(other, place)];
    if (Buffer.compare(first, its) !== 0) writeChanges(changes, offset, first, its);
    offset += place.length;
  }
  return { common: commonOf(pattern), changes: changes.written.slice() };
}

const unchanged = new Uint8Array(0);
/** What the flows of a pattern share. */
const commons = new WeakMap<ShapePattern, Uint8Array>();

function commonOf(pattern: ShapePattern): Uint8Array {
  const known = commons.get(pattern);
  if (known) return known;
  const { plain, own, statics } = pattern;
  const common = packCommon({
    own: Buffer.concat(own.map((place) => bytesAt(plain, place))),
    statics: statics.map((place) => ({ address: place.address, bytes: bytesAt(plain, place) })),
  });
  commons.set(pattern, common);
  return common;
}

const alone = (bytes: OwnBytes): FlowParts => ({ common: packCommon(bytes), changes: unchanged });

const bytesAt = (wasm: Uint8Array, { start, length }: Place): Uint8Array => wasm.subarray(start, start + length);

/** A module up to its custom sections, if none stands before others. Throws FF_MODULE_MALFORMED when it is no module. */
export function plainOf(wasm: Uint8Array): Uint8Array | undefined {
  const sections = readSections(wasm);
  const custom = sections.findIndex(({ id }) => id === SectionId.custom);
  if (custom < 0) return wasm;
  const isLast = sections.slice(custom).every(({ id }) => id === SectionId.custom);
  return isLast ? wasm.subarray(0, sections[custom]!.offset) : undefined;
}

/** Index of the memory that the host sees. */
function ownMemory(wasm: Uint8Array, sections: readonly Section[]): number | undefined {
  const section = sections.find(({ id }) => id === SectionId.export);
  if (!section) return undefined;
  const reader = new ByteReader(wasm, section.start, section.end);
  for (let left = reader.count("exports"); left > 0; left--) {
    const name = reader.name();
    const kind = reader.u8();
    const index = reader.u32();
    if (name === "memory" && kind === memoryKind) return index;
  }
  return undefined;
}

/** The active segments; undefined when one of them has no constant address. */
function activeSegments(wasm: Uint8Array, section: Section): readonly Segment[] | undefined {
  const reader = new ByteReader(wasm, section.start, section.end);
  const segments: Segment[] = [];
  for (let left = reader.count("data segments"); left > 0; left--) {
    const flags = reader.u32();
    const memory = flags === SegmentFlags.activeInMemory ? reader.u32() : 0;
    let address = 0;
    if (flags !== SegmentFlags.passive) {
      // A segment of another kind cannot be told to its end, so none is taken.
      if (reader.u8() !== i32Const) return undefined;
      address = reader.s32() >>> 0;
      if (reader.u8() !== end) return undefined;
    }
    const length = reader.u32();
    const start = reader.position;
    reader.skip(length);
    if (flags !== SegmentFlags.passive) segments.push({ memory, address, start, length });
  }
  return segments;
}
