// `save_state` and `load_state`: gathers the states of all nodes into one checked byte string and deals them out
// again, by node id and type. The format is in state-format.ts. `preload_state` deals out only to those nodes whose state
// a later `load_state` replaces.

import type { Layout } from "./layout.ts";
import type { Plan, PlannedNode } from "./plan.ts";
import { checksumPrime, checksumSeed, stateEntryHeaderBytes, stateHeaderBytes, stateMagic } from "./state-format.ts";

export function stateFunctions(plan: Plan): string[] {
  const stateful = plan.nodes.filter((node) => node.stateHead !== undefined);
  return [
    checksumFunction,
    saveFunction(plan, stateful),
    loadFunction(plan, stateful),
    ...stateful.flatMap((node) => [saveNode(plan, node), loadNode(node)]),
  ];
}

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

/** `$at`: where the header begins. The first word is taken in, then those from the entries on. */
const checksumFunction = `
(func $mix (param $hash i64) (param $word i64) (result i64)
  (local.set $hash (i64.mul (i64.xor (local.get $hash) (local.get $word)) (i64.const ${checksumPrime})))
  (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32))))
(func $checksum (param $at i32) (param $end i32) (result i64)
  (local $hash i64)
  (local.set $hash (call $mix (i64.const ${signed(checksumSeed)}) (i64.load $io (local.get $at))))
  (local.set $at (i32.add (local.get $at) (i32.const ${stateHeaderBytes})))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $hash (call $mix (local.get $hash) (i64.load $io (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $next)))
  (local.get $hash))`;

/**
 * Gives the address of a u32 length with the state right behind it, at a multiple of 8. The state is little until it no longer
 * fits there, and then goes on where there is room for much.
 */
function saveFunction({ layout }: Plan, stateful: readonly PlannedNode[]): string {
  return `
(func (export "save_state") (result i32)
  (local $at i32) (local $state i32)
  (local.set $at (i32.const ${layout.littleStart + 8 + stateHeaderBytes}))
  ${stateful.map(({ index }) => `(local.set $at (call $save_node_${index} (local.get $at)))`).join("\n  ")}
  (local.set $state (select (i32.const ${layout.littleStart + 8}) (i32.const ${layout.inputStart + 8}) ${isLittle(layout)}))
  (i32.store $io (i32.sub (local.get $state) (i32.const 4)) (i32.sub (local.get $at) (local.get $state)))
  (i32.store $io (local.get $state) (i32.const ${stateMagic}))
  (i32.store $io offset=4 (local.get $state) (i32.const ${stateful.length}))
  (i64.store $io offset=8 (local.get $state) (call $checksum (local.get $state) (local.get $at)))
  (global.set $current_node (i32.const -1))
  (i32.sub (local.get $state) (i32.const 4)))`;
}

const isLittle = ({ outboxStart }: Layout): string => `(i32.le_u (local.get $at) (i32.const ${outboxStart}))`;

/** Appends one node's entry at `$at`; gives the address behind it. */
function saveNode({ layout }: Plan, { index, exports, stateHead }: PlannedNode): string {
  const head = stateHead!;
  const { littleStart, outboxStart, inputStart } = layout;
  return `
(func $save_node_${index} (param $at i32) (result i32)
  (local $result i32) (local $length i32) (local $padded i32) (local $to i32)
  (global.set $current_node (i32.const ${index}))
  (local.set $result (call $save_${index}))
  (local.set $length (i32.load $m${index} offset=4 (local.get $result)))
  (local.set $padded ${paddedTo8("(local.get $length)")})
  (if ${isLittle(layout)} (then
    (if (i32.gt_u (i32.add (i32.add (local.get $at) (i32.const ${head.length})) (local.get $padded)) (i32.const ${outboxStart})) (then
      (memory.copy $io $io (i32.const ${inputStart}) (i32.const ${littleStart}) (i32.sub (local.get $at) (i32.const ${littleStart})))
      (local.set $at (i32.add (local.get $at) (i32.const ${inputStart - littleStart})))))))
  (local.set $to (i32.add (local.get $at) (i32.const ${head.length})))
  (if (i32.gt_u (local.get $at) (i32.const ${inputStart})) (then
    (drop (call $reserve (i32.sub (i32.add (local.get $to) (local.get $padded)) (i32.const ${inputStart}))))))
  (memory.copy $io $io (local.get $at) (i32.const ${head.start}) (i32.const ${head.length}))
  (i32.store $io offset=8 (local.get $at) (local.get $length))
  (if (local.get $padded) (then (i64.store $io (i32.sub (i32.add (local.get $to) (local.get $padded)) (i32.const 8)) (i64.const 0))))
  (memory.copy $io $m${index} (local.get $to) (i32.load $m${index} (local.get $result)) (local.get $length))
  ${exports.postSaveState === undefined ? "" : `(call $post_save_${index} (local.get $result))`}
  (i32.add (local.get $to) (local.get $padded)))`;
}

