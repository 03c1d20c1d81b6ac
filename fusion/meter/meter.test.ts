import { readdirSync, readFileSync } from "node:fs";
import { FlowFusionError } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeModule } from "../binary/module.ts";
import { assemble, assembleRefused, moduleOf, moduleOfCode } from "../binary/testing.ts";
import { artefactLimits, defaultFlowLimits, type FlowLimits } from "../limits.ts";
import { configurations } from "../testkit/random-flow.ts";
import { chargesOf } from "./charges.ts";
import { meter, writeMetered } from "./meter.ts";
import { generator, randomProgram } from "./random-program.ts";

type Run = (...operands: number[]) => number;

interface Running {
  readonly run: (name: string, ...operands: number[]) => number;
  readonly has: (name: string) => boolean;
  readonly memory: (name?: string) => Uint8Array;
  fuel: bigint;
}

function start(wasm: Uint8Array, fuel?: bigint): Running {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
  const global = exports.ff_fuel as WebAssembly.Global<bigint>;
  if (fuel !== undefined) global.value = fuel;
  return {
    run: (name, ...operands) => (exports[name] as Run)(...operands),
    has: (name) => name in exports,
    memory: (name = "memory") => new Uint8Array((exports[name] as WebAssembly.Memory).buffer),
    get fuel() {
      return global.value;
    },
    set fuel(value) {
      global.value = value;
    },
  };
}

const metered = (text: string, limits: FlowLimits = defaultFlowLimits) => meter(assemble(text), limits);
const run = (body: string) => `(func $run (export "run") (param $n i32) (result i32) ${body} (i32.const 0))`;

