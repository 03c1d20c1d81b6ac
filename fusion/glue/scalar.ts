// The short way of a message without a body. It stays in the flow's own memory, where the host put it; what travels are
// its address and, as locals, what nodes look at and change: `meta` (kind and quality) and `bits`. A node is asked by
// `handle_scalar`, which answers on which ports the message goes on and whether its value changed; after inlining that is
// a few instructions. Nothing is copied until the message reaches the outbox, or a node that wants it whole.
//
//   handle_scalar(port, meta, bits) → outcome   < 0 declined · bit 0-3 ports, ascending · bit 4 value in scalar_*
//
// What must hold: the outcome is what `handle` would have emitted for the same message, which the reference runner, that
// only knows `handle`, is the witness of. Nodes still see no memory but their own.

import { count, headerBytes, memoryOf, openFrame } from "./memory.ts";
import type { Plan, PlannedNode } from "./plan.ts";

const changedFlag = 16;

export const takesScalars = ({ exports }: PlannedNode): boolean => exports.handleScalar !== undefined;
export const scalarName = (index: number): string => `$scalar_${index}`;
const wholeName = (index: number): string => `$whole_${index}`;

export function scalarFunctions(plan: Plan, usesCopy: Set<string>): string[] {
  const reached = reachable(plan);
  return plan.nodes
    .filter(({ index }) => reached.has(index))
    .flatMap((node) => {
      usesCopy.add(`io ${memoryOf(node.index)}`);
      if (node.sink !== undefined) usesCopy.add("io io");
      return [
        wholeFunction(node),
        ...(takesScalars(node) ? [scalarFunction(plan, node)] : []),
        ...(takesScalars(node) && node.sink !== undefined ? [scalarOutboxFunction(plan, node, node.sink)] : []),
      ];
    });
}

/** Whether messages without a body go the short way over the wires between two nodes. */
export function scalarWires(plan: Plan): (source: PlannedNode, target: PlannedNode) => boolean {
  const reached = reachable(plan);
  return (source, target) => reached.has(source.index) && takesScalars(source) && takesScalars(target);
}

/** Nodes that a message can come to on the short way. */
function reachable({ nodes }: Plan): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = nodes.filter((node) => node.input !== undefined && takesScalars(node));
  for (let node = open.pop(); node; node = open.pop()) {
    if (reached.has(node.index)) continue;
    reached.add(node.index);
    if (takesScalars(node)) open.push(...node.outputs.flat().map(({ target }) => nodes[target]!));
  }
  return reached;
}

function scalarFunction(plan: Plan, node: PlannedNode): string {
  const { index } = node;
  const ports = node.sink === undefined ? node.outputs.map((_, port) => port) : [0];
  return `
(func ${scalarName(index)} (param $port i32) (param $message i32) (param $meta i32) (param $bits i64)
  (local $outcome i32)
  (global.set $current_node (i32.const ${index}))
  (local.set $outcome (call $handle_scalar_${index} (local.get $port) (local.get $meta) (local.get $bits)))
  (if (i32.lt_s (local.get $outcome) (i32.const 0))
    (then (call ${wholeName(index)} (local.get $port) (local.get $message) (local.get $meta) (local.get $bits)) (return)))
  ${count(plan, node, 0)}
  (if (i32.and (local.get $outcome) (i32.const ${changedFlag}))
    (then
      (local.set $meta (global.get $scalar_meta_${index}))
      (local.set $bits (global.get $scalar_bits_${index}))))
  ${ports.map((port) => `(if (i32.and (local.get $outcome) (i32.const ${1 << port})) (then ${passOn(plan, node, port)}))`).join("\n  ")})`;
}

function passOn(plan: Plan, node: PlannedNode, port: number): string {
  const scalar = "(local.get $message) (local.get $meta) (local.get $bits)";
  if (node.sink !== undefined) return `${count(plan, node, 1)} (call $outbox_scalar_${node.index} ${scalar})`;
  const calls = (node.outputs[port] ?? []).map(({ target, targetPort }) => {
    const name = takesScalars(plan.nodes[target]!) ? scalarName(target) : wholeName(target);
    return `(call ${name} (i32.const ${targetPort}) ${scalar})`;
  });
  return [count(plan, node, port + 1), ...calls].join(" ");
}

/** Puts the message together in the node's memory and hands it over whole. */
function wholeFunction({ index }: PlannedNode): string {
  const memory = memoryOf(index);
  return `
(func ${wholeName(index)} (param $port i32) (param $message i32) (param $meta i32) (param $bits i64)
  (local $length i32) (local $at i32)
  (global.set $current_node (i32.const ${index}))
  (local.set $length ${scalarLength})
  (local.set $at (call $realloc_${index} (i32.const 0) (i32.const 0) (i32.const 8) (local.get $length)))
  (call $copy_io_${memory} (local.get $at) (local.get $message) (local.get $length))
  (i64.store $${memory} offset=8 (local.get $at) (local.get $bits))
  (i32.store16 $${memory} offset=16 (local.get $at) (local.get $meta))
  (call $run_${index} (local.get $port) (local.get $at) (local.get $length)))`;
}

/** Length of a message without a body, from its topic's. */
const scalarLength = `(i32.and (i32.add (i32.load16_u $io offset=18 (local.get $message)) (i32.const ${headerBytes + 7})) (i32.const -8))`;

function scalarOutboxFunction({ layout }: Plan, { index }: PlannedNode, sink: number): string {
  return `
(func $outbox_scalar_${index} (param $message i32) (param $meta i32) (param $bits i64)
  (local $length i32) (local $used i32) (local $at i32)
  (local.set $length ${scalarLength})
  ${openFrame(layout, sink, "(local.get $length)")}
  (local.set $at (i32.add (local.get $at) (i32.const 8)))
  (call $copy_io_io (local.get $at) (local.get $message) (local.get $length))
  (i64.store $io offset=8 (local.get $at) (local.get $bits))
  (i32.store16 $io offset=16 (local.get $at) (local.get $meta)))`;
}
