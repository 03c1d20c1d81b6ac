// Fuel by node. While the host has set `profiling`, the glue reads the fuel that is left before and behind each call into
// a node, and adds the difference to the node's record. It reads it by `fuel_probe`, which gives 0: the pass that meters an
// artefact puts the fuel in, and begins a new charge behind each call of it, so that what one side runs is charged there.
// While profiling, all messages take the general way, since on the fast one no node has an end of its own.

import { fuelWords } from "./layout.ts";
import type { Plan, PlannedNode } from "./plan.ts";

/** Functions that must stay functions, for the metering pass to find. */
export const profileFunctionsApart = ["fuel_probe", "account"];

/** The local that functions which measure need. */
export const fuelLocal = "(local $fuel i64)";

export const profileFunctions = `
(global $profiling (export "profiling") (mut i32) (i32.const 0))
(func $fuel_probe (export "fuel_probe") (result i64) (i64.const 0))
(func $account (param $at i32) (param $used i64) (param $messages i64)
  (i64.store $io (local.get $at) (i64.add (i64.load $io (local.get $at)) (local.get $used)))
  (i64.store $io offset=8 (local.get $at) (i64.add (i64.load $io offset=8 (local.get $at)) (local.get $messages))))`;

/** A call into a node, which may be profiled. `messages`: how many it is for. */
export function measured({ layout }: Plan, { index }: PlannedNode, messages: 0 | 1, call: string): string {
  return `
  (if (global.get $profiling) (then (local.set $fuel (call $fuel_probe))))
  ${call}
  (if (global.get $profiling) (then
    (call $account (i32.const ${layout.fuelStart + index * fuelWords * 8}) (i64.sub (local.get $fuel) (call $fuel_probe)) (i64.const ${messages}))))`;
}
