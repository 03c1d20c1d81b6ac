import { Session } from "node:inspector/promises";
import { FlowFusionError } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeModule } from "../binary/module.ts";
import { assemble, moduleOf } from "../binary/testing.ts";
import { configureNodes, linkRequest } from "../fuse.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { defaultFlowLimits } from "../limits.ts";
import { randomProgram } from "../meter/random-program.ts";
import { encodeFrames, graphDocument, inputMessages, resolve } from "../testkit/random-flow.ts";
import type { LinkInput } from "./index-spaces.ts";
import { link } from "./linker.ts";
import { optimise } from "./optimiser.ts";
import { everything, linkInputs, manyOfEach } from "./test-modules.ts";
import { call, instantiate, instantiateApart, mergeWithBinaryen, trace } from "./testing.ts";

const input = (name: string, text: string): LinkInput => ({ name, wasm: assemble(text) });

/** Links, and checks what holds for every result. */
function linked(inputs: readonly LinkInput[]): Uint8Array<ArrayBuffer> {
  const wasm = link(inputs);
  expect(WebAssembly.validate(wasm)).toBe(true);
  const module = describeModule(wasm);
  expect(module.imports).toEqual([]);
  expect(module.exports.map(({ name }) => name)).toEqual(
    describeModule(inputs[0]!.wasm).exports.map(({ name }) => name),
  );
  return wasm;
}

/** How many functions of this workspace are called, each as often as it is. */
async function countCalls(work: () => void): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    work();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const own = result.filter(({ url }) => url.includes("/fusion/"));
    return own.flatMap(({ functions }) => functions).reduce((sum, { ranges }) => sum + ranges[0]!.count, 0);
  } finally {
    session.disconnect();
  }
}

