// `configure`: starts every node that was not configured when the flow was fused, and hands it its properties. The first
// refusal ends it, with the node's name and its own words: a u32 length and a UTF-8 text, where `reserve` would have put
// input.

import { reasonBytesMax } from "./layout.ts";
import type { Plan, PlannedNode, Slice } from "./plan.ts";

export function lifecycleFunctions(plan: Plan): string[] {
  const unconfigured = plan.nodes.filter((node) => node.properties !== undefined);
  return [
    `
(func (export "configure") (result i32)
  (local $error i32)
  (drop (call $reserve (i32.const ${reasonBytesMax * 2})))
  ${unconfigured.map((node) => `(if (local.tee $error (call $configure_node_${node.index})) (then (return (local.get $error))))`).join("\n  ")}
  (global.set $current_node (i32.const -1))
  (i32.const 0))`,
    ...unconfigured.map((node) => configureNode(node, node.properties!)),
    ...plan.nodes
      .filter((node) => node.exports.loadState ?? (node.properties && node.exports.configure))
      .map((node) => reasonFunction(plan, node)),
  ];
}

function configureNode(node: PlannedNode, properties: Slice): string {
  const { index, exports } = node;
  const start = [
    node.hasStart ? `(call $start_${index})` : "",
    exports.initialize === undefined ? "" : `(call $initialize_${index})`,
  ].join(" ");
  if (exports.configure === undefined) {
    return `
(func $configure_node_${index} (result i32)
  (global.set $current_node (i32.const ${index}))
  ${start}
  (i32.const 0))`;
  }
  return `
(func $configure_node_${index} (result i32)
  (local $at i32) (local $error i32)
  (global.set $current_node (i32.const ${index}))
  ${start}
  (local.set $at (call $realloc_${index} (i32.const 0) (i32.const 0) (i32.const 8) (i32.const ${properties.length})))
  (memory.copy $m${index} $io (local.get $at) (i32.const ${properties.start}) (i32.const ${properties.length}))
  (local.set $at (call $configure_${index} (local.get $at) (i32.const ${properties.length})))
  (local.set $error (call $reason_${index} (local.get $at)))
  ${exports.postConfigure === undefined ? "" : `(call $post_configure_${index} (local.get $at))`}
  (local.get $error))`;
}

/** Reads a `result<_, string>`: 0 when it is good, else the address of "<node id>: <reason>". */
function reasonFunction({ layout }: Plan, { index, idText }: PlannedNode): string {
  const text = layout.inputStart + 4;
  return `
(func $reason_${index} (param $result i32) (result i32)
  (local $length i32)
  (if (i32.eqz (i32.load8_u $m${index} (local.get $result))) (then (return (i32.const 0))))
  (local.set $length (i32.load $m${index} offset=8 (local.get $result)))
  (if (i32.gt_u (local.get $length) (i32.const ${reasonBytesMax})) (then (local.set $length (i32.const ${reasonBytesMax}))))
  (memory.copy $io $io (i32.const ${text}) (i32.const ${idText.start}) (i32.const ${idText.length}))
  (i32.store16 $io (i32.const ${text + idText.length}) (i32.const 0x203a))
  (memory.copy $io $m${index} (i32.const ${text + idText.length + 2}) (i32.load $m${index} offset=4 (local.get $result)) (local.get $length))
  (i32.store $io (i32.const ${layout.inputStart}) (i32.add (local.get $length) (i32.const ${idText.length + 2})))
  (i32.const ${layout.inputStart}))`;
}
