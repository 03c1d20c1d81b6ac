// The metering pass: from a finished artefact to the same module with its use of time and memory bounded. The gateway
// applies it at load, to bytes it does not trust, before it compiles them.
//
//   before                          after
//   a loop may run for ever         each function entry and loop head takes units from the global `ff_fuel`
//   memory.fill of any length       its length is charged first, by a helper function
//   memories and tables may grow    their maxima are capped
//   `fuel_probe` gives 0            it gives what fuel is left
//   execute_flow                    and a copy, ff_execute_flow, which grants fuel and empties the outbox first
//
// What must hold: the module behaves as before as long as fuel lasts, except that growth fails at the cap; no index of a type, function, table, memory or
// global changes, since all that is added is appended; the pass takes linear time and does not recurse. Declined: a
// module with imports or a start function, with a refused feature, beyond a limit, or with an export `ff_fuel`.
// Custom sections are dropped: offsets in them would no longer be right, and a metered module is only ever run.
//
// Measured on an AMD EPYC with V8 13.6, metered over unmetered time, best of 15 runs each: an 8-node flow 0.98 to 1.03,
// a hash over bytes 1.00, short memory.copy 1.03, a matrix product 1.10, messages copied word by word 1.17, a loop of
// nothing but one load and store 1.31 (0.1 ns an iteration; 1.57 with the fuel in the global throughout), recursive
// Fibonacci 1.6. The pass itself: a module of 1.5 MB in 40 to 70 ms, the worst that 31 MB can hold in 3 s, in steps of no
// more than one function.

import { describeModule, type WasmModule } from "../binary/module.ts";
import { appended, type Rewrite, rewriteSections } from "../binary/rewrite.ts";
import { SectionId } from "../binary/sections.ts";
import { type CodeBody, type Limits, typeText } from "../binary/types.ts";
import { validate, validateBeside } from "../binary/validate.ts";
import { ByteWriter } from "../binary/writer.ts";
import { measuringCode, sizeProblem } from "../inspect/measure.ts";
import { artefactLimits, type FlowLimits } from "../limits.ts";
import { throwProblems } from "../problems.ts";
import { atOnce, type Steps } from "../steps.ts";
import { chargesOf } from "./charges.ts";
import {
  artefactProblems,
  executeExport,
  fuelBurstExport,
  fuelExport,
  fuelPerMessageExport,
  probeExport,
} from "./check.ts";
import { type LengthCost, lengthCosts } from "./cost.ts";
import { type Grant, type Injected, writeBody, writeHelper, writeProbe } from "./inject.ts";

/**
 * The metered module. It exports its fuel as the mutable i64 global `ff_fuel`, at first 0: nothing runs before the
 * host has granted some. Throws a FlowFusionError that names all reasons when the artefact is refused.
 */
export function meter(wasm: Uint8Array, limits: FlowLimits): Uint8Array<ArrayBuffer> {
  const module = atOnce(checkingArtefact(wasm, limits));
  validate(wasm);
  return writeMetered(module, limits, chargesOf);
}

/** `meter`, for who has others to serve meanwhile: `gradually` takes the steps, and the engine validates in threads of its own. */
export async function meterGradually(
  wasm: Uint8Array<ArrayBuffer>,
  limits: FlowLimits,
  gradually: <Result>(steps: Steps<Result>) => Promise<Result>,
): Promise<Uint8Array<ArrayBuffer>> {
  const module = await gradually(checkingArtefact(wasm, limits));
  await validateBeside(wasm);
  return gradually(writingMetered(module, limits, chargesOf));
}

function* checkingArtefact(wasm: Uint8Array, limits: FlowLimits): Steps<WasmModule> {
  const oversize = sizeProblem(wasm, artefactLimits);
  if (oversize) throwProblems("artefact", [{ code: "FF_ARTEFACT_LIMIT", path: "module", message: oversize }]);
  const module = describeModule(wasm);
  throwProblems("artefact", artefactProblems(module, yield* measuringCode(module), limits));
  return module;
}

const functionKind = 0;
const globalKind = 3;

/** `findCharges` is a parameter for tests, which compare `chargesOf` with a simpler way of charging. */
export function writeMetered(
  module: WasmModule,
  limits: FlowLimits,
  findCharges: typeof chargesOf,
): Uint8Array<ArrayBuffer> {
  return atOnce(writingMetered(module, limits, findCharges));
}

function* writingMetered(
  module: WasmModule,
  limits: FlowLimits,
  findCharges: typeof chargesOf,
): Steps<Uint8Array<ArrayBuffer>> {
  const costs = lengthCosts(limits, artefactLimits.tableElementsMax);
  return rewriteSections(module, yield* rewrittenSections(module, limits, costs, findCharges));
}