describe("a hostile module", () => {
  const exhausting: [title: string, fields: string][] = [
    ["loops for ever", run("(loop $l (br $l))")],
    ["loops for ever in two functions", `(func $spin (loop $l (br $l))) ${run("(call $spin)")}`],
    ["loops by br_if", run("(loop $l (br_if $l (i32.const 1)))")],
    ["loops by br_table", run("(loop $l (block $b (br_table $b $l $l (i32.const 2))))")],
    [
      "loops with values on the stack",
      run("(loop $l (param i32) (result i32) (br $l)) (drop)").replace("(loop", "(i32.const 7) (loop"),
    ],
    ["loops around an inner loop without iterations", run("(loop $a (loop $b (br_if $b (i32.const 0))) (br $a))")],
    ["loops around a call", `(func $f (param i32)) ${run("(loop $l (call $f (i32.const 1)) (br $l))")}`],
    [
      "loops around a call through a table",
      `(table 1 funcref) (elem (i32.const 0) func $f) (type $t (func)) (func $f)
      ${run("(loop $l (call_indirect (type $t) (i32.const 0)) (br $l))")}`,
    ],
    [
      "recurs exponentially",
      `(func $f (param $d i32) (if (local.get $d) (then
      (call $f (i32.sub (local.get $d) (i32.const 1))) (call $f (i32.sub (local.get $d) (i32.const 1))))))
      ${run("(call $f (i32.const 60))")}`,
    ],
    [
      "fills its memory over and over",
      `(memory 16) ${run("(loop $l (memory.fill (i32.const 0) (i32.const 1) (local.get $n)) (br $l))")}`,
    ],
    [
      "fills its memory by a constant",
      `(memory 16) ${run("(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (br $l))")}`,
    ],
    [
      "copies most of its memory over and over",
      `(memory 16) ${run("(loop $l (memory.copy (i32.const 8) (i32.const 0) (local.get $n)) (br $l))")}`,
    ],
    [
      "copies a large segment into its memory over and over",
      `(memory 1) (data $d "${"x".repeat(60_000)}")
      ${run("(loop $l (memory.init $d (i32.const 0) (i32.const 0) (i32.const 60000)) (br $l))")}`,
    ],
    [
      "fills a large table over and over",
      `(table 60000 funcref) ${run("(loop $l (table.fill (i32.const 0) (ref.null func) (i32.const 60000)) (br $l))")}`,
    ],
    [
      "copies a large table over and over",
      `(table 60000 funcref) ${run("(loop $l (table.copy (i32.const 1) (i32.const 0) (i32.const 59999)) (br $l))")}`,
    ],
    [
      "jumps through a table of 50,000 targets",
      run(`(loop $l (block $b (br_table ${"$b $l ".repeat(25_000)} $l (local.get $n))) (br $l))`),
    ],
    [
      "calls a function with 4,000 locals",
      `(func $f ${"(local i64)".repeat(4_000)}) ${run("(loop $l (call $f) (br $l))")}`,
    ],
    ["grows its memory over and over", `(memory 1) ${run("(loop $l (drop (memory.grow (i32.const 1))) (br $l))")}`],
    [
      "grows its table over and over",
      `(table 1 funcref) ${run("(loop $l (drop (table.grow (ref.null func) (i32.const 9))) (br $l))")}`,
    ],
  ];
  it.each(exhausting)("that %s is stopped by its fuel", (_, fields) => {
    const running = start(metered(`(module ${fields})`), 1_000_000n);
    expect(() => running.run("run", 1_000_000)).toThrow(WebAssembly.RuntimeError);
    expect(running.fuel).toBeLessThan(0n);
  });

  it("that loops 4,000 blocks deep is stopped by its fuel", () => {
    const depth = 4_000;
    const blocks = Array.from({ length: depth * 2 }, (_, at) => (at % 2 === 0 ? 0x02 : 0x40));
    const forever = [0x03, 0x40, 0x0c, 0, 0x0b];
    const body = [0, ...blocks, ...forever, ...new Array<number>(depth + 1).fill(0x0b)];
    const length = [(body.length & 0x7f) | 0x80, body.length >> 7];
    const exported = [1, 3, 0x72, 0x75, 0x6e, 0, 0];
    const wasm = moduleOf([1, [1, 0x60, 0, 0]], [3, [1, 0]], [7, exported], [10, [1, ...length, ...body]]);
    const running = start(meter(wasm, defaultFlowLimits), 1_000_000n);
    expect(() => running.run("run")).toThrow(WebAssembly.RuntimeError);
    expect(running.fuel).toBeLessThan(0n);
  });

  it("that fills much memory is charged for what it moves", () => {
    const text = `(module (memory 16) ${run("(memory.fill (i32.const 0) (i32.const 1) (local.get $n))")})`;
    const running = start(metered(text), 1_000_000n);
    running.run("run", 0);
    const base = 1_000_000n - running.fuel;
    running.fuel = 1_000_000n;
    running.run("run", 800_000);
    expect(1_000_000n - running.fuel - base).toBe(100_000n);
  });

  it.each([
    ["memory.fill", "(memory 16)", "(memory.fill (i32.const 0) (i32.const 1) (local.get $n))", 8],
    ["memory.copy", "(memory 16)", "(memory.copy (i32.const 8) (i32.const 0) (local.get $n))", 8],
    ["table.fill", "(table 9000 funcref)", "(table.fill (i32.const 0) (ref.null func) (local.get $n))", 1],
    ["table.copy", "(table 9000 funcref)", "(table.copy (i32.const 1) (i32.const 0) (local.get $n))", 1],
    ["table.grow", "(table 0 funcref)", "(drop (table.grow (ref.null func) (local.get $n)))", 1],
    ["memory.grow", "(memory 0)", "(drop (memory.grow (local.get $n)))", 1 / 1_024],
  ])("is charged for the length of a %s", (_, fields, body, perUnit) => {
    const used = (length: number) => {
      const running = start(metered(`(module ${fields} ${run(body)})`), 10_000_000n);
      running.run("run", length);
      return Number(10_000_000n - running.fuel);
    };
    expect(used(200) - used(40)).toBe(160 / perUnit);
  });

  it("that recurs without end overflows the stack or its fuel, whichever is first", () => {
    const wasm = metered(
      `(module (func $f (export "run") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))`,
    );
    expect(() => start(wasm, 1n << 40n).run("run", 1)).toThrow(RangeError);
    expect(() => start(wasm, 100n).run("run", 1)).toThrow(WebAssembly.RuntimeError);
  });

  it("has no fuel at all before the host grants some", () => {
    const running = start(metered(`(module ${run("(loop $l (br_if $l (i32.const 0)))")})`));
    expect(() => running.run("run", 1)).toThrow(WebAssembly.RuntimeError);
  });

  it("cannot reach the fuel by an index that its own globals do not have", () => {
    const raise = assemble(`(module (global (mut i64) (i64.const 0)) ${run("(global.set 0 (i64.const 9))")})`);
    // The index of the global in `global.set 0`, made to be that of the fuel.
    const at = raise.findIndex((byte, index) => byte === 0x24 && raise[index + 1] === 0 && raise[index - 2] === 0x42);
    raise[at + 1] = 1;
    expect(() => meter(raise, defaultFlowLimits)).toThrow(expect.objectContaining({ code: "FF_MODULE_MALFORMED" }));
  });
});

