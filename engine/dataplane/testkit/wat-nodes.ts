// Nodes written by hand in WebAssembly text, for what no honest node does.

import { watNode as nodeOfText } from "@flowfusion/fusion/testkit";
import type { NodeManifest, NodeModule } from "@flowfusion/graph";

/** One input `in` and one output `out`, both of any type, unless `changes` differ. */
const watNode = (name: string, fields: string, changes?: Partial<NodeManifest>): NodeModule =>
  nodeOfText(name, `(memory (export "memory") 2) ${fields}`, changes);

/** Messages are taken at 4,096; an emission list lies at 16, its one record at 32. */
const realloc = `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))`;

const passOn = `
  (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 1))
  (i32.store (i32.const 32) (i32.const 0)) (i32.store (i32.const 36) (local.get $at))
  (i32.store (i32.const 40) (local.get $length))`;

/** The value that makes a node trap; every other message it passes on. */
export const poison = 666;
/** The values that make the hostile node commit misdeed 0, 1, 2 … */
const misdeedFirst = 1000;

const handle = (...onValues: readonly (readonly [value: number, does: string])[]) => `
  (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32)
    ${passOn}
    ${onValues
      .map(([value, does]) => `(if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const ${value})) (then ${does}))`)
      .join("\n")}
    (i32.const 16))`;

/** What a node may do to a flow, and what the flow must be told died of. */
export const misdeeds: readonly {
  readonly title: string;
  readonly cause: string | RegExp;
  readonly does: string;
  readonly more?: string;
}[] = [
  { title: "runs an endless loop", cause: "fuel", does: "(loop $again (br $again))" },
  {
    title: "asks for memory without end",
    cause: "fuel",
    does: "(loop $again (drop (memory.grow (i32.const 100))) (br $again))",
  },
  {
    title: "fills its memory over and over",
    cause: "fuel",
    does: "(loop $again (memory.fill (i32.const 8192) (i32.const 1) (i32.const 100000)) (br $again))",
  },
  {
    title: "calls itself without end",
    cause: /^(stack|fuel)$/,
    does: "(drop (call $deep (i64.const 1)))",
    more: "(func $deep (param i64) (result i64) (i64.add (local.get 0) (call $deep (i64.add (local.get 0) (i64.const 1)))))",
  },
  { title: "traps", cause: "trap", does: "unreachable" },
  {
    title: "emits more than the outbox holds",
    cause: "outbox_overflow",
    // 40 times the message that came in, made to have a body of 60,000 bytes.
    does: `(i32.store offset=20 (local.get $at) (i32.const 60000))
      (i32.store (i32.const 16) (i32.const 70000)) (i32.store (i32.const 20) (i32.const 40))
      (loop $next
        (i32.store offset=70000 (local.get $port) (i32.const 0))
        (i32.store offset=70004 (local.get $port) (local.get $at))
        (i32.store offset=70008 (local.get $port) (i32.const 60032))
        (br_if $next (i32.lt_u (local.tee $port (i32.add (local.get $port) (i32.const 12))) (i32.const 480))))`,
  },
  {
    title: "emits from beyond its memory",
    cause: /^(trap|invalid_emission)$/,
    does: "(i32.store (i32.const 36) (i32.const -16))",
  },
  { title: "emits a wrong length", cause: "invalid_emission", does: "(i32.store (i32.const 40) (i32.const 12))" },
  {
    title: "emits a length that wraps around",
    cause: /^(trap|invalid_emission)$/,
    does: "(i32.store offset=20 (local.get $at) (i32.const -24)) (i32.store (i32.const 40) (i32.const 0))",
  },
  {
    title: "emits on a port that it does not have",
    cause: "invalid_emission",
    does: "(i32.store (i32.const 32) (i32.const 9))",
  },
  {
    title: "claims two thousand million emissions",
    cause: "invalid_emission",
    does: "(i32.store (i32.const 20) (i32.const 2000000000))",
  },
];

export const poisonOf = (misdeed: (typeof misdeeds)[number]): number => misdeedFirst + misdeeds.indexOf(misdeed);

export const hostileNode = watNode(
  "hostile",
  realloc +
    handle([poison, "unreachable"], ...misdeeds.map((misdeed) => [poisonOf(misdeed), misdeed.does] as const)) +
    misdeeds.map(({ more }) => more ?? "").join("\n"),
);

/** Hands out an address beyond its memory for every message longer than 40 bytes. */
export const lyingRealloc = watNode(
  "lying_realloc",
  `(func (export "cabi_realloc") (param i32 i32 i32) (param $length i32) (result i32)
     (select (i32.const -64) (i32.const 4096) (i32.gt_u (local.get $length) (i32.const 40))))
   ${handle()}`,
);

