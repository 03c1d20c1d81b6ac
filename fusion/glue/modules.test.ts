// Modules as different toolchains make them, side by side in one flow: whatever they hold keeps working after linking,
// and no two nodes share any of it.

import type { NodeModule } from "@flowfusion/graph";
import { beforeAll, describe, expect, it } from "vitest";
import { appendCustomSection } from "../binary/edit.ts";
import { loadModule } from "../inspect/load.ts";
import { framesOf, passOn, readFrames, sink, source, type TestFlow, testFlow, watNode } from "../testkit/wat-nodes.ts";

const memory = `(memory (export "memory") 1)`;
/** Replaces the float64 of the message by an expression in `$x`. */
const computing = (expression: string) =>
  passOn(`(local $x f64) (local.set $x (f64.load offset=8 (local.get $at)))
    (f64.store offset=8 (local.get $at) ${expression})`);

const modules = [
  watNode("bare", `${memory} ${computing("(f64.add (local.get $x) (f64.const 1))")}`),
  watNode(
    "started",
    `${memory} (global $step (mut f64) (f64.const 0))
    (data (i32.const 1024) "\\00\\00\\00\\00\\00\\00\\24\\40")
    (func $start (global.set $step (f64.load (i32.const 1024)))) (start $start)
    ${computing("(f64.add (local.get $x) (global.get $step))")}`,
  ),
  watNode(
    "initialised",
    `${memory} (global $step (mut f64) (f64.const 0))
    (func (export "_initialize") (global.set $step (f64.const 100)))
    ${computing("(f64.add (local.get $x) (global.get $step))")}`,
  ),
  watNode(
    "table",
    `${memory} (type $f (func (param f64) (result f64))) (table 3 funcref) (elem (i32.const 1) $double $negate)
    (func $double (type $f) (f64.mul (local.get 0) (f64.const 2)))
    (func $negate (type $f) (f64.neg (local.get 0)))
    (global $next (mut i32) (i32.const 1))
    ${computing("(call_indirect (type $f) (local.get $x) (global.get $next))")}
    (func (export "tick") (param i64) (result i32) (global.set $next (i32.const 2))
      (i32.store (i32.const 20) (i32.const 0)) (i32.const 16))`,
  ),
  watNode(
    "simd",
    `${memory} (data $weights "\\00\\00\\00\\00\\00\\00\\08\\40\\00\\00\\00\\00\\00\\00\\14\\40")
    ${passOn(`(local $x f64) (local.set $x (f64.load offset=8 (local.get $at)))
      (memory.init $weights (i32.const 512) (i32.const 0) (i32.const 16))
      (f64.store offset=8 (local.get $at)
        (f64x2.extract_lane 1 (f64x2.mul (f64x2.splat (local.get $x)) (v128.load (i32.const 512)))))`)}`,
  ),
  watNode(
    "counter",
    `${memory} (global $count (mut f64) (f64.const 0))
    ${passOn(`(global.set $count (f64.add (global.get $count) (f64.const 1)))
      (f64.store offset=8 (local.get $at) (f64.add (f64.load offset=8 (local.get $at)) (global.get $count)))`)}
    (func (export "save-state") (result i32)
      (f64.store (i32.const 64) (global.get $count)) (i32.store (i32.const 16) (i32.const 64))
      (i32.store (i32.const 20) (i32.const 8)) (i32.const 16))
    (func (export "load-state") (param i32 i32) (result i32)
      (global.set $count (f64.load (local.get 0))) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))
    (func (export "cabi_post_save-state") (param i32) (f64.store (i32.const 64) (f64.const nan)))
    (func (export "cabi_post_load-state") (param i32))`,
    { stateVersion: 1 },
  ),
];

const all = {
  bare: { type: "bare" },
  started: { type: "started" },
  initialised: { type: "initialised" },
  table: { type: "table" },
  table2: { type: "table" },
  simd: { type: "simd" },
  counter: { type: "counter" },
  counter2: { type: "counter" },
};

const kinds = ["fused", "reference"] as const;

