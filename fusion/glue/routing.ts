// The hot path: input → node → wires → next node or outbox, depth first, message by message. This file holds the general
// way, for any message and any node; scalar.ts the short one, which a reading takes through nodes that offer it.
//
// For every node there is `run`, which hands it one message that already lies in its memory and passes on what it
// emits; for every wire `wire`, which copies a message from the source's memory into the target's. A node's
// emissions are checked before they go anywhere: a pointer or length that does not hold together stops the flow.
//
// What must hold: `current_node` names the node whose code runs, so that a trap can be laid at its door; whatever is
// in the outbox below `committedBytes` came from whole messages.

import { countEmission, countersFunction, countFrame, countWhole } from "./counters.ts";
import { fault } from "./fault.ts";
import { bodyBytesMax, controlBlock, emissionsMax, logFrameFlag, logPort, outboxHighWaterBytes } from "./layout.ts";
import { copyMessage, headerBytes, memoryOf, openFrame } from "./memory.ts";
import type { Plan, PlannedNode, PlannedWire } from "./plan.ts";
import { fuelLocal, measured, profileFunctions } from "./profile.ts";
import { plainMeta, plainName, scalarFunctions, scalarName, takesScalars } from "./scalar.ts";

/** Greatest kind of a message that has no body. */
const lastScalarKind = 3;

export function routingFunctions(plan: Plan): string[] {
  const usesCopy = new Set<string>();
  const functions = plan.nodes.flatMap((node) => [
    runFunction(plan, node),
    emitFunction(plan, node),
    ...(node.sink === undefined ? [] : [outboxFunction(plan, node, node.sink)]),
    outboxFunction(plan, node, logFrameFlag + node.index, "log"),
    ...node.outputs.flatMap((wires) => wires.map((wire) => wireFunction(plan, node, wire, usesCopy))),
  ]);
  const inputs = plan.nodes.filter((node) => node.input !== undefined);
  return [
    ...inputs.map((node) => inputFunction(plan, node, usesCopy)),
    ...functions,
    ...scalarFunctions(plan, usesCopy),
    ...[...usesCopy].map(copyFunction),
    executeFunction(plan, inputs),
    tickFunction(plan),
    countersFunction(plan),
    profileFunctions,
  ];
}

/** Reads each frame and calls the input that it names. */
function executeFunction({ layout }: Plan, inputs: readonly PlannedNode[]): string {
  const control = layout.controlStart;
  const labels = inputs.map((_, index) => `$input${index}`);
  const cases = inputs.reduce(
    (inner, node, index) => `
      (block $input${index} ${inner})
      (call $input_${node.index} (local.get $message) (local.get $length))
      (br $done_one)`,
    `(br_table ${labels.join(" ")} $bad (i32.load $io (local.get $at)))`,
  );
  return `
(func (export "execute_flow") (param $start i32) (param $bytes i32) (param $messages i32) (result i32)
  (local $at i32) (local $end i32) (local $message i32) (local $length i32)
  (local.set $at (local.get $start))
  (local.set $end (i32.add (local.get $start) (local.get $bytes)))
  (block $bad
    (block $done
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (loop $next
        (br_if $done (i32.ge_u (i32.load $io (i32.const ${control + controlBlock.outboxBytes})) (i32.const ${outboxHighWaterBytes})))
        (i32.store $io (i32.const ${control + controlBlock.committedBytes}) (i32.load $io (i32.const ${control + controlBlock.outboxBytes})))
        (i32.store $io (i32.const ${control + controlBlock.cursor}) (i32.sub (local.get $at) (local.get $start)))
        (br_if $bad (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const ${8 + headerBytes})))
        (local.set $message (i32.add (local.get $at) (i32.const 8)))
        (local.set $length (i32.load $io offset=4 (local.get $at)))
        (br_if $bad (i32.gt_u (local.get $length) (i32.sub (local.get $end) (local.get $message))))
        (br_if $bad (i32.ne (local.get $length) (i32.and (i32.add (i32.add
          (i32.load16_u $io offset=18 (local.get $message)) (i32.load $io offset=20 (local.get $message))) (i32.const ${headerBytes + 7})) (i32.const -8))))
        (block $done_one ${cases})
        (local.set $at (i32.add (local.get $message) (local.get $length)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $end)))))
    (i32.store $io (i32.const ${control + controlBlock.committedBytes}) (i32.load $io (i32.const ${control + controlBlock.outboxBytes})))
    (global.set $current_node (i32.const -1))
    (return (i32.sub (local.get $at) (local.get $start))))
  (global.set $current_node (i32.const -1))
  ${fault("invalidInput")}
  unreachable)`;
}

