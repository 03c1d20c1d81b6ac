// Gives a shape the function by which an instance takes what is its own and lies where the host cannot write: numbers in
// the code, and what the memories of the nodes begin with. Both come from properties, which nodes are configured with
// while they are fused. The host lays the bytes at the beginning of the own memory, one behind the other, and calls
// `ff_take_own` before anything else.
//
//   before   f64.const 75.5           after   global.get $n0
//            (data (memory 1) …)              (data (memory 1) 000…)
//                                             (func (export "ff_take_own")
//                                               global.set $n0 (f64.load (i32.const 0))   …
//                                               memory.copy 1 0 (i32.const address) (i32.const 8) (i32.const length)   …)
//
// What must hold: all that is added is appended, so no index changes; a constant and a global cost as much fuel. Zero
// stays: compilers write it for themselves. Integers stay, being addresses and lengths most of the time.

import { CodeReader } from "../binary/code.ts";
import { describeModule, type WasmModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import { appended, rewriteSections } from "../binary/rewrite.ts";
import { SectionId } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import type { Steps } from "../steps.ts";

const takeOwnExport = "ff_take_own";

/** Bytes of a module. */
export interface Place {
  readonly start: number;
  readonly length: number;
}

/** An active data segment, and where its bytes stand. */
export interface Segment extends Place {
  readonly memory: number;
  readonly address: number;
}

export interface TakingShape {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** What the host lays at the beginning of the own memory; empty where the module has nothing to take. */
  readonly own: Uint8Array<ArrayBuffer>;
  /** Where that stood in the module, in the same order. */
  readonly places: readonly Place[];
}

const pageBytes = 65_536;
/** As many numbers as a page holds a few times; those beyond stay in the code. */
const numbersMax = 1_024;
/** More segments, or bytes of them, are a runtime's and no node's properties: they stay. */
const segmentsMax = 1_024;
const segmentBytesMax = 64 * 1024;
const numberBytes = 8;
const f64 = 0x7c;
const f64Load = 0x2b;
const functionType = 0x60;
const functionKind = 0;
const alignedNumber = 3;
const explicitMemory = 0x40;
const miscellaneous = 0xfc;
const memoryCopy = 10;

/**
 * `wasm` is changed. `ownMemory`: index of the memory that the host sees; `segments`: those of the others. Throws
 * FF_MODULE_MALFORMED as reading does.
 */
export function* takingOwn(
  wasm: Uint8Array<ArrayBuffer>,
  ownMemory: number,
  segments: readonly Segment[],
): Steps<TakingShape> {
  const module = describeModule(wasm);
  const none = { wasm, own: new Uint8Array(0), places: [] };
  if (module.exports.some(({ name }) => name === takeOwnExport)) return none;
  const own = new ByteWriter();
  const places: Place[] = [];
  const code = new ByteWriter(wasm.length);
  code.u32(module.bodies.length + 1);
  for (const body of module.bodies) {
    writeWithoutNumbers(code, module, body, own, places);
    yield;
  }
  const numbers = own.length / numberBytes;
  const taken = isModest(segments) ? segments : [];
  for (const { start, length } of taken) own.bytes(wasm.subarray(start, start + length));
  const room = (module.memories[ownMemory]?.minimum ?? 0) * pageBytes;
  if (own.length === 0 || own.length > room) return none;
  for (const { start, length } of taken) wasm.fill(0, start, start + length);
  writeTaking(code, module.globals.length, numbers, ownMemory, taken);
  return { wasm: withTaking(module, numbers, code.written), own: own.written.slice(), places: [...places, ...taken] };
}

function isModest(segments: readonly Segment[]): boolean {
  const bytes = segments.reduce((sum, { length }) => sum + length, 0);
  return segments.length <= segmentsMax && bytes <= segmentBytesMax;
}

function withTaking(module: WasmModule, numbers: number, code: Uint8Array): Uint8Array<ArrayBuffer> {
  const { types, bodies, globals, exports, functions } = module;
  return rewriteSections(module, [
    [SectionId.type, appended(types.length, 1, (writer) => writer.bytes([functionType, 0, 0]))],
    [SectionId.function, appended(bodies.length, 1, (writer) => writer.u32(types.length))],
    [
      SectionId.global,
      appended(globals.length, numbers, (writer) => {
        for (let left = numbers; left > 0; left--) {
          writer.bytes([f64, 1, Op.f64Const, 0, 0, 0, 0, 0, 0, 0, 0, Op.end]);
        }
      }),
    ],
    [
      SectionId.export,
      appended(exports.length, 1, (writer) => {
        writer.name(takeOwnExport);
        writer.u8(functionKind);
        writer.u32(functions.length);
      }),
    ],
    [SectionId.code, () => code],
  ]);
}

/** Appends a body to `code`, the numbers that it had to `own`, and where they stood to `places`. */
function writeWithoutNumbers(
  code: ByteWriter,
  { bytes, globals }: WasmModule,
  body: WasmModule["bodies"][number],
  own: ByteWriter,
  places: Place[],
): void {
  const written = new ByteWriter(body.end - body.start);
  const reader = new CodeReader(bytes, body);
  let copied = body.start;
  while (reader.next()) {
    if (reader.opcode !== Op.f64Const || own.length === numbersMax * numberBytes) continue;
    const number = bytes.subarray(reader.offset + 1, reader.position);
    if (number.every((byte) => byte === 0)) continue;
    written.bytes(bytes.subarray(copied, reader.offset));
    written.u8(Op.globalGet);
    written.u32(globals.length + own.length / numberBytes);
    own.bytes(number);
    places.push({ start: reader.offset + 1, length: numberBytes });
    copied = reader.position;
  }
  written.bytes(bytes.subarray(copied, body.end));
  code.u32(written.length);
  code.bytes(written.written);
}

function writeTaking(
  code: ByteWriter,
  firstGlobal: number,
  numbers: number,
  ownMemory: number,
  segments: readonly Segment[],
): void {
  const body = new ByteWriter();
  body.u8(0);
  for (let index = 0; index < numbers; index++) {
    body.bytes([Op.i32Const, 0, f64Load, alignedNumber | (ownMemory === 0 ? 0 : explicitMemory)]);
    if (ownMemory !== 0) body.u32(ownMemory);
    body.u32(index * numberBytes);
    body.u8(Op.globalSet);
    body.u32(firstGlobal + index);
  }
  let from = numbers * numberBytes;
  for (const { memory, address, length } of segments) {
    for (const operand of [address | 0, from, length]) {
      body.u8(Op.i32Const);
      body.signed(operand);
    }
    body.bytes([miscellaneous, memoryCopy]);
    body.u32(memory);
    body.u32(ownMemory);
    from += length;
  }
  body.u8(Op.end);
  code.u32(body.length);
  code.bytes(body.written);
}
