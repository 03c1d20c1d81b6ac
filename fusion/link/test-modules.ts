// Modules for the tests of the linker: one that has everything an index can stand in, one with many of each thing, and
// the glue that makes all functions and memories of any such modules visible.

import { describeModule } from "../binary/module.ts";
import { assemble } from "../binary/testing.ts";
import type { LinkInput } from "./index-spaces.ts";

/** Glue and a node for each text. The glue exports a way to call each function (i32) -> i32 and to read each memory. */
export function linkInputs(texts: readonly string[]): LinkInput[] {
  const assembled = new Map(texts.map((text) => [text, assemble(text)]));
  const nodes = texts.map((text, index) => ({ name: `n${index}`, wasm: assembled.get(text)! }));
  return [{ name: "glue", wasm: assemble(glueFor(nodes)) }, ...nodes];
}

function glueFor(nodes: readonly LinkInput[]): string {
  const exported = nodes.flatMap(({ name, wasm }) =>
    describeModule(wasm).exports.map((entry) => ({ module: name, ...entry, id: `${name}_${entry.name}` })),
  );
  const functions = exported.filter(({ kind }) => kind === "function");
  const memories = exported.filter(({ kind }) => kind === "memory");
  const globals = exported.filter(({ kind }) => kind === "global");
  return `(module
    ${functions.map(({ module, name, id }) => `(import "${module}" "${name}" (func $${id} (param i32) (result i32)))`).join("\n")}
    ${memories.map(({ module, name, id }) => `(import "${module}" "${name}" (memory $${id} 0))`).join("\n")}
    ${globals.map(({ module, name, id }) => `(import "${module}" "${name}" (global $${id} (mut i32)))`).join("\n")}
    (memory $io 1) (global $calls (mut i32) (i32.const 0)) (data (memory $io) (i32.const 8) "glue")
    ${functions.map(({ id }) => callFunction(id)).join("\n")}
    ${memories.map(({ id }) => readFunction(id)).join("\n")}
    ${globals.map(({ id }) => countFunction(id)).join("\n")}
    (func (export "own") (param i32) (result i32) (i32.add (global.get $calls) (i32.load $io (local.get 0)))))`;
}

const callFunction = (id: string): string => `(func (export "call_${id}") (param i32) (result i32)
  (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (i32.store $io (i32.const 0) (local.get 0))
  (call $${id} (local.get 0)))`;

const readFunction = (id: string): string => `(func (export "read_${id}") (param i32) (result i32)
  (memory.copy $io $${id} (i32.const 64) (i32.and (local.get 0) (i32.const 0xff)) (i32.const 16))
  (i32.xor (i32.load $io (i32.const 64)) (i32.load $${id} offset=4 (local.get 0))))`;

const countFunction = (id: string): string => `(func (export "count_${id}") (param i32) (result i32)
  (global.set $${id} (i32.add (global.get $${id}) (local.get 0))) (global.get $${id}))`;

