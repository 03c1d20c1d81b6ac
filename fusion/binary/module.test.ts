import { FlowFusionError } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureCode } from "../inspect/measure.ts";
import { refusedFeatures } from "./features.ts";
import { describeModule } from "./module.ts";
import { assemble, assembleRefused, moduleOf, moduleOfCode } from "./testing.ts";

// Every section and most kinds of immediates in one small module.
const everything = assemble(`(module
  (type $pair (func (param i32 i64) (result i64 i32)))
  (import "env" "tick" (func $tick (param i64)))
  (import "env" "base" (global $base i32))
  (table $t 4 8 funcref) (table $u 1 externref)
  (memory $a (export "memory") 1 2) (memory $b 1)
  (global $count (export "count") (mut i64) (i64.const -7))
  (global $vector v128 (v128.const i32x4 1 2 3 4))
  (elem (table $t) (i32.const 1) func $swap)
  (elem $passive funcref (ref.func $swap) (ref.null func))
  (elem declare func $tick)
  (data (i32.const 8) "hello") (data $late "later")
  (func $swap (export "swap") (type $pair) (local.get 1) (local.get 0))
  (func $start (call $tick (global.get $count)))
  (func (export "run") (param $n i32) (result i32) (local $x f64) (local $v v128)
    (memory.init $late (i32.const 0) (i32.const 0) (i32.const 5)) (data.drop $late)
    (memory.copy $b $a (i32.const 0) (i32.const 0) (i32.const 5))
    (memory.fill $b (i32.const 0) (i32.const 0) (i32.const 5))
    (table.init $t $passive (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $passive)
    (drop (table.grow $t (ref.null func) (i32.const 1)))
    (local.set $v (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (local.get $v) (v128.load $b offset=16 (i32.const 0))))
    (local.set $x (f64.add (local.get $x) (f64.const 1.5)))
    (drop (i32.trunc_sat_f64_s (local.get $x)))
    (drop (i32.extend8_s (i8x16.extract_lane_s 3 (local.get $v))))
    (block $out (block $in (br_table $in $out $in (local.get $n))))
    (drop (select (result funcref) (ref.null func) (ref.func $tick) (local.get $n)))
    (loop $again (br_if $again (i32.eqz (local.tee $n (i32.const 1)))))
    (drop (call_indirect $t (type $pair) (i32.const 1) (i64.const 2) (i32.const 1))) (drop)
    (i32.add (memory.grow $b (i32.const 1)) (i32.load8_u $b offset=70000 (i32.const 1))))
  (start $start))`);

/** Reads everything that our reader knows of a module. */
const read = (wasm: Uint8Array) => measureCode(describeModule(wasm));

function codeOf(wasm: Uint8Array): string {
  try {
    read(wasm);
    return "accepted";
  } catch (error) {
    if (error instanceof FlowFusionError) return error.code;
    throw error;
  }
}