describe("an artefact that is refused", () => {
  const limits = { ...defaultFlowLimits, maxPagesPerMemory: 4 };
  const nested = (depth: number) =>
    moduleOfCode([
      ...Array.from({ length: depth * 2 }, (_, at) => (at % 2 === 0 ? 0x02 : 0x40)),
      ...Array<number>(depth).fill(0x0b),
    ]);
  const refused: [title: string, code: string, wasm: Uint8Array, message: RegExp][] = [
    [
      "has imports",
      "FF_ARTEFACT_IMPORT",
      assemble(`(module (import "a" "b" (func)) (import "a" "c" (memory 1)))`),
      /a\.c \(memory\).*a\.b \(function\)/,
    ],
    ["has a start function", "FF_ARTEFACT_START", assemble("(module (func $s) (start $s))"), /start function, 0/],
    [
      "exports ff_fuel",
      "FF_ARTEFACT_RESERVED",
      assemble(`(module (global (export "ff_fuel") (mut i64) (i64.const 1)))`),
      /ff_fuel/,
    ],
    [
      "exports what the gateway calls a flow by",
      "FF_ARTEFACT_RESERVED",
      assemble(
        `(module (func $f) (export "ff_call" (func $f)) (export "ff_get" (func $f)) (export "ff_set" (func $f)))`,
      ),
      /ff_call.*ff_get.*ff_set/s,
    ],
    [
      "starts with too much memory",
      "FF_ARTEFACT_LIMIT",
      assemble("(module (memory 1) (memory 5))"),
      /5 pages at start, 4 allowed/,
    ],
    [
      "has too large a table",
      "FF_ARTEFACT_LIMIT",
      assemble("(module (table 200000 funcref))"),
      /200000 table elements, 131072 allowed/,
    ],
    [
      "has too many locals",
      "FF_ARTEFACT_LIMIT",
      assemble(`(module (func ${"(local i64)".repeat(5_000)}))`),
      /5000 locals in one function, 4096 allowed/,
    ],
    ["nests too deep", "FF_ARTEFACT_LIMIT", nested(10_000), /10001 nested blocks, 4096 allowed/],
    [
      "has too large a function",
      "FF_ARTEFACT_LIMIT",
      moduleOfCode(Array<number>(600_000).fill(0x01)),
      /600002 bytes in one function, 524288 allowed/,
    ],
    [
      "has too many memories",
      "FF_ARTEFACT_LIMIT",
      assemble(`(module ${"(memory 0)".repeat(600)})`),
      /600 memories, 513 allowed/,
    ],
    [
      "is too large",
      "FF_ARTEFACT_LIMIT",
      new Uint8Array(artefactLimits.moduleBytesMax + 1),
      /33554433 bytes, 33554432 allowed/,
    ],
    ["uses tail calls", "FF_MODULE_FEATURE", assembleRefused("(module (func $f (return_call $f)))"), /tail calls/],
    ["is no module", "FF_MODULE_MALFORMED", Uint8Array.of(1, 2, 3), /not a WebAssembly module/],
  ];
  it.each(refused)("because it %s names the cause", (_, code, wasm, message) => {
    expect(() => meter(wasm, limits)).toThrow(message);
    expect(() => meter(wasm, limits)).toThrow(expect.objectContaining({ code }));
  });

  it("names all causes at once", () => {
    const wasm = assemble(`(module (import "a" "b" (func)) (memory 9) (table 200000 funcref) (start 0))`);
    const codes = ["FF_ARTEFACT_IMPORT", "FF_ARTEFACT_LIMIT", "FF_ARTEFACT_LIMIT", "FF_ARTEFACT_START"];
    expect(() => meter(wasm, limits)).toThrow(
      expect.objectContaining({ diagnostics: codes.map((code) => expect.objectContaining({ code })) }),
    );
  });

  it("is refused with a FlowFusionError or comes out valid, whatever bytes are changed", () => {
    const original = assemble(randomProgram(5).text);
    const change = fc.record({ at: fc.nat(original.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = Uint8Array.from(original);
        for (const { at, to } of changes) changed[at] = to;
        expect(outcome(changed)).toMatch(/^valid$|^FF_/);
      }),
      { numRuns: 2_000 },
    );
  });

  function outcome(wasm: Uint8Array): string {
    try {
      return WebAssembly.validate(meter(wasm, defaultFlowLimits)) ? "valid" : "invalid";
    } catch (error) {
      if (error instanceof FlowFusionError) return error.code;
      throw error;
    }
  }
});

