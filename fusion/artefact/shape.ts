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
import { type Place, type Segment, takingOwn } from "./take-own.ts";

/** What the flow's own memory begins with. */
interface StaticBytes {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** What a flow has of its own beside its shape. */
export interface FlowParts {
  /** To be written into the memory of an instance, in this order, before anything else is called. */
  readonly statics: readonly StaticBytes[];
  /** What `ff_take_own` takes, before the statics are written; see take-own.ts. Empty where there is no such function. */
  readonly own: Uint8Array;
}

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
    return { wasm: shape, parts: { statics: [], own: new Uint8Array(0) }, pattern: undefined };
  }
  const seen = segments.filter((segment) => segment.memory === memory);
  const statics = seen.map(({ address, start, length }) => ({ address, bytes: shape.slice(start, start + length) }));
  for (const { start, length } of seen) shape.fill(0, start, start + length);
  const unseen = segments.filter((segment) => segment.memory !== memory);
  const { wasm: taking, own, places } = yield* takingOwn(shape, memory, unseen);
  const plain = plainOf(wasm);
  const rising = [...places, ...seen].toSorted((a, b) => a.start - b.start);
  const pattern = plain && { plain, statics: seen, own: places, places: rising };
  return { wasm: taking, parts: { statics, own }, pattern };
}

/**
 * What an artefact has of its own, if it is of the pattern's shape; undefined if it is not. It says so by comparing bytes, in a
 * fraction of the time that `shapeOf` takes. `other`: as `plainOf` gives it.
 */
export function partsLike({ plain, statics, own, places }: ShapePattern, other: Uint8Array): FlowParts | undefined {
  if (other.length !== plain.length) return undefined;
  let compared = 0;
  for (const { start, length } of [...places, { start: plain.length, length: 0 }]) {
    if (Buffer.compare(plain.subarray(compared, start), other.subarray(compared, start)) !== 0) return undefined;
    compared = start + length;
  }
  const bytesAt = ({ start, length }: Place) => other.subarray(start, start + length);
  return {
    // A copy: of a Buffer, `slice` would keep the whole artefact.
    statics: statics.map((segment) => ({ address: segment.address, bytes: new Uint8Array(bytesAt(segment)) })),
    own: concatenated(own.map(bytesAt)),
  };
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new ByteWriter(pieces.reduce((sum, { length }) => sum + length, 0));
  for (const piece of pieces) whole.bytes(piece);
  return whole.written;
}

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
