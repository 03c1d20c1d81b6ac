// Code without loops may do much all the same: by the length of what it is made of, or of what it moves.

import { expect, test } from "vitest";
import { assemble } from "../binary/testing.ts";
import { defaultFlowLimits } from "../limits.ts";
import { meter } from "./meter.ts";

const run = (body: string) => `(func (export "run") ${body})`;
const fill = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 16777216))";
const divide = "(global.set $g (i64.div_s (global.get $g) (i64.const 3)))";

test.each([
  ["fills its memory by a constant, again and again", `(memory 256) ${run(fill.repeat(2_000))}`],
  [
    "calls again and again what fills its memory by a constant",
    `(memory 256) (func $fill ${fill}) ${run("(call $fill)".repeat(2_000))}`,
  ],
  [
    "calls again and again what takes long",
    `(global $g (mut i64) (i64.const 1)) (func $long ${divide.repeat(20_000)}) ${run("(call $long)".repeat(20_000))}`,
  ],
  [
    "fills its memory by a constant in a branch",
    `(memory 256) (func $fill (if (i32.const 1) (then ${fill}))) ${run("(call $fill)".repeat(2_000))}`,
  ],
])("a module that %s is stopped by its fuel", (_, fields) => {
  const metered = meter(assemble(`(module ${fields})`), defaultFlowLimits);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(metered));
  const fuel = exports.ff_fuel as WebAssembly.Global<bigint>;
  fuel.value = 1_000_000n;
  expect(exports.run as () => void).toThrow(WebAssembly.RuntimeError);
  expect(fuel.value).toBeLessThan(0n);
});