/** One module with everything that bears an index. All its exports are functions (i32) -> i32, a memory and a global. */
export const everything = `(module
  (type $unary (func (param i32) (result i32)))
  (type $pair (func (param i32) (result i32 i64)))
  (type $block (func (param i32) (result i32)))
  (type $results (func (result i32 i64)))
  (memory $m (export "memory") 1 3)
  (table $first 4 funcref) (table $second 6 10 funcref) (table $extern 2 5 externref)
  (global $count (export "count") (mut i32) (i32.const 3))
  (global $double (mut f64) (f64.const 1.5)) (global $float f32 (f32.const 0.25)) (global $long i64 (i64.const -5000000000))
  (global $vector v128 (v128.const i32x4 1 2 3 4)) (global $null (mut funcref) (ref.null func))
  (global $reference funcref (ref.func $triple)) (global $twin i32 (i32.const 70000)) (global $start i32 (i32.const 2))
  (elem declare func $hidden)
  (elem $active (table $second) (global.get $start) func $add_one $triple)
  (elem $zero (table $first) (i32.const 1) func $triple $add_one)
  (elem $passive func $add_one $triple $add_one)
  (elem $expressions funcref (ref.func $triple) (ref.null func) (ref.func $add_one))
  (elem $drop func $triple)
  (data $text (memory $m) (i32.const 16) "active data of this module")
  (data $hidden_text "passive data, copied when asked for")
  (data $gone "dropped")
  (func $add_one (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func $triple (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func $hidden (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  (func $both (type $pair) (i32.add (local.get 0) (i32.const 9)) (i64.extend_i32_s (local.get 0)))
  (func (export "call") (param i32) (result i32) (call $triple (call $add_one (local.get 0))))
  (func (export "indirect") (param i32) (result i32)
    (i32.add (call_indirect $second (type $unary) (i32.const 5) (local.get 0))
             (call_indirect $first (type $unary) (i32.const 7) (i32.const 1))))
  (func (export "multi") (param i32) (result i32) (local $wide i64)
    (local.set $wide (i64.const 0x123456789))
    (block $b (type $results) (call $both (local.get 0)))
    local.set $wide
    (if (type $block) (i32.gt_s (local.get 0) (i32.const 2)) (then (i32.add (i32.const 100))) (else (i32.sub (i32.const 7))))
    (i32.add (i32.wrap_i64 (local.get $wide)))
    (loop $l (type $block) (i32.sub (i32.const 300)) (br_if $l (i32.const 0))))
  (func (export "globals") (param i32) (result i32)
    (global.set $count (i32.add (global.get $count) (local.get 0)))
    (global.set $double (f64.mul (global.get $double) (f64.const 1.25)))
    (i32.add (global.get $count) (i32.add (i32.trunc_sat_f64_s (global.get $double))
      (i32.add (i32.wrap_i64 (global.get $long)) (i32.trunc_sat_f32_s (f32.mul (global.get $float) (f32.const 100)))))))
  (func (export "references") (param i32) (result i32)
    (global.set $null (select (result funcref) (ref.func $hidden) (global.get $reference) (local.get 0)))
    (table.set $first (i32.const 0) (global.get $null))
    (i32.add (ref.is_null (table.get $second (local.get 0))) (call_indirect $first (type $unary) (i32.const 11) (i32.const 0))))
  (func (export "tables") (param i32) (result i32)
    (table.init $first $passive (i32.const 0) (i32.const 0) (i32.const 3))
    (table.init $second $expressions (i32.const 0) (i32.and (local.get 0) (i32.const 1)) (i32.const 2))
    (table.copy $second $first (i32.const 3) (i32.const 1) (i32.const 2))
    (global.set $count (i32.add (call_indirect $second (type $unary) (i32.const 40) (i32.const 3))
      (call_indirect $second (type $unary) (i32.const 50) (i32.const 4))))
    (table.fill $second (i32.const 5) (ref.func $hidden) (i32.const 1))
    (table.fill $extern (i32.const 0) (ref.null extern) (i32.const 2))
    (drop (table.grow $extern (ref.null extern) (i32.const 1)))
    (i32.add (i32.mul (table.size $second) (i32.const 16))
      (i32.add (table.grow $second (ref.func $triple) (i32.const 1))
        (i32.add (i32.mul (table.size $extern) (i32.const 256)) (call_indirect $second (type $unary) (i32.const 13) (i32.const 5))))))
  (func (export "drop") (param i32) (result i32) (elem.drop $drop) (data.drop $gone)
    (if (i32.eq (local.get 0) (i32.const 3)) (then (table.init $first $drop (i32.const 0) (i32.const 0) (i32.const 1))))
    (if (i32.eq (local.get 0) (i32.const 7)) (then (memory.init $gone (i32.const 0) (i32.const 0) (i32.const 1))))
    (i32.const 1))
  (func (export "bulk") (param i32) (result i32)
    (memory.init $m $hidden_text (i32.const 100) (i32.const 3) (i32.const 20))
    (memory.fill $m (i32.const 200) (local.get 0) (i32.const 9))
    (memory.copy $m $m (i32.const 300) (i32.const 16) (i32.const 30))
    (i32.add (i32.load8_u (i32.const 203))
      (i32.add (i32.load16_u offset=290 align=1 (local.get 0)) (i32.load8_s offset=99 (local.get 0)))))
  (func (export "grow") (param i32) (result i32)
    (i32.add (i32.mul (memory.grow (i32.and (local.get 0) (i32.const 1))) (i32.const 10)) (memory.size)))
  (func (export "access") (param i32) (result i32)
    (i64.store offset=70000 align=4 (local.get 0) (i64.load offset=16 (local.get 0)))
    (f64.store offset=400 (i32.const 0) (f64.load offset=16 (i32.const 0)))
    (i32.store8 offset=500 (i32.const 1) (local.get 0))
    (i32.add (global.get $twin) (i32.load offset=400 (local.get 0))))
  (func (export "vector") (param i32) (result i32) (local $v v128)
    (local.set $v (v128.load offset=16 align=1 (local.get 0)))
    (local.set $v (v128.load32_lane offset=20 2 (local.get 0) (local.get $v)))
    (local.set $v (i32x4.add (local.get $v) (v128.load8x8_s offset=24 (local.get 0))))
    (local.set $v (i32x4.add (local.get $v) (v128.load64_zero offset=1 (local.get 0))))
    (v128.store64_lane offset=600 1 (i32.const 0) (local.get $v))
    (v128.store offset=616 (i32.const 0) (i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31 (local.get $v) (global.get $vector)))
    (i32.add (i32.add (i32x4.extract_lane 2 (local.get $v)) (i32.load offset=604 (i32.const 0)))
      (i32.add (i32x4.extract_lane 3 (local.get $v)) (i32.load offset=620 (i32.const 0))))))`;