describe("memories and tables", () => {
  const limits = { ...defaultFlowLimits, maxPagesPerMemory: 3 };

  it("are capped where they declare more, or nothing", () => {
    const { memories, tables } = describeModule(
      metered("(module (memory 1) (memory 1 2) (memory 1 65536) (table 1 funcref) (table 1 7 externref))", limits),
    );
    expect(memories.map(({ maximum }) => maximum)).toEqual([3, 2, 3]);
    expect(tables.map(({ maximum }) => maximum)).toEqual([artefactLimits.tableElementsMax / 2, 7]);
  });

  it("fail to grow beyond the cap as a module expects, at no charge for what fails", () => {
    const text = `(module (memory 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`;
    const running = start(metered(text, limits), 10_000n);
    expect(running.run("grow", 2)).toBe(1);
    expect(running.run("grow", 1)).toBe(-1);
    expect(running.run("grow", -1)).toBe(-1);
    expect(running.fuel).toBeGreaterThan(0n);
  });

  it("trap on a length out of bounds, and not for want of fuel", () => {
    const text = `(module (memory 1) ${run("(memory.fill (i32.const 0) (i32.const 0) (local.get $n))")})`;
    const running = start(metered(text), 10_000n);
    expect(() => running.run("run", -1)).toThrow(/out of bounds/);
    expect(running.fuel).toBeGreaterThan(0n);
  });
});

