// The exports of a flow as a gateway runs it: five in place of nineteen, since each takes 0.25 KB of every instance, and there may
// be thousands. For what has been metered, before it is compiled:
//
//   reserve, configure, tick, save_state …     ff_call(which, a, b, nowNs, fuel)   grants the fuel and calls one of them
//   ff_fuel, current_node, control, ticking …  ff_get(which), ff_set(which, value)
//   memory, ff_execute_flow                    as they are
//
// All that is added is appended, so no index changes. What was fused too long ago to have all of them stays as it is, and so does what
// is large, since there are few of those and this would hold up the thread.

import { externText } from "../binary/extern-text.ts";
import { describeModule, type WasmModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import { appended, rewriteSections } from "../binary/rewrite.ts";
import { SectionId } from "../binary/sections.ts";
import { ByteWriter } from "../binary/writer.ts";
import { FlowCall, FlowValue, faceExports } from "./flow-face.ts";
import { artefactExportTypes, laterExportTypes } from "./format.ts";

const [i32, i64] = [0x7f, 0x7e];
const functionType = 0x60;
const functionKind = 0;
const memoryKind = 2;
const voidBlock = 0x40;
const i32WrapI64 = 0xa7;
const i64ExtendI32S = 0xac;
/** A segment of functions that are referred to and no more. */
const declarative = [3, 0];
const facedBytesMax = 1024 * 1024;
/** Locals of `ff_call` behind the number of the function. */
const [a, b, nowNs, fuel] = [1, 2, 3, 4];

/** The export behind each number of `ff_call`, and the locals that it is given. */
const calls: { readonly [Which in keyof typeof FlowCall]: readonly [name: string, ...locals: number[]] } = {
  reserve: ["reserve", a],
  configure: ["configure"],
  tick: ["tick", nowNs],
  counters: ["counters"],
  saveState: ["save_state"],
  loadState: ["load_state", a, b],
  preloadState: ["preload_state", a, b],
  takeOwn: ["ff_take_own"],
};

/** The global behind each number of `ff_get` and `ff_set`. */
const values: { readonly [Which in keyof typeof FlowValue]: string } = {
  fuel: "ff_fuel",
  fuelBurst: "ff_fuel_burst",
  fuelPerMessage: "ff_fuel_per_message",
  currentNode: "current_node",
  profiling: "profiling",
  control: "control",
  ticking: "ticking",
};

/** Of what a flow exports and what the gateway has added to it. */
const exportTypes: ReadonlyMap<string, string> = new Map([
  ...artefactExportTypes,
  ...laterExportTypes,
  [calls.takeOwn[0], "() -> ()"],
  [values.fuel, "mut i64"],
  [values.fuelBurst, "mut i64"],
  [values.fuelPerMessage, "mut i64"],
  [faceExports.execute, "(i32, i32, i32) -> i32"],
]);

interface Value {
  readonly index: number;
  readonly type: string;
}

interface Called extends Value {
  readonly locals: readonly number[];
}

/** The flow with those five exports; `metered` itself where it cannot have them. */
export function faced(metered: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const module = metered.length <= facedBytesMax ? readable(metered) : undefined;
  if (!module) return metered;
  const find = (name: string): Value => {
    const type = exportTypes.get(name)!;
    const found = module.exports.find((it) => it.name === name && externText(module, it.kind, it.index) === type);
    return { index: found?.index ?? -1, type };
  };
  const globals = Object.values(values).map(find);
  // A shape that has nothing of its own has nothing to take.
  const functions = Object.values(calls)
    .map(([name, ...locals]) => ({ ...find(name), locals }))
    .filter(({ index }, which) => which !== FlowCall.takeOwn || index >= 0);
  const execute = find(faceExports.execute).index;
  const memory = module.exports.find(({ name, kind }) => name === faceExports.memory && kind === "memory")?.index ?? -1;
  const isWhole = [...globals, ...functions].every(({ index }) => index >= 0) && execute >= 0 && memory >= 0;
  return isWhole ? withFace(module, functions, globals, { execute, memory }) : metered;
}

/** Undefined where metering has added what is one too many to be read. */
function readable(metered: Uint8Array): WasmModule | undefined {
  try {
    return describeModule(metered);
  } catch {
    return undefined;
  }
}

function withFace(
  module: WasmModule,
  functions: readonly Called[],
  globals: readonly Value[],
  { execute, memory }: { readonly execute: number; readonly memory: number },
): Uint8Array<ArrayBuffer> {
  const { types, bodies, elementSegmentCount } = module;
  const first = module.functions.length;
  const before = module.exports.filter(({ kind }) => kind === "function").map(({ index }) => index);
  const exported: readonly (readonly [name: string, kind: number, index: number])[] = [
    [faceExports.memory, memoryKind, memory],
    [faceExports.execute, functionKind, execute],
    [faceExports.call, functionKind, first],
    [faceExports.get, functionKind, first + 1],
    [faceExports.set, functionKind, first + 2],
  ];
  return rewriteSections(module, [
    [
      SectionId.type,
      appended(types.length, 3, (writer) => {
        writer.bytes([functionType, 5, i32, i32, i32, i64, i64, 1, i32]);
        writer.bytes([functionType, 1, i32, 1, i64]);
        writer.bytes([functionType, 2, i32, i64, 0]);
      }),
    ],
    [
      SectionId.function,
      appended(bodies.length, 3, (writer) => {
        for (let type = types.length; type < types.length + 3; type++) writer.u32(type);
      }),
    ],
    [
      SectionId.export,
      () => {
        const writer = new ByteWriter();
        writer.u32(exported.length);
        for (const [name, kind, index] of exported) {
          writer.name(name);
          writer.u8(kind);
          writer.u32(index);
        }
        return writer.written;
      },
    ],
    [
      SectionId.element,
      // Code may hold references of functions because they are exported.
      appended(elementSegmentCount, 1, (writer) => {
        writer.bytes(declarative);
        writer.u32(before.length);
        for (const index of before) writer.u32(index);
      }),
    ],
    [
      SectionId.code,
      appended(bodies.length, 3, (writer) => {
        writeBody(writer, callBody(functions, globals[FlowValue.fuel]!));
        writeBody(writer, getBody(globals));
        writeBody(writer, setBody(globals));
      }),
    ],
  ]);
}

function callBody(functions: readonly Called[], granted: Value): ByteWriter {
  const body = new ByteWriter();
  writeIndexed(body, Op.localGet, fuel);
  writeIndexed(body, Op.globalSet, granted.index);
  writeCases(body, functions, ({ index, type, locals }) => {
    for (const local of locals) writeIndexed(body, Op.localGet, local);
    writeIndexed(body, Op.call, index);
    if (type.endsWith("()")) body.bytes([Op.i32Const, 0]);
  });
  return body;
}

function getBody(globals: readonly Value[]): ByteWriter {
  const body = new ByteWriter();
  writeCases(body, globals, ({ index, type }) => {
    writeIndexed(body, Op.globalGet, index);
    if (type.endsWith("i32")) body.u8(i64ExtendI32S);
  });
  return body;
}

/** Does nothing for values that cannot be set. */
function setBody(globals: readonly Value[]): ByteWriter {
  const body = new ByteWriter();
  writeCases(body, globals, ({ index, type }) => {
    if (!type.startsWith("mut")) return;
    writeIndexed(body, Op.localGet, 1);
    if (type.endsWith("i32")) body.u8(i32WrapI64);
    writeIndexed(body, Op.globalSet, index);
  });
  return body;
}

/** What is done for each number that the first local may have, and returned then; a trap for others. */
function writeCases<Case>(body: ByteWriter, cases: readonly Case[], write: (one: Case) => void): void {
  for (let left = cases.length + 1; left > 0; left--) body.bytes([Op.block, voidBlock]);
  writeIndexed(body, Op.localGet, 0);
  writeIndexed(body, Op.brTable, cases.length);
  for (let which = 0; which <= cases.length; which++) body.u32(which);
  for (const one of cases) {
    body.u8(Op.end);
    write(one);
    body.u8(Op.return);
  }
  body.bytes([Op.end, Op.unreachable]);
}

function writeIndexed(body: ByteWriter, opcode: number, index: number): void {
  body.u8(opcode);
  body.u32(index);
}

/** A function without locals of its own. */
function writeBody(writer: ByteWriter, body: ByteWriter): void {
  writer.u32(body.length + 2);
  writer.u8(0);
  writer.bytes(body.written);
  writer.u8(Op.end);
}
