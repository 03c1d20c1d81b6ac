// Walks the instructions of one function body, one `next()` at a time, in one pass without recursion. It knows
// exactly the accepted instruction set; anything else is refused by name, with function and byte. It checks that
// blocks close where the body ends; operand types are left to the engine's own validation.

import { Feature, refused } from "./features.ts";
import { featureOf, Immediate, miscImmediates, Op, plainImmediates, refusalOf, simdImmediates } from "./opcodes.ts";
import { ByteReader, malformed } from "./reader.ts";
import type { CodeBody } from "./types.ts";
import { type FeatureSet, readValueType, skipHeapType, valueTypeOf } from "./values.ts";

export class CodeReader {
  /** Features that the instructions read so far use. */
  readonly features: FeatureSet;
  readonly functionIndex: number;
  /** How many locals the body declares, beyond its parameters. */
  readonly localCount: number;
  /** Where the entries of the local declarations stand, their count excluded. */
  readonly localEntries: { readonly count: number; readonly start: number; readonly end: number };
  readonly #reader: ByteReader;

  /** The instruction that `next` read last: its opcode (see opcodes.ts), where it stands, and where it ends. */
  opcode = -1;
  offset = -1;
  /**
   * The value of an `i32.const`; the type index of a block, -1 where it has none; the farthest label of a `br_table`;
   * the first index of other instructions.
   */
  immediate = 0;
  /** How many blocks are open, the body's own included. */
  depth = 1;

  constructor(bytes: Uint8Array, body: CodeBody, features: FeatureSet = new Set()) {
    this.features = features;
    this.functionIndex = body.functionIndex;
    const reader = new ByteReader(bytes, body.start, body.end);
    this.#reader = reader;
    const count = reader.count("local declarations");
    const start = reader.position;
    let locals = 0;
    for (let index = 0; index < count; index++) {
      locals += reader.u32();
      readValueType(reader, features);
    }
    if (locals > 0xffff_ffff) throw malformed(`${locals} locals declared`, start);
    this.localCount = locals;
    this.localEntries = { count, start, end: reader.position };
  }

  get position(): number {
    return this.#reader.position;
  }

  /** Reads one instruction; false once the body's last `end` was read. */
  next(): boolean {
    const reader = this.#reader;
    if (this.depth === 0) {
      if (!reader.atEnd) throw malformed("instructions beyond the function's end", reader.position);
      return false;
    }
    this.offset = reader.position;
    const byte = reader.u8();
    if (byte >= 0xfb) this.#prefixed(byte);
    else {
      this.opcode = byte;
      this.#immediates(plainImmediates[byte]!);
      if (byte === Op.end) this.depth--;
      else if (byte >= 0xc0 || byte === Op.selectTyped || (byte & 0xfe) === 0x24) this.#note(byte);
    }
    return true;
  }

  #prefixed(prefix: number): void {
    const sub = this.#reader.u32();
    // 0xfd 0x100 becomes 0xfd100: still one number for one instruction, above all those of one byte.
    this.opcode = sub < 0x100 ? prefix * 0x100 + sub : prefix * 0x1000 + Math.min(sub, 0xfff);
    const kinds = prefix === 0xfc ? miscImmediates : prefix === 0xfd ? simdImmediates : undefined;
    this.#immediates(kinds?.[sub] ?? Immediate.absent);
    this.#note(this.opcode);
  }

  #note(opcode: number): void {
    const feature = featureOf(opcode);
    if (feature !== undefined) this.features.add(feature);
  }

  #immediates(kind: number): void {
    const reader = this.#reader;
    switch (kind) {
      case Immediate.none:
        return;
      case Immediate.index:
        this.immediate = reader.u32();
        return;
      case Immediate.memory:
        this.#memoryArgument();
        return;
      case Immediate.i32:
        this.immediate = reader.s32();
        return;
      case Immediate.i64:
        reader.skipS64();
        return;
      case Immediate.blockType:
        this.depth++;
        this.immediate = this.#blockType();
        return;
      case Immediate.indexPair:
        this.immediate = reader.u32();
        reader.u32();
        return;
      case Immediate.branchTable:
        this.#branchTable();
        return;
      default:
        this.#rareImmediates(kind);
    }
  }

  #rareImmediates(kind: number): void {
    const reader = this.#reader;
    switch (kind) {
      case Immediate.bytes4:
        reader.skip(4);
        return;
      case Immediate.bytes8:
        reader.skip(8);
        return;
      case Immediate.bytes16:
        reader.skip(16);
        return;
      case Immediate.lane:
        reader.skip(1);
        return;
      case Immediate.memoryLane:
        this.#memoryArgument();
        reader.skip(1);
        return;
      case Immediate.valueTypes:
        for (let left = reader.count("value types"); left > 0; left--) readValueType(reader, this.features);
        return;
      case Immediate.referenceType:
        skipHeapType(reader);
        return;
      default:
        throw this.#unknown();
    }
  }

  // Bit 6 of the alignment says that a memory index follows it.
  #memoryArgument(): void {
    const reader = this.#reader;
    const alignment = reader.u32();
    if (alignment & 0x40) {
      this.features.add(Feature.multiMemory);
      reader.u32();
    }
    reader.u32();
  }

  #branchTable(): void {
    const reader = this.#reader;
    let farthest = 0;
    for (let left = reader.count("branch targets"); left >= 0; left--) {
      const label = reader.u32();
      if (label > farthest) farthest = label;
    }
    this.immediate = farthest;
  }

  #blockType(): number {
    const offset = this.#reader.position;
    const value = this.#reader.s33();
    if (value >= 0) {
      this.features.add(Feature.multiValue);
      return value;
    }
    if (value !== -64) valueTypeOf(value > -64 ? value & 0x7f : 0, offset, this.features);
    return -1;
  }

  #unknown(): Error {
    const refusal = refusalOf(this.opcode);
    if (refusal) return refused(refusal[0], refusal[1], this.offset, this.functionIndex);
    const where = `in function ${this.functionIndex}`;
    return malformed(`unknown instruction 0x${this.opcode.toString(16)} ${where}`, this.offset);
  }
}
