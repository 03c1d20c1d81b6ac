// Modules of any content: what fusion reads, links and meters, it reads, links and meters whole; what it does not take, it
// refuses by name. Each test prints its seed; FLOWFUSION_SEED repeats it.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { FlowFusionError } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeModule, type WasmModule } from "./binary/module.ts";
import { assemble } from "./binary/testing.ts";
import type { ExternKind, ValueType } from "./binary/types.ts";
import { measureCode } from "./inspect/measure.ts";
import { artefactLimits, defaultFlowLimits } from "./limits.ts";
import type { LinkInput } from "./link/index-spaces.ts";
import { linkable, withoutStart } from "./link/linkable.ts";
import { link } from "./link/linker.ts";
import { optimise } from "./link/optimiser.ts";
import { instantiate, instantiateApart } from "./link/testing.ts";
import { meter } from "./meter/meter.ts";
import { generator } from "./meter/random-program.ts";
import { FuzzModules, refusedFeatures } from "./testkit/fuzz-modules.ts";

const isLong = process.env.FLOWFUSION_TEST_LONG === "1";
const modulesToTry = isLong ? 5_000 : 300;
const firstSeed = Number(process.env.FLOWFUSION_SEED ?? Date.now() % 2 ** 31);
/** One module in so many is optimised, which takes longer than all else. */
const optimisedEvery = 10;
const timeout = 4 * 3_600_000;

let fuzz: FuzzModules;
// One for each test: it grows by 130 KB with each module.
beforeEach(async () => {
  fuzz = await FuzzModules.load();
});
afterEach(() => fuzz.remove());

console.log(`random modules: FLOWFUSION_SEED=${firstSeed}`);

/** Runs `check` for each seed; an error tells which. */
function forSeeds(count: number, check: (seed: number, index: number) => void): void {
  for (let index = 0; index < count; index++) {
    try {
      check(firstSeed + index, index);
    } catch (error) {
      throw new Error(`module of seed ${firstSeed + index}: ${String(error)}`, { cause: error });
    }
  }
}

/** `accepted`, or the code of the refusal; any other error is one of ours. */
function read(wasm: Uint8Array): string {
  try {
    measureCode(describeModule(wasm));
    return "accepted";
  } catch (error) {
    if (error instanceof FlowFusionError) return error.code;
    throw error;
  }
}

describe("a module of the binaryen fuzzer", { timeout }, () => {
  it("is read whole when it keeps to the accepted features", () => {
    let accepted = 0;
    forSeeds(modulesToTry, (seed) => {
      const outcome = read(fuzz.make(seed));
      // binaryen writes a ref.as_non_null now and then where typed function references are not enabled.
      if (outcome !== "FF_MODULE_FEATURE") expect(outcome).toBe("accepted");
      else return;
      accepted++;
    });
    expect(accepted).toBeGreaterThan(modulesToTry * 0.9);
  });

  it("is refused for a feature that it uses beyond those, and for nothing else", () => {
    const outcomes = new Set<string>();
    forSeeds(modulesToTry, (seed, index) => {
      const outcome = read(fuzz.make(seed, refusedFeatures[index % refusedFeatures.length]!));
      expect(["accepted", "FF_MODULE_FEATURE"]).toContain(outcome);
      outcomes.add(outcome);
    });
    expect(outcomes.size).toBe(2);
  });

  it("does the same when it is linked with what it imports, and when that is optimised or metered", () => {
    let calls = 0;
    let metered = 0;
    forSeeds(modulesToTry, (seed, index) => {
      const wasm = fuzz.make(seed);
      if (read(wasm) !== "accepted") return;
      const module = describeModule(withoutStart(wasm).wasm);
      const inputs = [{ name: "fuzz", wasm: module.bytes }, ...supportFor(module)];
      const linked = link(inputs);
      const artefact = meter(linked, defaultFlowLimits);
      const seen = observe(module, () => instantiateApart(inputs));
      expect(observe(module, () => instantiate(linked))).toEqual(seen);
      if (index % optimisedEvery === 0) expect(observe(module, () => instantiate(optimise(linked, [])))).toEqual(seen);
      calls += seen.length;
      if (!keepsWithinCaps(module)) return;
      expect(observe(module, () => fuelled(instantiate(artefact)))).toEqual(seen);
      metered++;
    });
    expect(metered).toBeGreaterThan(modulesToTry / 4);
    expect(calls).toBeGreaterThan(modulesToTry);
  });
});

describe("bytes of a module changed at random", { timeout }, () => {
  const dist = new URL("../nodes/dist/", import.meta.url);
  const nodes = readdirSync(dist)
    .filter((file) => file.endsWith(".wasm"))
    .map((file) => readFileSync(new URL(file, dist)));

  it("are refused by code, or come out of the reader, the linker and the meter as a valid module", () => {
    const outcomes = new Map<string, number>();
    forSeeds(modulesToTry * 10, (seed, index) => {
      const random = generator(seed);
      // Making a module takes longer than all else.
      if (index % 100 === 0) nodes.push(Buffer.from(fuzz.make(seed)));
      const pick = () => nodes[random(nodes.length)]!;
      const outcome = throughAll(changed(pick(), pick(), random));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    });
    // Of what is left as a module, the engine may refuse the most, but not all.
    for (const outcome of ["valid", "FF_MODULE_MALFORMED"]) expect(outcomes.get(outcome)).toBeGreaterThan(0);
  });

  function throughAll(wasm: Uint8Array): string {
    try {
      const module = describeModule(wasm);
      measureCode(module);
      if (!WebAssembly.validate(Uint8Array.from(wasm))) {
        // Whatever the engine refuses, the gateway refuses in its own words, and the linker without a crash.
        expect(() => meter(wasm, defaultFlowLimits)).toThrow(FlowFusionError);
        expect(() => linkOrRefuse(wasm)).not.toThrow();
        return "FF_MODULE_MALFORMED";
      }
      if (module.imports.length > 0) return "imports";
      const artefact = link([{ name: "glue", wasm: linkable(wasm).wasm }]);
      if (!WebAssembly.validate(Uint8Array.from(meter(artefact, defaultFlowLimits)))) return "invalid";
      return "valid";
    } catch (error) {
      if (error instanceof FlowFusionError) return error.code;
      throw error;
    }
  }

  function linkOrRefuse(wasm: Uint8Array): void {
    try {
      link([{ name: "glue", wasm }]);
    } catch (error) {
      if (!(error instanceof FlowFusionError)) throw error;
    }
  }
});