describe("modules of all kinds in one flow", () => {
  let chain: TestFlow;
  let fan: TestFlow;
  beforeAll(async () => {
    const ids = ["src", ...Object.keys(all), "out"];
    const wires = ids.slice(1).map((id, index) => `${ids[index]}.out -> ${id}.in`);
    const sinks = Object.fromEntries(Object.keys(all).map((id) => [`to_${id}`, sink]));
    chain = await testFlow({ src: source, ...all, out: sink }, wires, modules);
    fan = await testFlow(
      { src: source, ...all, ...sinks },
      Object.keys(all).flatMap((id) => [`src.out -> ${id}.in`, `${id}.out -> to_${id}.in`]),
      modules,
    );
  });

  it.each(kinds)("compute, one behind the other, what they compute alone (%s)", (kind) => {
    const running = chain[kind]();
    running.execute(framesOf(1, 2));
    // (x + 1 + 10 + 100) * 2 * 2 * 5, then a count of 1 and of 2 from each counter.
    expect(readFrames(running.takeOutbox())).toEqual([
      [0, 112 * 20 + 1 + 1],
      [0, 113 * 20 + 2 + 2],
    ]);
    running.tick(0n);
    running.execute(framesOf(1));
    // Both tables negate now.
    expect(readFrames(running.takeOutbox())).toEqual([[0, 112 * 5 + 3 + 3]]);
  });

  it.each(kinds)("keep to themselves, side by side (%s)", (kind) => {
    const running = fan[kind]();
    running.execute(framesOf(3));
    const sinks = fan.graph.nodes.filter(({ delivers }) => delivers).map(({ id }) => id);
    expect(Object.fromEntries(readFrames(running.takeOutbox()).map(([port, value]) => [sinks[port], value]))).toEqual({
      ...{ to_bare: 4, to_started: 13, to_initialised: 103, to_table: 6, to_table2: 6, to_simd: 15 },
      ...{ to_counter: 4, to_counter2: 4 },
    });
  });

  it.each(kinds)("keep their own state, whichever spelling they export it under (%s)", (kind) => {
    const first = chain[kind]();
    first.execute(framesOf(1, 1, 1));
    const second = chain[kind]();
    second.loadState(first.saveState());
    second.execute(framesOf(1));
    expect(readFrames(second.takeOutbox())).toEqual([[0, 112 * 20 + 4 + 4]]);
  });
});

const table4 = `${memory} (type $f (func (param f64) (result f64)))
  (table $a 2 funcref) (table $b 2 8 funcref) (table $c 1 externref) (table $d 0 4 funcref)
  (elem (table $a) (i32.const 0) func $one) (elem $late func $two $one) (elem declare func $three)
  (func $one (type $f) (f64.add (local.get 0) (f64.const 1)))
  (func $two (type $f) (f64.mul (local.get 0) (f64.const 2)))
  (func $three (type $f) (f64.sub (local.get 0) (f64.const 3)))
  (func $set (export "_initialize")
    (table.init $b $late (i32.const 0) (i32.const 0) (i32.const 2)) (elem.drop $late)
    (table.copy $a $b (i32.const 1) (i32.const 0) (i32.const 1))
    (table.set $c (i32.const 0) (ref.null extern))
    (drop (table.grow $d (ref.func $three) (i32.const 2))))
  ${computing(`(call_indirect $d (type $f) (call_indirect $a (type $f) (call_indirect $b (type $f) (local.get $x)
    (i32.const 1)) (i32.const 1)) (table.size $c))`)}`;

const adding = (times: number) => "(local.set $x (f64.add (local.get $x) (f64.const 1)))".repeat(times);
/** A function of 14 bytes for each time, as a generator of code might write it. */
const big = (times: number) =>
  `${memory} ${passOn(`(local $x f64) (local.set $x (f64.load offset=8 (local.get $at))) ${adding(times)}
    (f64.store offset=8 (local.get $at) (local.get $x))`)}`;

const segments = `${memory} (data (i32.const 1024) "\\00\\00\\00\\00\\00\\00\\10\\40") (data $late "\\00\\00\\00\\00\\00\\00\\14\\40") (data $gone "x")
  (func (export "_initialize") (memory.init $late (i32.const 1032) (i32.const 0) (i32.const 8)) (data.drop $gone))
  ${computing("(f64.mul (f64.add (local.get $x) (f64.load (i32.const 1024))) (f64.load (i32.const 1032)))")}`;

const globals = `${memory} (global $a (export "a") (mut f64) (f64.const 10)) (global $b (export "b") f64 (f64.const 3))
  (global $v (mut v128) (v128.const f64x2 1 2)) (global $r (mut funcref) (ref.null func)) (export "again" (global $a))
  ${passOn(`(global.set $a (f64.add (global.get $a) (f64.load offset=8 (local.get $at))))
    (f64.store offset=8 (local.get $at) (f64.add (global.get $a)
      (f64.mul (global.get $b) (f64x2.extract_lane 1 (global.get $v)))))`)}`;