describe("a metered module", () => {
  const abundant = 1n << 40n;

  it("charges a loop by its iterations, and what stands around it once", () => {
    const text = `(module ${run("(loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))")})`;
    const used = (iterations: number) => {
      const running = start(metered(text), abundant);
      running.run("run", iterations);
      return abundant - running.fuel;
    };
    // local.get, i32.const, i32.sub, local.tee, br_if, end
    expect(used(1_001) - used(1)).toBe(6_000n);
    // 4 for the frame; loop, i32.const and end
    expect(used(1)).toBe(4n + 3n + 6n);
  });

  it("does as it did before, and uses the same fuel with and without the fuel kept in locals", () => {
    let finished = 0;
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.integer({ min: 0, max: 99_999 }), { minLength: 4, maxLength: 4 }),
        (seed, inputs) => {
          const { text, functions } = randomProgram(seed);
          const wasm = assemble(text);
          const plain = start(writeMetered(describeModule(wasm), defaultFlowLimits, chargesWithoutLocals), 300_000n);
          const results = inputs.map((input, at) => outcomeOf(plain, functions[at % functions.length]!, input));
          if (plain.fuel < 0n) return;
          finished++;
          const optimised = start(meter(wasm, defaultFlowLimits), 300_000n);
          const original = start(wasm);
          inputs.forEach((input, at) => {
            const name = functions[at % functions.length]!;
            expect(outcomeOf(optimised, name, input)).toBe(results[at]);
            expect(outcomeOf(original, name, input)).toBe(results[at]);
          });
          if (!results.includes("trap")) expect(optimised.fuel).toBe(plain.fuel);
          for (const memory of ["memory", "other"]) {
            expect(Buffer.compare(optimised.memory(memory), original.memory(memory))).toBe(0);
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(finished).toBeGreaterThan(200);
  });

  it("traps for want of fuel at the same number of iterations each time, with a little less or more fuel", () => {
    const text = `(module (memory (export "memory") 1) ${run(`(loop $l
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (br $l))`)})`;
    const iterations = (fuel: bigint) => {
      const running = start(metered(text), fuel);
      expect(() => running.run("run", 0)).toThrow(WebAssembly.RuntimeError);
      return new DataView(running.memory().buffer).getUint32(0, true);
    };
    expect(iterations(90_000n)).toBe(iterations(90_000n));
    expect(iterations(90_000n + 7n) - iterations(90_000n)).toBeLessThanOrEqual(1);
    expect(iterations(180_000n)).toBeGreaterThan(iterations(90_000n) * 1.9);
  });

  it("keeps the indices of its functions, globals and types", () => {
    const wasm = assemble(randomProgram(11).text);
    const [before, after] = [describeModule(wasm), describeModule(meter(wasm, defaultFlowLimits))];
    expect(after.functions.slice(0, before.functions.length)).toEqual(before.functions);
    expect(after.types.slice(0, before.types.length)).toEqual(before.types);
    expect(after.exports.slice(0, before.exports.length)).toEqual(before.exports);
    expect(after.exports.slice(before.exports.length)).toEqual(
      ["ff_fuel", "ff_fuel_burst", "ff_fuel_per_message"].map((name, index) => {
        return { name, kind: "global", index: before.globals.length + index };
      }),
    );
  });

  it("grants itself fuel by the messages that it is called with, where it is a flow", () => {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(
        metered(
          `(module (func (export "execute_flow") (param i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`,
        ),
      ),
    );
    const { ff_fuel, ff_fuel_burst, ff_fuel_per_message } = exports as { [name: string]: WebAssembly.Global<bigint> };
    ff_fuel_burst!.value = 1_000n;
    ff_fuel_per_message!.value = 2n ** 20n;
    const execute = exports.ff_execute_flow as (start: number, bytes: number, messages: number) => number;
    expect(execute(2, 3, 5)).toBe(5);
    const used = 1_000n + 5n * 2n ** 20n - ff_fuel!.value;
    expect(used > 0n && used < 20n).toBe(true);
    expect(execute(2, 3, 0xffff_ffff)).toBe(5);
    expect(ff_fuel!.value).toBe(1_000n + 0xffff_ffffn * 2n ** 20n - used);
    ff_fuel_burst!.value = 0n;
    execute(2, 3, 0);
    expect(ff_fuel!.value).toBe(-used);
  });

  it("grants nothing to a flow that calls itself", () => {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(
        metered(
          `(module (func $again (export "execute_flow") (param i32 i32 i32) (result i32)
            (loop $for_ever (drop (call $again (i32.const 0) (i32.const 0) (i32.const -1))) (br $for_ever)) (i32.const 0)))`,
        ),
      ),
    );
    const { ff_fuel, ff_fuel_burst } = exports as { [name: string]: WebAssembly.Global<bigint> };
    ff_fuel_burst!.value = 1_000n;
    expect(() => (exports.ff_execute_flow as (...numbers: number[]) => number)(0, 0, 0)).toThrow("unreachable");
    expect(ff_fuel!.value < 0n).toBe(true);
  });

  it("empties the outbox before a call, in whichever memory it lies", () => {
    for (const memories of [`(memory (export "memory") 1)`, `(memory 1) (memory (export "memory") 1)`]) {
      const { exports } = new WebAssembly.Instance(
        new WebAssembly.Module(
          metered(
            `(module ${memories} (global (export "control") i32 (i32.const 64))
              (func (export "execute_flow") (param i32 i32 i32) (result i32) (i32.const 0)))`,
          ),
        ),
      );
      const words = new Uint32Array((exports.memory as WebAssembly.Memory).buffer).fill(7, 0, 32);
      (exports.ff_fuel_burst as WebAssembly.Global<bigint>).value = 1_000n;
      (exports.ff_execute_flow as (start: number, bytes: number, messages: number) => number)(0, 0, 0);
      expect([...words.subarray(0, 32)]).toEqual([...new Array(18).fill(7), 0, ...new Array(13).fill(7)]);
    }
  });

  it("may be empty", () => {
    expect(start(metered("(module)"), 7n).fuel).toBe(7n);
  });

  const dist = new URL("../../nodes/dist/", import.meta.url);
  const nodes = readdirSync(dist).filter((file) => file.endsWith(".wasm"));
  it.each(nodes)("leaves the memory of the node %s as it would be unmetered, after random messages", (file) => {
    const wasm = readFileSync(new URL(file, dist));
    fc.assert(
      fc.property(configurations(file.replace(".wasm", "")), fc.integer(), (configuration, seed) => {
        const [original, changed] = [start(wasm), start(meter(wasm, defaultFlowLimits), abundant)];
        const outcomes = [original, changed].map((instance) => {
          startNode(instance, configuration);
          return handleRandomMessages(instance, generator(seed));
        });
        expect(outcomes[1]).toEqual(outcomes[0]);
        expect(outcomes[0]).not.toContain("trap");
        expect(Buffer.compare(changed.memory(), original.memory())).toBe(0);
      }),
      { numRuns: 25 },
    );
  });
});