function loadFunction({ layout }: Plan, stateful: readonly PlannedNode[]): string {
  const refuse = `(call $refuse_state)`;
  const [replaced, rest] = [true, false].map((isReplaced) =>
    stateful.filter(({ manifest }) => (manifest.replacesState ?? false) === isReplaced),
  ) as [PlannedNode[], PlannedNode[]];
  const loadOf = ({ index }: PlannedNode) =>
    `(if (local.tee $error (call $load_node_${index} (local.get $at))) (then (return (local.get $error))))`;
  return `
(func $refuse_state (result i32)
  (i64.store $io (i32.const ${layout.inputStart + 4}) (i64.const ${textWord("state is")}))
  (i64.store $io (i32.const ${layout.inputStart + 12}) (i64.const ${textWord(" damaged")}))
  (i32.store $io (i32.const ${layout.inputStart}) (i32.const 16))
  (i32.const ${layout.inputStart}))
(func (export "load_state") (param $start i32) (param $length i32) (result i32)
  (call $deal_state (local.get $start) (local.get $length) (i32.const 0)))
(func (export "preload_state") (param $start i32) (param $length i32) (result i32)
  (call $deal_state (local.get $start) (local.get $length) (i32.const 1)))
(func $deal_state (param $start i32) (param $length i32) (param $is_ahead i32) (result i32)
  (local $at i32) (local $end i32) (local $left i32) (local $key i32) (local $state i32) (local $error i32)
  (if (i32.lt_u (local.get $length) (i32.const ${stateHeaderBytes})) (then (return ${refuse})))
  (if (i32.and (local.get $length) (i32.const 7)) (then (return ${refuse})))
  (local.set $at (i32.add (local.get $start) (i32.const ${stateHeaderBytes})))
  (local.set $end (i32.add (local.get $start) (local.get $length)))
  (if (i32.ne (i32.load $io (local.get $start)) (i32.const ${stateMagic})) (then (return ${refuse})))
  (if (i64.ne (i64.load $io offset=8 (local.get $start)) (call $checksum (local.get $start) (local.get $end))) (then (return ${refuse})))
  (block $done
    (loop $next
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $left (i32.sub (i32.sub (local.get $end) (local.get $at)) (i32.const ${stateEntryHeaderBytes})))
      (if (i32.lt_s (local.get $left) (i32.const 0)) (then (return ${refuse})))
      (local.set $key (i32.load $io (local.get $at)))
      (if (i32.gt_u (local.get $key) (local.get $left)) (then (return ${refuse})))
      (local.set $key ${paddedTo8("(local.get $key)")})
      (local.set $left (i32.sub (local.get $left) (local.get $key)))
      (local.set $state (i32.load $io offset=8 (local.get $at)))
      (if (i32.gt_u (local.get $state) (local.get $left)) (then (return ${refuse})))
      ${replaced.map(loadOf).join("\n      ")}
      (if (i32.eqz (local.get $is_ahead)) (then ${rest.map(loadOf).join(" ")}))
      (local.set $at (i32.add (i32.add (local.get $at) (i32.const ${stateEntryHeaderBytes}))
        (i32.add (local.get $key) ${paddedTo8("(local.get $state)")})))
      (br $next)))
  (global.set $current_node (i32.const -1))
  (i32.const 0))`;
}

/** Loads the entry at `$at` into the node if it is the node's; 0, or the address of the node's refusal. */
function loadNode({ index, exports, stateHead, manifest }: PlannedNode): string {
  const key = stateHead!.start + stateEntryHeaderBytes;
  const oldest = manifest.acceptsStateFrom ?? manifest.stateVersion;
  return `
(func $load_node_${index} (param $entry i32) (result i32)
  (local $offset i32) (local $padded i32) (local $length i32) (local $at i32) (local $error i32)
  (if (i32.ne (i32.load $io (local.get $entry)) (i32.load $io (i32.const ${stateHead!.start}))) (then (return (i32.const 0))))
  (local.set $padded (i32.const ${stateHead!.length - stateEntryHeaderBytes}))
  (loop $next
    (if (i64.ne
          (i64.load $io offset=${stateEntryHeaderBytes} (i32.add (local.get $entry) (local.get $offset)))
          (i64.load $io offset=${key} (local.get $offset)))
      (then (return (i32.const 0))))
    (local.set $offset (i32.add (local.get $offset) (i32.const 8)))
    (br_if $next (i32.lt_u (local.get $offset) (local.get $padded))))
  (if (i32.or
        (i32.lt_u (i32.load $io offset=4 (local.get $entry)) (i32.const ${oldest}))
        (i32.gt_u (i32.load $io offset=4 (local.get $entry)) (i32.const ${manifest.stateVersion})))
    (then (return (i32.const 0))))
  (global.set $current_node (i32.const ${index}))
  (local.set $length (i32.load $io offset=8 (local.get $entry)))
  (local.set $at (call $realloc_${index} (i32.const 0) (i32.const 0) (i32.const 8) (local.get $length)))
  (memory.copy $m${index} $io (local.get $at)
    (i32.add (local.get $entry) (i32.add (i32.const ${stateEntryHeaderBytes}) (local.get $padded))) (local.get $length))
  (local.set $at (call $load_${index} (local.get $at) (local.get $length)))
  (local.set $error (call $reason_${index} (local.get $at)))
  ${exports.postLoadState === undefined ? "" : `(call $post_load_${index} (local.get $at))`}
  (local.get $error))`;
}

const paddedTo8 = (length: string): string => `(i32.and (i32.add ${length} (i32.const 7)) (i32.const -8))`;

function textWord(eightCharacters: string): bigint {
  return Buffer.from(eightCharacters, "latin1").readBigInt64LE();
}