/** A few bytes flipped, the end cut off, or a stretch of the other put in. */
function changed(one: Uint8Array, other: Uint8Array, random: (bound: number) => number): Uint8Array {
  switch (random(4)) {
    case 0:
      return one.subarray(0, random(one.length));
    case 1: {
      const from = random(other.length);
      const stretch = other.subarray(from, from + random(200));
      const at = random(one.length);
      return Buffer.concat([one.subarray(0, at), stretch, one.subarray(at + (random(2) === 0 ? stretch.length : 0))]);
    }
    default: {
      const copy = Uint8Array.from(one);
      for (let left = 1 + random(4); left > 0; left--) copy[random(copy.length)] = random(256);
      return copy;
    }
  }
}

/** Growth beyond the gateway's caps fails in a metered module, and in no other. */
function keepsWithinCaps({ memories, tables }: WasmModule): boolean {
  const elements = artefactLimits.tableElementsMax / Math.max(1, tables.length);
  return (
    memories.every(({ maximum }) => maximum !== undefined && maximum <= defaultFlowLimits.maxPagesPerMemory) &&
    tables.every(({ maximum }) => maximum !== undefined && maximum <= elements)
  );
}

/**
 * What a call to each export gives, and what is left in globals and memories. Nothing when the stack is used up: when
 * that is depends on the engine.
 */
function observe({ functions, globals, exports: exported }: WasmModule, start: () => WebAssembly.Exports): unknown[] {
  const seen: unknown[] = [];
  try {
    const exports = start();
    for (const { name, kind, index } of exported) {
      const type = kind === "function" ? functions[index]! : undefined;
      if (!type || [...type.params, ...type.results].includes("v128")) continue;
      seen.push([name, attempt(exports[name] as (...args: unknown[]) => unknown, type.params)]);
    }
    for (const { name, kind, index } of exported) {
      if (kind === "memory") seen.push([name, digestOf((exports[name] as WebAssembly.Memory).buffer)]);
      if (kind === "global" && globals[index]!.type !== "v128")
        seen.push([name, plain((exports[name] as WebAssembly.Global).value)]);
    }
  } catch (error) {
    if (error instanceof RangeError) return [];
    seen.push((error as Error).name);
  }
  return seen;
}

const digestOf = (memory: ArrayBuffer): string => createHash("sha256").update(new Uint8Array(memory)).digest("hex");

function fuelled(exports: WebAssembly.Exports): WebAssembly.Exports {
  (exports.ff_fuel as WebAssembly.Global<bigint>).value = 1n << 60n;
  return exports;
}

function attempt(run: (...args: unknown[]) => unknown, params: readonly ValueType[]): unknown {
  try {
    return [run(...params.map((type) => argument[type]))].flat().map(plain);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return (error as Error).name;
  }
}

const plain = (value: unknown): unknown => (typeof value === "function" ? "function" : value);

const argument = { i32: 3, i64: 7n, f32: 1.5, f64: -2.25, v128: undefined, funcref: null, externref: null } as const;

/** Modules that export what the module imports, by name. */
function supportFor(module: WasmModule): LinkInput[] {
  const fields = new Map<string, string[]>();
  const seen = { function: 0, table: 0, memory: 0, global: 0 };
  for (const { module: from, name, kind } of module.imports) {
    const index = seen[kind]++;
    fields.set(from, [...(fields.get(from) ?? []), exportField(module, name, kind, index)]);
  }
  return [...fields].map(([name, texts]) => ({ name, wasm: assemble(`(module ${texts.join("\n")})`) }));
}

function exportField(module: WasmModule, name: string, kind: ExternKind, index: number): string {
  if (kind === "function") {
    const { params, results } = module.functions[index]!;
    return `(func (export "${name}") (param ${params.join(" ")}) (result ${results.join(" ")})
      ${results.map((type) => constant[type]).join(" ")})`;
  }
  if (kind !== "global") throw new Error(`the fuzzer imports a ${kind}, which this test does not make`);
  const { type, mutable } = module.globals[index]!;
  return `(global (export "${name}") ${mutable ? `(mut ${type})` : type} ${constant[type]})`;
}

const constant: { readonly [type in ValueType]: string } = {
  i32: "(i32.const 3)",
  i64: "(i64.const 7)",
  f32: "(f32.const 1.5)",
  f64: "(f64.const -2.25)",
  v128: "(v128.const i32x4 1 2 3 4)",
  funcref: "(ref.null func)",
  externref: "(ref.null extern)",
};