/** A module with `count` functions, types, globals, tables and segments, each of which shows in what it gives. */
export function manyOfEach(count: number): string {
  const each = (write: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => write(index)).join("\n");
  // Signatures of up to seven binary digits, so that there are as many types.
  const params = (index: number) =>
    `i32 ${[...index.toString(2)].map((bit) => (bit === "1" ? "i64" : "f32")).join(" ")}`;
  const zeroes = (index: number) =>
    [...index.toString(2)].map((bit) => (bit === "1" ? "(i64.const 0)" : "(f32.const 0)")).join(" ");
  return `(module (memory (export "memory") 1)
    (type $unary (func (param i32) (result i32)))
    ${each((index) => `(table $t${index} 2 funcref)`)}
    ${each((index) => `(global $g${index} (mut i32) (i32.const ${index}))`)}
    ${each((index) => `(elem (table $t${index}) (i32.const ${index % 2}) func $pick${index})`)}
    ${each((index) => `(elem $e${index} func $pick${index})`)}
    ${each((index) => `(data $d${index} "${String.fromCharCode(97 + (index % 26))}")`)}
    ${each((index) => `(func $typed${index} (param ${params(index)}) (result i32) (i32.add (local.get 0) (global.get $g${index})))`)}
    ${each(
      (index) => `(func $pick${index} (param i32) (result i32)
        (memory.init $d${index} (i32.const ${index}) (i32.const 0) (i32.const 1))
        (table.init $t${index} $e${index} (i32.const ${1 - (index % 2)}) (i32.const 0) (i32.const 1))
        (global.set $g${index} (i32.add (global.get $g${index}) (i32.const 1)))
        (call $typed${index} (local.get 0) ${zeroes(index)}))`,
    )}
    (func (export "all") (param $x i32) (result i32)
      ${each((index) => `(local.set $x (i32.rotl (i32.xor (local.get $x) (call_indirect $t${index} (type $unary) (local.get $x) (i32.const ${index % 2}))) (i32.const 3)))`)}
      (i32.add (local.get $x) (i32.load (i32.const ${Math.max(0, count - 4)})))))`;
}