describe("describeModule", () => {
  it("reads every kind of declaration", () => {
    const module = describeModule(everything);
    expect(module.imports).toEqual([
      { module: "env", name: "base", kind: "global" },
      { module: "env", name: "tick", kind: "function" },
    ]);
    expect(module.functions.map(({ params }) => params.length)).toEqual([1, 2, 0, 1]);
    expect(module.functions[1]).toEqual({ params: ["i32", "i64"], results: ["i64", "i32"] });
    expect(module.tables).toEqual([
      { element: "funcref", minimum: 4, maximum: 8 },
      { element: "externref", minimum: 1 },
    ]);
    expect(module.memories).toEqual([{ minimum: 1, maximum: 2 }, { minimum: 1 }]);
    expect(module.globals[1]).toEqual({ type: "i64", mutable: true });
    expect(module.exports.map(({ name }) => name)).toEqual(["memory", "count", "swap", "run"]);
    expect(module.start).toBe(2);
    expect(module.dataSegmentCount).toBe(2);
    expect(module.dataBytes).toBe(10);
    expect(module.bodies.map(({ functionIndex }) => functionIndex)).toEqual([1, 2, 3]);
  });

  it("names the features in use", () => {
    expect([...read(everything).features].sort()).toEqual([
      "SIMD",
      "bulk memory",
      "multi-memory",
      "multi-value",
      "mutable globals",
      "reference types",
      "saturating float-to-int",
      "sign extension",
    ]);
    expect([...read(assemble('(module (func (export "f")))')).features]).toEqual([]);
  });

  it("never fails other than with a FlowFusionError on a module cut off at any byte", () => {
    expect(WebAssembly.validate(everything)).toBe(true);
    expect(codeOf(everything)).toBe("accepted");
    for (let length = 0; length < everything.length; length++) {
      const cut = everything.subarray(0, length);
      // A cut between two sections may leave a module; the engine has to agree that it is one.
      if (codeOf(cut) === "accepted") expect([length, WebAssembly.validate(cut)]).toEqual([length, true]);
    }
  });

  it("never fails other than with a FlowFusionError on bytes changed at random, and accepts no less than it knows", () => {
    const change = fc.record({ at: fc.nat(everything.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const changed = Uint8Array.from(everything);
        for (const { at, to } of changes) changed[at] = to;
        const code = codeOf(changed);
        // What the engine takes and we do not may only be a feature or a size that we refuse by name.
        if (WebAssembly.validate(changed)) expect(["accepted", "FF_MODULE_FEATURE", "FF_MODULE_LIMIT"]).toContain(code);
      }),
      { numRuns: 5_000 },
    );
  });

  const malformed: [title: string, wasm: Uint8Array, message: RegExp][] = [
    ["no bytes at all", new Uint8Array(0), /not a WebAssembly module/],
    ["other bytes", new TextEncoder().encode("hello, world"), /not a WebAssembly module.*byte 0x0/],
    ["another version", Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), /version is not 1 at byte 0x4/],
    ["a component", Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), /a component, a core module is expected/],
    ["a section longer than the file", Uint8Array.of(...moduleOf(), 1, 9, 0), /9 bytes announced, 1 left/],
    ["a section twice", moduleOf([1, [0]], [1, [0]]), /section 1 twice or out of order at byte 0xb/],
    ["sections out of order", moduleOf([3, [0]], [1, [0]]), /section 1 twice or out of order/],
    ["an unknown section", moduleOf([77, [0]]), /unknown section 77/],
    ["bytes behind a section's content", moduleOf([1, [0, 0]]), /section 1 has bytes beyond its content/],
    ["a type that is not there", moduleOf([1, [0]], [3, [1, 4]]), /type 4 named, 0 present/],
    ["a function without a body", moduleOf([1, [1, 0x60, 0, 0]], [3, [1, 0]]), /1 functions declared, 0 bodies/],
    ["a wrong number of data segments", moduleOf([12, [2]], [11, [0]]), /2 data segments declared, 0 present/],
    ["a maximum below the minimum", moduleOf([5, [1, 1, 9, 3]]), /maximum 3 below minimum 9/],
    ["an export twice", moduleOf([5, [1, 0, 1]], [7, [2, 1, 97, 2, 0, 1, 97, 2, 0]]), /export "a" twice/],
    ["an unknown instruction", moduleOfCode([0x27]), /unknown instruction 0x27 in function 0 at byte/],
    ["a block left open", moduleOfCode([0x02, 0x40]), /unexpected end/],
    ["instructions behind the function's end", moduleOfCode([0x0b, 0x01]), /instructions beyond the function's end/],
    ["a call in a constant expression", moduleOf([6, [1, 0x7f, 0, 0x10, 0, 0x0b]]), /opcode 0x10 in a constant expr/],
    ["a custom section without a name", moduleOf([0, []]), /unexpected end/],
  ];
  it.each(malformed)("refuses %s and says where", (_, wasm, message) => {
    expect(() => read(wasm)).toThrow(message);
    expect(codeOf(wasm)).toBe("FF_MODULE_MALFORMED");
  });

  it("refuses to keep more entries than it is meant to, however short each is", () => {
    const types = [0xff, 0xff, 0x03, ...Array.from({ length: 65_535 * 3 }, (_, at) => (at % 3 === 0 ? 0x60 : 0))];
    expect(() => read(moduleOf([1, types]))).toThrow(/65535 types at byte 0xc, 20000 allowed/);
  });

  it("walks half a million nested blocks without recursion", () => {
    const depth = 500_000;
    const blocks = Array.from({ length: depth * 2 }, (_, at) => (at % 2 === 0 ? 0x02 : 0x40));
    const wasm = moduleOfCode([...blocks, ...Array<number>(depth).fill(0x0b)]);
    expect(read(wasm).nestingMax).toBe(depth + 1);
  });
});

describe("features that are refused", () => {
  const refusedText: [feature: string, text: string][] = [
    ["tail calls (return_call)", "(module (func $f (return_call $f)))"],
    [
      "tail calls (return_call_indirect)",
      "(module (type $t (func)) (table 1 funcref) (func (return_call_indirect (type $t) (i32.const 0))))",
    ],
    ["threads (shared memory)", "(module (memory 1 2 shared))"],
    ["threads (opcode 0xfe10)", "(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))"],
    ["memory64", "(module (memory i64 1))"],
    ["exceptions (tag section)", "(module (tag $e))"],
    ["exceptions (try_table)", "(module (func (block $b (try_table (catch_all $b)))))"],
    [
      "garbage collection (type form 0x5f)",
      "(module (type $s (struct (field i32))) (func (drop (struct.new $s (i32.const 1)))))",
    ],
    [
      "relaxed SIMD (opcode 0xfd100)",
      "(module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))",
    ],
    ["extended constant expressions", "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))"],
    ["typed function references (type 0x63)", "(module (type $t (func)) (func (param (ref null $t))))"],
  ];
  // What the assembler has no words for.
  const refusedBytes: [feature: string, wasm: Uint8Array][] = [
    ["half-precision floats (opcode 0xfd121)", moduleOfCode([0xfd, 0xa1, 0x02])],
    ["wide arithmetic (opcode 0xfc13)", moduleOfCode([0xfc, 0x13])],
    ["custom page sizes (limits)", moduleOf([5, [1, 8, 1, 0]])],
    ["compact imports (kind 0x7f)", moduleOf([2, [1, 1, 97, 0, 0x7f]])],
    ["threads (shared global)", moduleOf([6, [1, 0x7f, 2, 0x41, 0, 0x0b]])],
  ];
  const refused = [
    ...refusedText.map(([feature, text]) => [feature, () => assembleRefused(text)] as const),
    ...refusedBytes.map(([feature, wasm]) => [feature, () => wasm] as const),
  ];
  it.each(refused)("are named: %s", (feature, wasm) => {
    expect(() => read(wasm())).toThrow(
      expect.objectContaining({ code: "FF_MODULE_FEATURE", message: expect.stringContaining(`uses ${feature}`) }),
    );
  });

  it("are all in the table above", () => {
    const tried = refused.map(([feature]) => feature.replace(/ \(.*/, ""));
    expect(new Set(tried)).toEqual(new Set(refusedFeatures));
  });

  it("are named with function and byte", () => {
    expect(() => read(moduleOfCode([0x01, 0x12, 0x00]))).toThrow(
      "uses tail calls (return_call) at function 0, byte 0x18",
    );
  });
});
