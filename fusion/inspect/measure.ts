// A module's static measures, and their comparison with limits: all of them, each excess with both numbers.

import { CodeReader } from "../binary/code.ts";
import type { WasmModule } from "../binary/module.ts";
import { Op } from "../binary/opcodes.ts";
import type { FeatureSet } from "../binary/values.ts";
import type { ModuleLimits } from "../limits.ts";
import { atOnce, type Steps } from "../steps.ts";

/** What only a walk over the instructions finds. */
export interface CodeMeasures {
  /** Of the function that has most, parameters included. */
  readonly localsMax: number;
  readonly nestingMax: number;
  readonly loopCount: number;
  /** Features of declarations and instructions. */
  readonly features: FeatureSet;
}

/** Walks all instructions; throws when one is malformed or belongs to a refused feature. */
export const measureCode = (module: WasmModule): CodeMeasures => atOnce(measuringCode(module));

export function* measuringCode(module: WasmModule): Steps<CodeMeasures> {
  const features: FeatureSet = new Set(module.features);
  let localsMax = 0;
  let nestingMax = 0;
  let loopCount = 0;
  for (const body of module.bodies) {
    const code = new CodeReader(module.bytes, body, features);
    const locals = code.localCount + module.functions[body.functionIndex]!.params.length;
    if (locals > localsMax) localsMax = locals;
    while (code.next()) {
      if (code.depth > nestingMax) nestingMax = code.depth;
      if (code.opcode === Op.loop) loopCount++;
    }
    yield;
  }
  return { localsMax, nestingMax, loopCount, features };
}

/** A measure of a module beside its limit. */
export interface Measure {
  /** What is counted, in the plural. */
  readonly what: string;
  readonly value: number;
  readonly limit: number;
}

export function limitProblems(module: WasmModule, limits: ModuleLimits, code: CodeMeasures): string[] {
  return measuresOf(module, limits, code)
    .filter(({ value, limit }) => value > limit)
    .map(excess);
}

export function measuresOf(module: WasmModule, limits: ModuleLimits, code: CodeMeasures): Measure[] {
  const largest = (values: readonly number[]) => values.reduce((max, value) => Math.max(max, value), 0);
  const tableElements = module.tables.reduce((sum, { minimum }) => sum + minimum, 0);
  const measures: [what: string, value: number, limit: number][] = [
    ["functions", module.functions.length, limits.functionsMax],
    ["globals", module.globals.length, limits.functionsMax],
    ["bytes in one function", largest(module.bodies.map(({ start, end }) => end - start)), limits.functionBytesMax],
    ["locals in one function", code.localsMax, limits.localsMax],
    ["parameters of one type", largest(module.types.map(({ params }) => params.length)), limits.paramsMax],
    ["results of one type", largest(module.types.map(({ results }) => results.length)), limits.resultsMax],
    ["nested blocks", code.nestingMax, limits.nestingMax],
    ["loops", code.loopCount, limits.loopsMax],
    ["exports", module.exports.length, limits.entriesMax],
    ["element segments", module.elementSegmentCount, limits.entriesMax],
    ["data segments", module.dataSegmentCount, limits.dataSegmentsMax],
    ["memories", module.memories.length, limits.memoriesMax],
    ["tables", module.tables.length, limits.tablesMax],
    ["table elements", tableElements, limits.tableElementsMax],
  ];
  return measures.map(([what, value, limit]) => ({ what, value, limit }));
}

/** The first measure, taken before anything of the module is read. */
export function sizeProblem(wasm: Uint8Array, limits: ModuleLimits): string | undefined {
  if (wasm.length <= limits.moduleBytesMax) return undefined;
  return excess({ what: "bytes", value: wasm.length, limit: limits.moduleBytesMax });
}

const excess = ({ what, value, limit }: Measure): string => `${value} ${what}, ${limit} allowed`;