describe("link", () => {
  it("keeps what every kind of instruction, segment and constant does, and does as wasm-merge does", () => {
    const inputs = linkInputs([manyOfEach(5), everything, everything]);
    const expected = trace(inputs, instantiateApart(inputs));
    expect(new Set(expected.map((entry) => (entry as unknown[])[2])).size).toBeGreaterThan(10);
    expect(trace(inputs, instantiate(linked(inputs)))).toEqual(expected);
    expect(trace(inputs, instantiate(mergeWithBinaryen(inputs)))).toEqual(expected);
  });

  it("may leave modules open and link them in a second step, which changes nothing", () => {
    const inputs = linkInputs([manyOfEach(5), everything, manyOfEach(3), everything]);
    const expected = trace(inputs, instantiateApart(inputs));
    const { length } = inputs;
    for (let first = 1; first < length; first++) {
      const late = inputs.slice(1).filter((_, index) => index % first === 0);
      const early = inputs.filter((each) => !late.includes(each));
      const half = link(early, new Set(late.map(({ name }) => name)));
      expect(new Set(describeModule(half).imports.map(({ module }) => module))).toEqual(
        new Set(late.map(({ name }) => name)),
      );
      const whole = linked([{ name: "glue", wasm: half }, ...late]);
      expect(trace(inputs, instantiate(whole))).toEqual(expected);
    }
  });

  it("keeps what random programs do", () => {
    const seed = Date.now() % 2 ** 31;
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 4 }), (seeds) => {
        const inputs = linkInputs(seeds.map((each) => randomProgram(each).text));
        expect(trace(inputs, instantiate(linked(inputs)))).toEqual(trace(inputs, instantiateApart(inputs)));
      }),
      { seed, numRuns: process.env.FLOWFUSION_TEST_LONG === "1" ? 1_000 : 60 },
    );
  });

  it("keeps what modules with more than 127 functions, types, globals, tables and segments do, 130 memories together", () => {
    const few = Array.from({ length: 128 }, () => manyOfEach(1));
    const inputs = linkInputs([manyOfEach(140), ...few, manyOfEach(140)]);
    const module = describeModule(linked(inputs));
    expect(module.memories).toHaveLength(131);
    expect(module.types.length).toBeLessThan(150);
    expect(trace(inputs, instantiate(module.bytes))).toEqual(trace(inputs, instantiateApart(inputs)));
  });

  it("makes of a random graph's glue and nodes a flow that does as one that wasm-merge linked", async () => {
    const catalog = await builtinCatalog();
    for (const document of fc.sample(graphDocument, { seed: 11, numRuns: 2 })) {
      const graph = resolve(document, catalog);
      const { glue, nodes } = linkRequest(graph, catalog, configureNodes(graph, catalog));
      const inputs = [input("glue", glue), ...nodes];
      const flows = [linked(inputs), mergeWithBinaryen(inputs)].map((wasm) => {
        const flow = new FusedInstance(new WebAssembly.Module(Uint8Array.from(wasm)), defaultFlowLimits);
        flow.configure();
        return flow;
      });
      const subscribers = graph.nodes.filter(({ subscribes }) => subscribes).length;
      for (const messages of fc.sample(inputMessages, { seed: 12, numRuns: 10 })) {
        const [ours, theirs] = flows.map((flow) => {
          flow.execute(encodeFrames(messages, subscribers));
          return { outbox: Buffer.from(flow.takeOutbox()).toString("hex"), counters: flow.nodeCounters() };
        });
        expect(ours).toEqual(theirs);
      }
    }
  });

  it("keeps the first module's memory as memory 0 and gives each signature one type", () => {
    const node = `(module (memory (export "memory") 3 7) (func (export "f") (param i32) (result i32) (local.get 0)))`;
    const inputs = [
      input(
        "glue",
        `(module (import "n0" "memory" (memory $m 0)) (import "n0" "f" (func $f (param i32) (result i32)))
        (memory $io 5) (func (export "f") (param i32) (result i32) (call $f (i32.load $io (local.get 0)))))`,
      ),
      input("n0", node),
      input("n1", node),
    ];
    const module = describeModule(linked(inputs));
    expect(module.memories).toEqual([{ minimum: 5 }, { minimum: 3, maximum: 7 }, { minimum: 3, maximum: 7 }]);
    expect(module.types).toHaveLength(1);
  });

  it("takes references of functions that were known only by their exports", () => {
    const node = `(module (memory (export "memory") 1) (table $t 1 funcref)
      (func $f (export "answer") (result i32) (i32.const 42))
      (func (export "run") (param i32) (result i32) (table.set $t (i32.const 0) (ref.func $f))
        (call_indirect $t (result i32) (i32.const 0))))`;
    const glue = `(module (import "n0" "run" (func $run (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call $run (local.get 0))))`;
    expect(call(instantiate(linked([input("glue", glue), input("n0", node)])), "run", 0)).toBe(42);
  });

  it("exports again what it imports", () => {
    const node = `(module (memory (export "memory") 2) (global (export "g") (mut i64) (i64.const 5)))`;
    const glue = `(module (import "n1" "memory" (memory $m 1)) (import "n1" "g" (global $g (mut i64)))
      (export "memory" (memory $m)) (export "g" (global $g)))`;
    const exports = instantiate(linked([input("glue", glue), input("n0", node), input("n1", node)]));
    expect((exports.g as WebAssembly.Global).value).toBe(5n);
    expect((exports.memory as WebAssembly.Memory).buffer.byteLength).toBe(2 * 65536);
  });

  it("does work that grows with the size of its input alone", async () => {
    const [glue] = linkInputs([]);
    const node = assemble(manyOfEach(30));
    const callsFor = (count: number) => {
      const inputs = [glue!, ...Array.from({ length: count }, (_, index) => ({ name: `n${index}`, wasm: node }))];
      return countCalls(() => link(inputs));
    };
    const [few, many] = [await callsFor(20), await callsFor(200)];
    expect(few).toBeGreaterThan(100_000);
    // Ten times the input, with some indexes that take a byte more; a quadratic linker would do a hundred times as much.
    expect(many / few).toBeLessThan(11);
  });
});

describe("element segments", () => {
  // Functions 0 and 1 give 10 and 20; function 2 calls its argument through the table, after table.init or ref.func.
  const i32 = 0x7f;
  const offset = [0x41, 0, 0x0b];
  const functions = [2, 0, 1];
  const expressions = [2, 0xd2, 0, 0x0b, 0xd2, 1, 0x0b];
  const initialise = (segment: number) => [0x41, 0, 0x41, 0, 0x41, 2, 0xfc, 12, segment, 0];
  const reference = [0x41, 0, 0xd2, 0, 0x26, 0, 0x41, 1, 0xd2, 1, 0x26, 0];
  const forms: [title: string, segments: number[][], setUp: number[]][] = [
    ["0, active in table 0", [[0, ...offset, ...functions]], []],
    ["1, passive", [[1, 0, ...functions]], initialise(0)],
    ["2, active with a table", [[2, 0, ...offset, 0, ...functions]], []],
    ["3, declared", [[3, 0, ...functions]], reference],
    ["4, active, expressions", [[4, ...offset, ...expressions]], []],
    ["5, passive, expressions", [[5, 0x70, ...expressions]], initialise(0)],
    ["6, active with a table, expressions", [[6, 0, ...offset, 0x70, ...expressions]], []],
    ["7, declared, expressions", [[7, 0x70, ...expressions]], reference],
    [
      "1, behind declared ones",
      [
        [3, 0, 1, 2],
        [7, 0x70, 0],
        [1, 0, ...functions],
      ],
      initialise(2),
    ],
  ];

  function nodeWith(segments: readonly number[][], setUp: readonly number[]): Uint8Array {
    const body = (...code: readonly number[]) => [code.length + 2, 0, ...code, 0x0b];
    return moduleOf(
      [1, [2, 0x60, 0, 1, i32, 0x60, 1, i32, 1, i32]],
      [3, [3, 0, 0, 1]],
      [4, [1, 0x70, 0, 2]],
      [7, [1, 3, 0x72, 0x75, 0x6e, 0, 2]],
      [9, [segments.length, ...segments.flat()]],
      [10, [3, ...body(0x41, 10), ...body(0x41, 20), ...body(...setUp, 0x20, 0, 0x11, 0, 0)]],
    );
  }

  it.each(forms)("of form %s lead to the same functions behind two other modules", (_title, segments, setUp) => {
    const other = nodeWith(forms[0]![1], []);
    const glue = `(module (import "n2" "run" (func $run (param i32) (result i32)))
      (func $own (result i32) (i32.const 1)) (table 3 funcref) (elem (i32.const 0) func $own)
      (func (export "run") (param i32) (result i32) (call $run (local.get 0))))`;
    const wasm = linked([
      input("glue", glue),
      { name: "n0", wasm: other },
      { name: "n1", wasm: other },
      { name: "n2", wasm: nodeWith(segments, setUp) },
    ]);
    for (const each of [wasm, optimise(wasm, [])]) {
      const exports = instantiate(each);
      expect([0, 1, 2].map((index) => call(exports, "run", index))).toEqual([10, 20, "trap"]);
    }
  });
});