/** Lets every node with a `tick` emit, in node order. Gives the bytes in the outbox. `ticking` says how many nodes that are. */
function tickFunction(plan: Plan): string {
  const { layout, nodes } = plan;
  const outboxBytes = layout.controlStart + controlBlock.outboxBytes;
  const ticking = nodes.filter((node) => node.exports.tick !== undefined);
  return `
(global (export "ticking") i32 (i32.const ${ticking.length}))
(func (export "tick") (param $now i64) (result i32)
  ${ticking.length > 0 ? `(local $result i32) ${fuelLocal}` : ""}
  ${ticking
    .map(
      (node) => `
  (global.set $current_node (i32.const ${node.index}))
  (i32.store $io (i32.const ${layout.controlStart + controlBlock.committedBytes}) (i32.load $io (i32.const ${outboxBytes})))
  ${measured(plan, node, 0, `(local.set $result (call $tick_${node.index} (local.get $now)))`)}
  (call $emit_${node.index} (local.get $result))
  ${node.exports.postTick === undefined ? "" : measured(plan, node, 0, `(call $post_tick_${node.index} (local.get $result))`)}`,
    )
    .join("")}
  (i32.store $io (i32.const ${layout.controlStart + controlBlock.committedBytes}) (i32.load $io (i32.const ${outboxBytes})))
  (global.set $current_node (i32.const -1))
  (i32.load $io (i32.const ${outboxBytes})))`;
}

/** A message without a body takes the short way, if the input node offers it. */
function inputFunction(plan: Plan, node: PlannedNode, usesCopy: Set<string>): string {
  const { index } = node;
  usesCopy.add(`io ${memoryOf(index)}`);
  const whole = deliverFunction(plan, `$input_whole_${index}`, node, 0, "io", memoryOf(index));
  const message = "(local.get $start)";
  const short = `
  (if (i32.and
        (i64.eq (i64.and (i64.load $io offset=16 ${message}) (i64.const 0xffffffff0000ffff)) (i64.const ${plainMeta}))
        (i32.eqz (global.get $profiling)))
    (then (call ${plainName(index)} (i32.const 0) ${message} (i64.load $io offset=8 ${message})) (return)))
  (local.set $meta (i32.load16_u $io offset=16 ${message}))
  (if (i32.and (i32.le_u (i32.and (local.get $meta) (i32.const 255)) (i32.const ${lastScalarKind})) (i32.eqz (i32.load $io offset=20 ${message})))
    (then (call ${scalarName(index)} (i32.const 0) ${message} (local.get $meta) (i64.load $io offset=8 ${message})) (return)))`;
  return `${whole}
(func $input_${index} (param $start i32) (param $length i32)
  (local $meta i32)
  ${countFrame(plan, node)}
  ${takesScalars(node) ? short : ""}
  (call $input_whole_${index} ${message} (local.get $length)))`;
}

function wireFunction(plan: Plan, node: PlannedNode, wire: PlannedWire, usesCopy: Set<string>): string {
  usesCopy.add(`${memoryOf(node.index)} ${memoryOf(wire.target)}`);
  return deliverFunction(
    plan,
    wireName(node, wire),
    plan.nodes[wire.target]!,
    wire.targetPort,
    memoryOf(node.index),
    memoryOf(wire.target),
  );
}

function deliverFunction(
  plan: Plan,
  name: string,
  target: PlannedNode,
  port: number,
  from: string,
  to: string,
): string {
  const { index } = target;
  const room = `(local.set $at (call $realloc_${index} (i32.const 0) (i32.const 0) (i32.const 8) (local.get $length)))`;
  return `
(func ${name} (param $start i32) (param $length i32)
  (local $at i32) ${fuelLocal}
  (global.set $current_node (i32.const ${index}))
  ${measured(plan, target, 0, room)}
  (call $copy_${from}_${to} (local.get $at) (local.get $start) (local.get $length))
  (call $run_${index} (i32.const ${port}) (local.get $at) (local.get $length)))`;
}

