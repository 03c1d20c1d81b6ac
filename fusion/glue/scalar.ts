// The short way of a message without a body. It stays in the flow's own memory, where the host put it; what travels are
// its address and, as locals, what nodes look at and change: `meta` (kind and quality) and `bits`. A node is asked by
// `handle_scalar`, which answers on which ports the message goes on and whether its value changed; after inlining that is
// a few instructions. Nothing is copied until the message reaches the outbox, or a node that wants it whole.
//
// Nearly all readings are float64 of good quality. For those, called plain, every function is there a second time, with
// that as a constant, so that a node's questions about it fall away once it is inlined.
//
//   handle_scalar(port, meta, bits) → outcome   < 0 declined · bit 0-3 ports, ascending · bit 4 value in scalar_*
//
// What must hold: the outcome is what `handle` would have emitted for the same message, which the reference runner, that
// only knows `handle`, is the witness of. Nodes still see no memory but their own.

import { countEmission } from "./counters.ts";
import { headerBytes, memoryOf, openFrame } from "./memory.ts";
import type { Plan, PlannedNode } from "./plan.ts";
import { fuelLocal, measured } from "./profile.ts";

const changedFlag = 16;

export const takesScalars = ({ exports }: PlannedNode): boolean => exports.handleScalar !== undefined;
export const scalarName = (index: number): string => `$scalar_${index}`;
const wholeName = (index: number): string => `$whole_${index}`;

/** `meta` of a float64 of good quality, which nearly every reading is. */
export const plainMeta = 3;
/** The scalar way of a plain reading: `meta` is a constant there. */
export const plainName = (index: number): string => `$plain_${index}`;