/** Passes on what it takes, after it has turned round so many times for it. */
export const slowNode = (turns: number): NodeModule =>
  watNode(
    "slow",
    `${realloc}
     (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32) (local $turn i32)
       (loop $again
         (local.set $turn (i32.add (local.get $turn) (i32.const 1)))
         (br_if $again (i32.lt_u (local.get $turn) (i32.const ${turns}))))
       ${passOn}
       (i32.const 16))`,
  );

/** A result `error(text)` of `configure` or `load_state`, at 64. */
export const refusal = (text: string) => `
  (i32.store8 (i32.const 64) (i32.const 1))
  (i32.store (i32.const 68) (i32.const 128)) (i32.store (i32.const 72) (i32.const ${text.length}))
  (i32.const 64)`;

const text = (content: string) => `(data (i32.const 128) "${content}")`;

/** It changes a table, so that it is configured when the flow starts and not when it is fused. */
export const refusesConfigure = watNode(
  "refuses_configure",
  `${realloc}${handle()}${text("never mind")}
   (table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))
   (func (export "configure") (param i32 i32) (result i32) ${refusal("never mind")})`,
);

export const trapsInConfigure = watNode(
  "traps_in_configure",
  `${realloc}${handle()}(func (export "configure") (param i32 i32) (result i32) unreachable)`,
);

/**
 * Takes so many square roots, eight at a time, each of the one before: much time for little fuel, as memory that is not in
 * the cache would take it. The last one is kept, lest a compiler leave them out.
 */
const rootsOf = (count: number): string => `
  (loop $again
    (local.set $root ${"(f64.sqrt ".repeat(8)} (f64.add (local.get $root) (f64.const 2)) ${")".repeat(8)})
    (br_if $again (i32.lt_u (local.tee $taken (i32.add (local.get $taken) (i32.const 8))) (i32.const ${count}))))
  (f64.store (i32.const 112) (local.get $root))`;

/**
 * Counts messages and puts the count in the value of what it passes on. Its state is the count. What it does when asked
 * to save or load can be replaced, and it can be made to take `roots` square roots for each message.
 */
export function counterNode(
  options: { save?: string; load?: string; replacesState?: boolean; roots?: number } = {},
): NodeModule {
  const save =
    options.save ?? `(i32.store (i32.const 80) (i32.const 96)) (i32.store (i32.const 84) (i32.const 8)) (i32.const 80)`;
  const load =
    options.load ??
    `(i64.store (i32.const 96) (i64.load (local.get $at))) (i32.store8 (i32.const 64) (i32.const 0)) (i32.const 64)`;
  return watNode(
    "counter",
    `${realloc}${text("not mine")}
     (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32)
       (local $root f64) (local $taken i32)
       ${options.roots ? rootsOf(options.roots) : ""}
       ${passOn}
       (if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const ${poison})) (then unreachable))
       (i64.store (i32.const 96) (i64.add (i64.load (i32.const 96)) (i64.const 1)))
       (f64.store offset=8 (local.get $at) (f64.convert_i64_s (i64.load (i32.const 96))))
       (i32.const 16))
     (func (export "save_state") (result i32) ${save})
     (func (export "load_state") (param $at i32) (param $length i32) (result i32) ${load})`,
    { stateVersion: 1, ...(options.replacesState && { replacesState: true }) },
  );
}

/** Counts on from what it has by what it loads. */
export const addingCounterNode = counterNode({
  load: `(i64.store (i32.const 96) (i64.add (i64.load (i32.const 96)) (i64.load (local.get $at))))
    (i32.store8 (i32.const 64) (i32.const 0)) (i32.const 64)`,
});

export const refusesState = counterNode({ load: refusal("not mine") });

/** Passes messages on and repeats the last one at each tick, in the tick's second; traps there on the poison. */
export const repeaterNode = (): NodeModule =>
  watNode(
    "repeater",
    `${realloc}
    (global $length (mut i32) (i32.const 0))
    (func (export "handle") (param $port i32) (param $at i32) (param $length i32) (result i32)
      (memory.copy (i32.const 8192) (local.get $at) (local.get $length))
      (global.set $length (local.get $length))
      ${passOn}
      (i32.const 16))
    (func (export "tick") (param $now i64) (result i32)
      (i32.store (i32.const 16) (i32.const 32))
      (i32.store (i32.const 20) (i32.ne (global.get $length) (i32.const 0)))
      (if (f64.eq (f64.load (i32.const 8200)) (f64.const ${poison})) (then unreachable))
      (i64.store (i32.const 8192) (local.get $now))
      (i32.store (i32.const 32) (i32.const 0))
      (i32.store (i32.const 36) (i32.const 8192))
      (i32.store (i32.const 40) (global.get $length))
      (i32.const 16))`,
  );