function outcomeOf(running: Running, name: string, ...operands: number[]): number | "trap" {
  try {
    return running.run(name, ...operands);
  } catch {
    return "trap";
  }
}

/** Each region charged through the global, with a check: what the cheaper ways of charging have to agree with. */
const chargesWithoutLocals: typeof chargesOf = (...given) => {
  const charges = chargesOf(...given);
  for (const slot of charges.slots) if (slot.kind !== "length") slot.region.cached = undefined;
  return { ...charges, isSmall: false };
};

function startNode(node: Running, configuration: Uint8Array): void {
  if (node.has("_initialize")) node.run("_initialize");
  if (!node.has("configure")) return;
  const pointer = node.run("cabi_realloc", 0, 0, 8, configuration.length);
  node.memory().set(configuration, pointer);
  const result = node.run("configure", pointer, configuration.length);
  expect(node.memory()[result]).toBe(0);
  if (node.has("cabi_post_configure")) node.run("cabi_post_configure", result);
}

function handleRandomMessages(node: Running, random: (bound: number) => number): (number | "trap")[] {
  return Array.from({ length: 40 }, () => {
    const length = 24 + random(6) * 8;
    const pointer = node.run("cabi_realloc", 0, 0, 8, length);
    const message = node.memory().subarray(pointer, pointer + length);
    message.fill(0);
    message.set(
      Array.from({ length: 16 }, () => random(256)),
      0,
    );
    message[16] = random(5);
    message[17] = random(3);
    message[18] = random(length - 23);
    const result = outcomeOf(node, "handle", random(2), pointer, length);
    if (result !== "trap" && node.has("cabi_post_handle")) node.run("cabi_post_handle", result);
    return result;
  });
}