describe("a module, whatever it holds,", () => {
  /** A name section whose contents are none, and another that no engine knows. */
  const withSections = (name: string) => {
    const { wasm } = watNode(name, `${memory} ${computing("(f64.add (local.get $x) (f64.const 1))")}`);
    const named = appendCustomSection(wasm, "name", Uint8Array.of(1, 0xff, 0xff, 0xff, 0x7f, 9));
    return loadModule(appendCustomSection(named, "producers", new Uint8Array(1_000).fill(0xee)));
  };
  const rows: [title: string, of3: number, make: (name: string) => NodeModule][] = [
    ["four tables with active, passive and declared segments", 5, (name) => watNode(name, table4)],
    ["active, passive and dropped data segments", 35, (name) => watNode(name, segments)],
    ["mutable and exported globals of every kind", 19, (name) => watNode(name, globals)],
    ["a function of 210 KB", 15_003, (name) => watNode(name, big(15_000))],
    ["a function of 490 KB", 35_003, (name) => watNode(name, big(35_000))],
    ["name and other custom sections, damaged", 4, withSections],
  ];
  let flow: TestFlow;
  beforeAll(async () => {
    const made = rows.map(([, , make], index) => make(`m${index}`));
    const ids = rows.map((_, index) => `m${index}`);
    flow = await testFlow(
      {
        src: source,
        ...Object.fromEntries(ids.map((id) => [id, { type: id }])),
        ...Object.fromEntries(ids.map((id) => [`to_${id}`, sink])),
      },
      ids.flatMap((id) => [`src.out -> ${id}.in`, `${id}.out -> to_${id}.in`]),
      made,
    );
  });

  it.each(rows.map(([title, of3], index) => [title, of3, index] as const))(
    "does linked with others what it does alone: %s",
    (_, of3, index) => {
      for (const kind of kinds) {
        const running = flow[kind]();
        running.execute(framesOf(3));
        expect(readFrames(running.takeOutbox())[index]).toEqual([index, of3]);
      }
    },
  );
});

describe("wires", () => {
  let flow: TestFlow;
  beforeAll(async () => {
    // `fan` emits on both ports; both enter `join`, and the first also leads to three sinks.
    flow = await testFlow(
      { src: source, fan: { type: "fan_out" }, join: { type: "bare" }, s1: sink, s10: sink, s2: sink },
      ["src.out -> fan.in", "fan.out2 -> join.in", "fan.out1 -> s2.in"].concat(
        ["fan.out1 -> join.in", "fan.out1 -> s10.in", "fan.out1 -> s1.in"],
        ["join.out -> s1.in", "join.out -> s2.in"],
      ),
      modules,
    );
  });

  it.each(kinds)(
    "from one port are followed in the order of their text, each to its end, ports in order (%s)",
    (kind) => {
      const running = flow[kind]();
      running.execute(framesOf(1, 5));
      const sinks = ["s1", "s10", "s2"];
      const names = readFrames(running.takeOutbox()).map(([port, value]) => `${sinks[port]} ${value}`);
      // out1: join (and so s1 and s2), then s1, s10, s2; out2: join again.
      const once = (x: number) => [
        `s1 ${x + 1}`,
        `s2 ${x + 1}`,
        `s1 ${x}`,
        `s10 ${x}`,
        `s2 ${x}`,
        `s1 ${x + 1}`,
        `s2 ${x + 1}`,
      ];
      expect(names).toEqual([...once(1), ...once(5)]);
    },
  );

  it.each(kinds)("leave the message of one branch alone when another changes its copy (%s)", (kind) => {
    const running = flow[kind]();
    running.execute(framesOf(1));
    expect(running.nodeCounters()[flow.graph.nodes.findIndex(({ id }) => id === "join")]).toEqual({
      messagesIn: 2,
      messagesOut: [2, 0, 0, 0],
    });
  });

  it.each(kinds)("may lead nowhere, and a flow may have neither input nor sink (%s)", async (kind) => {
    const alone = await testFlow({ a: source }, []);
    expect(alone[kind]().execute(framesOf(1))).toBe(32);
    const ticking = await testFlow({ src: source, t: { type: "table" } }, ["src.out -> t.in"], modules);
    const running = ticking[kind]();
    running.tick(1n);
    expect(running.takeOutbox()).toHaveLength(0);
  });
});
