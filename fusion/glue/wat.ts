// Writes the glue module as WebAssembly text: imports every node's memory and functions (node 3 is module "n3") and
// exports what the host calls. Text, because a person can read it: `flowfusion fuse --glue` prints it.

import { startExport } from "../link/linkable.ts";
import { faultFunction } from "./fault.ts";
import { abiVersion, controlBlock, type Layout, littleBytesMax } from "./layout.ts";
import { lifecycleFunctions } from "./lifecycle.ts";
import type { Plan, PlannedNode } from "./plan.ts";
import { routingFunctions } from "./routing.ts";
import { stateFunctions } from "./state.ts";

export function writeGlue(plan: Plan): string {
  const { layout } = plan;
  return [
    "(module",
    ...plan.nodes.flatMap(importsOf),
    `(memory $io (export "memory") ${layout.initialPages})`,
    `(global (export "control") i32 (i32.const ${layout.controlStart}))`,
    '(global $current_node (export "current_node") (mut i32) (i32.const -1))',
    controlData(plan),
    `(data (memory $io) (i32.const ${layout.staticStart}) "${escapeBytes(plan.staticData)}")`,
    reserveFunction(layout),
    faultFunction(layout),
    ...routingFunctions(plan),
    ...lifecycleFunctions(plan),
    ...stateFunctions(plan),
    ")",
  ].join("\n");
}

function importsOf(node: PlannedNode): string[] {
  const { index, exports } = node;
  const from = (name: string, as: string, type: string) =>
    `(import "n${index}" "${name}" (func $${as}_${index} ${type}))`;
  const call = (name: string | undefined, as: string, type: string) =>
    name === undefined ? [] : [from(name, as, type)];
  const post = "(param i32)";
  return [
    `(import "n${index}" "memory" (memory $m${index} 0))`,
    from("cabi_realloc", "realloc", "(param i32 i32 i32 i32) (result i32)"),
    from("handle", "handle", "(param i32 i32 i32) (result i32)"),
    ...(exports.handleScalar === undefined
      ? []
      : [
          from(exports.handleScalar, "handle_scalar", "(param i32 i32 i64) (result i32)"),
          `(import "n${index}" "scalar_meta" (global $scalar_meta_${index} (mut i32)))`,
          `(import "n${index}" "scalar_bits" (global $scalar_bits_${index} (mut i64)))`,
        ]),
    ...(node.properties === undefined
      ? []
      : [
          ...call(node.hasStart ? startExport : undefined, "start", ""),
          ...call(exports.initialize, "initialize", ""),
          ...call(exports.configure, "configure", "(param i32 i32) (result i32)"),
          ...call(exports.postConfigure, "post_configure", post),
        ]),
    ...call(exports.tick, "tick", "(param i64) (result i32)"),
    ...call(exports.saveState, "save", "(result i32)"),
    ...call(exports.loadState, "load", "(param i32 i32) (result i32)"),
    ...call(exports.postHandle, "post_handle", post),
    ...call(exports.postTick, "post_tick", post),
    ...call(exports.postSaveState, "post_save", post),
    ...call(exports.postLoadState, "post_load", post),
  ];
}

function controlData({ layout, nodes }: Plan): string {
  const words = new Uint32Array(controlBlock.sizeBytes / 4);
  words[controlBlock.abi / 4] = abiVersion;
  words[controlBlock.outboxStart / 4] = layout.outboxStart;
  words[controlBlock.countersStart / 4] = layout.countersStart;
  words[controlBlock.nodeCount / 4] = nodes.length;
  words[controlBlock.inputStart / 4] = layout.inputStart;
  words[controlBlock.fuelStart / 4] = layout.fuelStart;
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setUint32(index * 4, word, true);
  });
  return `(data (memory $io) (i32.const ${layout.controlStart}) "${escapeBytes(bytes)}")`;
}

/** Makes room for `length` bytes of input or state. What an earlier call handed out is overwritten. */
function reserveFunction(layout: Layout): string {
  return `
(func $reserve (export "reserve") (param $length i32) (result i32)
  (local $missing i32)
  (if (i32.le_u (local.get $length) (i32.const ${littleBytesMax})) (then (return (i32.const ${layout.littleStart}))))
  (local.set $missing (i32.sub
    (i32.add (i32.shr_u (i32.add (local.get $length) (i32.const 65535)) (i32.const 16)) (i32.const ${layout.inputStart / 65536}))
    (memory.size $io)))
  (if (i32.gt_s (local.get $missing) (i32.const 0))
    (then (if (i32.eq (memory.grow $io (local.get $missing)) (i32.const -1)) (then unreachable))))
  (i32.const ${layout.inputStart}))`;
}

function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
}