function* rewrittenSections(
  module: WasmModule,
  limits: FlowLimits,
  costs: readonly LengthCost[],
  findCharges: typeof chargesOf,
): Steps<[id: number, rewrite: Rewrite][]> {
  const { types, globals, functions } = module;
  const fuel = globals.length;
  const injected: Injected = { fuel, helpers: functions.length };
  const grant: Grant = { fuel, fuelBurst: fuel + 1, fuelPerMessage: fuel + 2, outbox: outboxOf(module) };
  const execute = exportedFunction(module, "execute_flow", "(i32, i32, i32) -> i32");
  const grantFunction = functions.length + costs.length;
  const exported: [name: string, kind: number, index: number][] = [
    [fuelExport, globalKind, grant.fuel],
    [fuelBurstExport, globalKind, grant.fuelBurst],
    [fuelPerMessageExport, globalKind, grant.fuelPerMessage],
  ];
  if (execute !== undefined) exported.push([executeExport, functionKind, grantFunction]);
  const code = yield* meteredCode(module, costs, injected, findCharges, { grant, execute });
  return [
    [
      SectionId.type,
      appended(types.length, 2, (writer) => writer.bytes([0x60, 1, 0x7f, 1, 0x7f, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f])),
    ],
    [
      SectionId.function,
      appended(module.bodies.length, costs.length + (execute === undefined ? 0 : 1), (writer) => {
        for (let left = costs.length; left > 0; left--) writer.u32(types.length);
        if (execute !== undefined) writer.u32(types.length + 1);
      }),
    ],
    [SectionId.table, () => cappedTables(module)],
    [SectionId.memory, () => cappedMemories(module, limits)],
    [
      SectionId.global,
      appended(globals.length, 3, (writer) => {
        for (let left = 3; left > 0; left--) writer.bytes([0x7e, 1, 0x42, 0, 0x0b]);
      }),
    ],
    [
      SectionId.export,
      appended(module.exports.length, exported.length, (writer) => {
        for (const [name, kind, index] of exported) {
          writer.name(name);
          writer.u8(kind);
          writer.u32(index);
        }
      }),
    ],
    [SectionId.code, () => code],
  ];
}

function writeLimits(writer: ByteWriter, minimum: number, maximum: number): void {
  writer.u8(1);
  writer.u32(minimum);
  writer.u32(maximum);
}

const cap = ({ minimum, maximum }: Limits, most: number): number => Math.max(minimum, Math.min(maximum ?? most, most));

function cappedMemories({ memories }: WasmModule, { maxPagesPerMemory }: FlowLimits): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(memories.length);
  for (const memory of memories) writeLimits(writer, memory.minimum, cap(memory, maxPagesPerMemory));
  return writer.written;
}

// The limit is for all tables together, so each may grow to its even share, or stay as large as it is.
function cappedTables({ tables }: WasmModule): Uint8Array {
  const share = Math.floor(artefactLimits.tableElementsMax / Math.max(tables.length, 1));
  const writer = new ByteWriter();
  writer.u32(tables.length);
  for (const table of tables) {
    writer.u8(table.element === "funcref" ? 0x70 : 0x6f);
    writeLimits(writer, table.minimum, cap(table, share));
  }
  return writer.written;
}

function* meteredCode(
  module: WasmModule,
  costs: readonly LengthCost[],
  injected: Injected,
  findCharges: typeof chargesOf,
  { grant, execute }: { readonly grant: Grant; readonly execute: number | undefined },
): Steps<Uint8Array> {
  const { bytes, bodies, functions } = module;
  const writer = new ByteWriter(bytes.length);
  const probe = exportedFunction(module, probeExport, "() -> i64");
  const granting = bodies.filter(({ functionIndex }) => functionIndex === execute);
  writer.u32(bodies.length + costs.length + granting.length);
  const write = (body: CodeBody, begin?: Grant) => {
    const paramCount = functions[body.functionIndex]!.params.length;
    const charges = findCharges(bytes, body, paramCount, costs, probe);
    writeBody(writer, bytes, body.end, paramCount, charges, injected, begin);
  };
  for (const body of bodies) {
    if (body.functionIndex === probe) writeProbe(writer, injected.fuel);
    else write(body);
    yield;
  }
  for (const cost of costs) writeHelper(writer, cost, injected.fuel);
  for (const body of granting) write(body, grant);
  return writer.written;
}

/** Index of an exported function of that type. */
function exportedFunction(module: WasmModule, name: string, type: string): number | undefined {
  const found = module.exports.find((entry) => entry.name === name && entry.kind === "function");
  return found && typeText(module.functions[found.index]!) === type ? found.index : undefined;
}

function outboxOf({ exports, globals }: WasmModule): Grant["outbox"] {
  const control = exports.find(({ name, kind }) => name === "control" && kind === "global");
  const memory = exports.find(({ name, kind }) => name === "memory" && kind === "memory");
  if (control === undefined || memory === undefined || globals[control.index]?.type !== "i32") return undefined;
  return { control: control.index, memory: memory.index };
}