function runFunction(plan: Plan, node: PlannedNode): string {
  const { index, exports } = node;
  const handle = `(local.set $result (call $handle_${index} (local.get $port) (local.get $start) (local.get $length)))`;
  const post = `(call $post_handle_${index} (local.get $result))`;
  return `
(func $run_${index} (param $port i32) (param $start i32) (param $length i32)
  (local $result i32) ${fuelLocal}
  ${countWhole(plan, node)}
  ${measured(plan, node, 1, handle)}
  (call $emit_${index} (local.get $result))
  ${exports.postHandle === undefined ? "" : measured(plan, node, 0, post)})`;
}

/** Passes on a list of emissions: pointer and length of (port, pointer, length) records, as the canonical ABI lays it out. */
function emitFunction(plan: Plan, node: PlannedNode): string {
  const { index } = node;
  const memory = `$${memoryOf(index)}`;
  const ports = Math.max(node.outputs.length, node.sink === undefined ? 0 : 1);
  const labels = Array.from({ length: ports }, (_, port) => `$port${port}`);
  const message = "(local.get $start) (local.get $length)";
  const cases = labels.reduce(
    (inner, label, port) => `
      (block ${label} ${inner})
      ${passOn(plan, node, port)}
      (br $passed)`,
    `(br_table ${[...labels, "$other"].join(" ")} (i32.load ${memory} (local.get $at)))`,
  );
  return `
(func $emit_${index} (param $list i32)
  (local $at i32) (local $end i32) (local $start i32) (local $length i32)
  (local.set $at (i32.load ${memory} (local.get $list)))
  (local.set $end (i32.load ${memory} offset=4 (local.get $list)))
  (if (i32.gt_u (local.get $end) (i32.const ${emissionsMax})) (then ${fault("invalidEmission")}))
  (local.set $end (i32.add (local.get $at) (i32.mul (local.get $end) (i32.const 12))))
  (block $done
    (loop $next
      (br_if $done (i32.eq (local.get $at) (local.get $end)))
      (local.set $start (i32.load ${memory} offset=4 (local.get $at)))
      (local.set $length (i32.load ${memory} offset=8 (local.get $at)))
      (if (i32.ne (local.get $length) (i32.and (i32.add (i32.add
            (i32.load16_u ${memory} offset=18 (local.get $start)) (i32.load ${memory} offset=20 (local.get $start))) (i32.const ${headerBytes + 7})) (i32.const -8)))
        (then ${fault("invalidEmission")}))
      (if (i32.gt_u (i32.load ${memory} offset=20 (local.get $start)) (i32.const ${bodyBytesMax})) (then ${fault("invalidEmission")}))
      ;; Traps here, in the node's name, when the message does not end within its memory.
      (drop (i64.load ${memory} (i32.sub (i32.add (local.get $start) (local.get $length)) (i32.const 8))))
      (block $passed
        (block $other ${cases})
        (if (i32.ne (i32.load ${memory} (local.get $at)) (i32.const ${logPort | 0})) (then ${fault("invalidEmission")}))
        (call $log_${index} ${message}))
      (local.set $at (i32.add (local.get $at) (i32.const 12)))
      (br $next))))`;
}

function passOn(plan: Plan, node: PlannedNode, port: number): string {
  const message = "(local.get $start) (local.get $length)";
  if (node.sink !== undefined) return `${countEmission(plan, node, 0)} (call $outbox_${node.index} ${message})`;
  const wires = node.outputs[port] ?? [];
  return [
    countEmission(plan, node, port),
    ...wires.map((wire) => `(call ${wireName(node, wire)} ${message})`),
    wires.length > 0 ? `(global.set $current_node (i32.const ${node.index}))` : "",
  ].join("\n      ");
}

/** Appends a frame to the outbox, from the node's memory. */
function outboxFunction({ layout }: Plan, node: PlannedNode, framePort: number, name = "outbox"): string {
  return `
(func $${name}_${node.index} (param $start i32) (param $length i32)
  (local $used i32) (local $at i32)
  ${openFrame(layout, framePort, "(local.get $length)")}
  (memory.copy $io $${memoryOf(node.index)} (i32.add (local.get $at) (i32.const 8)) (local.get $start) (local.get $length)))`;
}

function copyFunction(pair: string): string {
  const [from, to] = pair.split(" ") as [string, string];
  return `
(func $copy_${from}_${to} (param $to i32) (param $from i32) (param $length i32)
  ${copyMessage(from, to)})`;
}

const wireName = (node: PlannedNode, wire: PlannedWire): string =>
  `$wire_${node.index}_${node.outputs.findIndex((wires) => wires.includes(wire))}_${wire.target}_${wire.targetPort}`;