describe("modules that do not fit together", () => {
  const node = `(module (memory (export "memory") 1 9) (global (export "g") (mut i32) (i32.const 0))
    (table (export "t") 2 funcref) (func (export "f") (param i32) (result i32) (local.get 0)))`;
  const cases: [title: string, imports: string, message: RegExp][] = [
    [
      "a missing module",
      `(import "n7" "f" (func))`,
      /glue imports n7\.f \(function\) as \(\) -> \(\), and there is no module n7/,
    ],
    ["a missing export", `(import "n0" "h" (func))`, /n0\.h .* and n0 has no such export/],
    ["another kind", `(import "n0" "f" (global i32))`, /n0\.f \(global\) as i32, and n0 exports it as function/],
    [
      "another signature",
      `(import "n0" "f" (func (param i32 i32) (result i32)))`,
      /as \(i32, i32\) -> i32, and n0 exports it as function \(i32\) -> i32/,
    ],
    ["an immutable global", `(import "n0" "g" (global i32))`, /as i32, and n0 exports it as global mut i32/],
    ["a global of another type", `(import "n0" "g" (global (mut i64)))`, /as mut i64, and .* mut i32/],
    ["a larger memory", `(import "n0" "memory" (memory 2))`, /as 2 or more pages, and .* memory 1 to 9 pages/],
    ["a lower cap", `(import "n0" "memory" (memory 1 8))`, /as 1 to 8 pages, and .* memory 1 to 9 pages/],
    ["a table of other elements", `(import "n0" "t" (table 2 externref))`, /2 or more externref, and .* funcref/],
  ];

  it.each(cases)("are refused by both names: %s", (_title, imports, message) => {
    const inputs = [input("glue", `(module ${imports})`), input("n0", node)];
    expect(() => link(inputs)).toThrow(expect.objectContaining({ code: "FF_FUSE_LINK" }));
    expect(() => link(inputs)).toThrow(message);
    expect(() => instantiateApart(inputs)).toThrow();
  });

  it("are refused with all reasons at once", () => {
    const glue = input("glue", `(module (import "n7" "f" (func)) (import "n0" "h" (func)))`);
    const problems = refusal([glue, input("n0", `(module (import "env" "now" (func)) (start 0))`)]).diagnostics;
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("n0 imports env.now (function), and only glue may import"),
      expect.stringContaining("n7"),
      expect.stringContaining("no such export"),
      expect.stringContaining("n0 has a start function"),
    ]);
  });

  it("are refused when an index names nothing, as it cannot in a module that was validated", () => {
    const lost = moduleOf([1, [1, 0x60, 0, 0]], [3, [1, 0]], [10, [1, 4, 0, 0x10, 9, 0x0b]]);
    expect(() => link([input("glue", "(module)"), { name: "n0", wasm: lost }])).toThrow(
      "module n0 names function 9, and has 1",
    );
  });

  it("are refused when one is no module", () => {
    expect(() => link([input("glue", "(module)"), { name: "n0", wasm: Uint8Array.of(1, 2, 3) }])).toThrow(
      expect.objectContaining({ code: "FF_MODULE_MALFORMED" }),
    );
  });

  function refusal(inputs: readonly LinkInput[]): FlowFusionError {
    try {
      link(inputs);
    } catch (error) {
      if (error instanceof FlowFusionError) return error;
      throw error;
    }
    throw new Error("was linked");
  }
});