export function scalarFunctions(plan: Plan, usesCopy: Set<string>): string[] {
  const reached = reachable(plan);
  return plan.nodes
    .filter(({ index }) => reached.has(index))
    .flatMap((node) => {
      usesCopy.add(`io ${memoryOf(node.index)}`);
      if (node.sink !== undefined) usesCopy.add("io io");
      return [
        wholeFunction(plan, node),
        ...(takesScalars(node) ? [scalarFunction(plan, node), plainFunction(plan, node)] : []),
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

/** Any reading: `meta` tells of what kind and quality. */
function scalarFunction(plan: Plan, node: PlannedNode): string {
  const { index, constantOutcome } = node;
  const head = `
(func ${scalarName(index)} (param $port i32) (param $message i32) (param $meta i32) (param $bits i64)`;
  if (constantOutcome !== undefined) return `${head} ${passOnAll(plan, node, constantOutcome, scalarCall)})`;
  const ask = `(local.set $outcome (call $handle_scalar_${index} (local.get $port) (local.get $meta) (local.get $bits)))`;
  return `${head}
  (local $outcome i32) ${fuelLocal}
  (global.set $current_node (i32.const ${index}))
  ${measured(plan, node, 1, ask)}
  ${declinedOrChanged(index, "(local.get $meta)")}
  ${passOnSome(plan, node, scalarCall)})`;
}

/** A plain reading. What comes out of a node that changes values is looked at again. */
function plainFunction(plan: Plan, node: PlannedNode): string {
  const { index, constantOutcome } = node;
  const head = `
(func ${plainName(index)} (param $port i32) (param $message i32) (param $bits i64)`;
  if (constantOutcome !== undefined) return `${head} ${passOnAll(plan, node, constantOutcome, plainCall)})`;
  return `${head}
  (local $outcome i32) (local $meta i32)
  (global.set $current_node (i32.const ${index}))
  (local.set $outcome (call $handle_scalar_${index} (local.get $port) (i32.const ${plainMeta}) (local.get $bits)))
  (local.set $meta (i32.const ${plainMeta}))
  ${declinedOrChanged(index, `(i32.const ${plainMeta})`)}
  ${passOnSome(plan, node, unknownCall)})`;
}

/** Declined, or another value; one question for messages that pass as they came. `meta`: that of the incoming message. */
const declinedOrChanged = (index: number, meta: string): string => `
  (if (i32.ge_u (local.get $outcome) (i32.const ${changedFlag})) (then
    (if (i32.lt_s (local.get $outcome) (i32.const 0))
      (then (call ${wholeName(index)} (local.get $port) (local.get $message) ${meta} (local.get $bits)) (return)))
    (if (i32.and (local.get $outcome) (i32.const ${changedFlag}))
      (then
        (local.set $meta (global.get $scalar_meta_${index}))
        (local.set $bits (global.get $scalar_bits_${index}))))))`;

/** How a message goes on over a wire, or to the outbox with its `meta`. */
interface Call {
  readonly meta: string;
  readonly over: (target: PlannedNode, port: number) => string;
}

const whole = (target: PlannedNode, port: number, meta: string): string =>
  `(call ${wholeName(target.index)} (i32.const ${port}) (local.get $message) ${meta} (local.get $bits))`;
const scalar = (target: PlannedNode, port: number): string =>
  `(call ${scalarName(target.index)} (i32.const ${port}) (local.get $message) (local.get $meta) (local.get $bits))`;
const plain = (target: PlannedNode, port: number): string =>
  `(call ${plainName(target.index)} (i32.const ${port}) (local.get $message) (local.get $bits))`;

const scalarCall: Call = {
  meta: "(local.get $meta)",
  over: (target, port) => (takesScalars(target) ? scalar(target, port) : whole(target, port, scalarCall.meta)),
};
const plainCall: Call = {
  meta: `(i32.const ${plainMeta})`,
  over: (target, port) => (takesScalars(target) ? plain(target, port) : whole(target, port, plainCall.meta)),
};
/** Plain or not, as `$meta` tells. */
const unknownCall: Call = {
  meta: "(local.get $meta)",
  over: (target, port) =>
    takesScalars(target)
      ? `(if (i32.eq (local.get $meta) (i32.const ${plainMeta})) (then ${plain(target, port)}) (else ${scalar(target, port)}))`
      : whole(target, port, unknownCall.meta),
};

const portsOf = ({ sink, outputs }: PlannedNode): number[] =>
  sink === undefined ? outputs.map((_, port) => port) : [0];

/** On the ports of a constant; counted by nobody, see counters.ts. */
function passOnAll(plan: Plan, node: PlannedNode, ports: number, call: Call): string {
  return portsOf(node)
    .filter((port) => (ports >> port) & 1)
    .map((port) => passOn(plan, node, port, call))
    .join(" ");
}

/** On the ports that `$outcome` names. */
function passOnSome(plan: Plan, node: PlannedNode, call: Call): string {
  return portsOf(node)
    .map(
      (port) => `
  (if (i32.and (local.get $outcome) (i32.const ${1 << port}))
    (then ${countEmission(plan, node, port)} ${passOn(plan, node, port, call)}))`,
    )
    .join("");
}

function passOn({ nodes }: Plan, node: PlannedNode, port: number, call: Call): string {
  if (node.sink !== undefined) {
    return `
    (global.set $current_node (i32.const ${node.index}))
    (call $outbox_scalar_${node.index} (local.get $message) ${call.meta} (local.get $bits))`;
  }
  return (node.outputs[port] ?? []).map(({ target, targetPort }) => call.over(nodes[target]!, targetPort)).join(" ");
}

/** Puts the message together in the node's memory and hands it over whole. */
function wholeFunction(plan: Plan, node: PlannedNode): string {
  const { index } = node;
  const memory = memoryOf(index);
  const room = `(local.set $at (call $realloc_${index} (i32.const 0) (i32.const 0) (i32.const 8) (local.get $length)))`;
  return `
(func ${wholeName(index)} (param $port i32) (param $message i32) (param $meta i32) (param $bits i64)
  (local $length i32) (local $at i32) ${fuelLocal}
  (global.set $current_node (i32.const ${index}))
  (local.set $length ${scalarLength})
  ${measured(plan, node, 0, room)}
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
