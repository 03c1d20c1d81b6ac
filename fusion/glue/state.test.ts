// A saved state is taken whole or refused, and what is not meant for a node does not reach it.

import type { CanonicalNode } from "@flowfusion/graph";
import { beforeAll, describe, expect, it } from "vitest";
import { joinStates, splitStates } from "../artefact/states.ts";
import type { RunningFlow } from "../host/running-flow.ts";
import {
  configuredAtStart,
  framesOf,
  passOn,
  readFrames,
  sink,
  source,
  type TestFlow,
  testFlow,
  watNode,
} from "../testkit/wat-nodes.ts";
import { stateChecksum, stateEntryHeaderBytes, stateHeaderBytes } from "./state-format.ts";

/** Adds its count of messages to each, keeps 16 bytes of state and accepts versions 2 and 3 of them. */
const counter = watNode(
  "counter",
  `(memory (export "memory") 1) (global $count (mut f64) (f64.const 0))
  (data (i32.const 2048) "a count is not negative, gr\\c3\\b6\\c3\\9fe!")
  ${passOn(`(global.set $count (f64.add (global.get $count) (f64.const 1)))
    (f64.store offset=8 (local.get $at) (f64.add (f64.load offset=8 (local.get $at)) (global.get $count)))`)}
  (func (export "save_state") (result i32)
    (f64.store (i32.const 64) (global.get $count)) (i32.store (i32.const 16) (i32.const 64))
    (i32.store (i32.const 20) (i32.const 16)) (i32.const 16))
  (func (export "load_state") (param i32 i32) (result i32)
    (if (f64.lt (f64.load (local.get 0)) (f64.const 0))
      (then
        (i32.store8 (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (i32.const 2048))
        (i32.store (i32.const 24) (i32.const 33)) (return (i32.const 16))))
    (global.set $count (f64.load (local.get 0))) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))`,
  { stateVersion: 3, acceptsStateFrom: 2 },
);

/** Keeps as many bytes of state as the last message's value says. */
const keeper = watNode(
  "keeper",
  `(memory (export "memory") 6) (global $length (mut i32) (i32.const 0))
  ${passOn("(global.set $length (i32.trunc_f64_u (f64.load offset=8 (local.get $at))))")}
  (func (export "save_state") (result i32)
    (memory.fill (i32.const 131072) (global.get $length) (global.get $length))
    (i32.store (i32.const 16) (i32.const 131072)) (i32.store (i32.const 20) (global.get $length)) (i32.const 16))
  (func (export "load_state") (param i32 i32) (result i32)
    (global.set $length (local.get 1)) (i32.store8 (i32.const 16) (i32.const 0)) (i32.const 16))`,
  { stateVersion: 1 },
);

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow(
    {
      src: source,
      c: { type: "counter" },
      c2: { type: "counter" },
      total: { type: "agg", props: { op: "sum", size: 9 } },
      out: sink,
    },
    ["src.out -> c.in", "c.out -> c2.in", "c2.out -> total.in", "c2.out -> out.in"],
    [counter],
  );
});

const kinds = ["fused", "reference"] as const;
const damaged = expect.objectContaining({ code: "FF_FLOW_STATE_REFUSED", message: "state is damaged" });

/** The state of a flow in which each counter has seen three messages. */
function savedState(): Uint8Array {
  const running = flow.reference();
  running.execute(framesOf(1, 1, 1));
  return running.saveState();
}

/** `c`'s count and `c2`'s, as the next message shows them. */
function counts(running: RunningFlow): [number, number] {
  const [c = Number.NaN, c2 = Number.NaN] = splitStates(running.saveState()).map(({ state }) =>
    new DataView(state.buffer, state.byteOffset).getFloat64(0, true),
  );
  return [c, c2];
}

const nodeOf = (id: string, changes: Partial<CanonicalNode> = {}): CanonicalNode => ({
  ...flow.graph.nodes.find((node) => node.id === id)!,
  ...changes,
});
const stateOf = (count: number): Uint8Array => new Uint8Array(Float64Array.of(count, 0).buffer);

/** Makes the checksum right again, as whoever forges a state would. */
function sealed(saved: Uint8Array): Uint8Array {
  new DataView(saved.buffer).setBigUint64(8, stateChecksum(saved), true);
  return saved;
}

describe.each(kinds)("a %s flow", (kind) => {
  it("saves the same bytes as the other kind, and takes them", () => {
    const running = flow[kind]();
    running.execute(framesOf(1, 1, 1));
    expect(Buffer.compare(running.saveState(), savedState())).toBe(0);
    const next = flow[kind]();
    next.loadState(savedState());
    next.execute(framesOf(10));
    expect(readFrames(next.takeOutbox())).toEqual([[0, 10 + 4 + 4]]);
  });

  it("refuses a state of which any byte is another, and goes on unharmed", () => {
    const running = flow[kind]();
    running.execute(framesOf(1));
    const before = running.saveState();
    const saved = savedState();
    for (let at = 0; at < saved.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const flipped = saved.slice();
        flipped[at]! ^= mask;
        expect(() => running.loadState(flipped), `byte ${at}`).toThrow(damaged);
      }
    }
    expect(Buffer.compare(running.saveState(), before)).toBe(0);
    running.execute(framesOf(10));
    expect(readFrames(running.takeOutbox()).at(-1)).toEqual([0, 10 + 2 + 2]);
  });

  it("refuses a state cut at any byte or grown", () => {
    const running = flow[kind]();
    const saved = savedState();
    for (let length = 0; length < saved.length; length++) {
      expect(() => running.loadState(saved.slice(0, length)), `${length} bytes`).toThrow(damaged);
    }
    for (const extra of [1, 8, 48, 4096]) {
      const longer = new Uint8Array(saved.length + extra);
      longer.set(saved);
      expect(() => running.loadState(longer), `${extra} bytes more`).toThrow(damaged);
    }
    expect(counts(running)).toEqual([0, 0]);
  });

  const keyAt = stateHeaderBytes;
  const lengthAt = stateHeaderBytes + 8;
  // An entry of `c`: 48 bytes, a key of 9 that takes 16, a state of 16.
  it.each([
    ["a key of nearly 4 GiB", keyAt, 0xffff_ffff],
    ["a key of 2 GiB", keyAt, 0x8000_0000],
    ["a key beyond the end", keyAt, 4096],
    ["a state of nearly 4 GiB", lengthAt, 0xffff_ffff],
    ["a state of 2 GiB", lengthAt, 0x8000_0000],
    ["a state whose entry wraps around to no length", lengthAt, 2 ** 32 - stateEntryHeaderBytes - 16],
    ["a state whose entry wraps around to a shorter one", lengthAt, 2 ** 32 - 16],
    ["a state that eats the next entry's header and ends in its midst", lengthAt, 16 + 8],
    ["a state beyond the end", lengthAt, 4096],
  ])("refuses a forged state with %s", (_, at, value) => {
    const saved = savedState();
    new DataView(saved.buffer).setUint32(at, value, true);
    expect(() => flow[kind]().loadState(sealed(saved))).toThrow(
      expect.objectContaining({ code: "FF_FLOW_STATE_REFUSED" }),
    );
  });

  it.each([
    ["of an older version than the node accepts", 1, 0],
    ["of the oldest version that the node accepts", 2, 7],
    ["of the node's version", 3, 7],
    ["of a newer version", 4, 0],
    ["of the newest version there can be", 0xffff_ffff, 0],
    ["of version 0", 0, 0],
  ])("hands a node a state %s, or not", (_, stateVersion, count) => {
    const running = flow[kind]();
    running.loadState(joinStates([{ node: nodeOf("c", { stateVersion }), state: stateOf(7) }]));
    expect(counts(running)).toEqual([count, 0]);
  });

  it("finds each node's state by id and type, in any order, and passes over the rest", () => {
    const running = flow[kind]();
    running.loadState(
      joinStates([
        { node: nodeOf("c2"), state: stateOf(2) },
        { node: nodeOf("c", { id: "gone" as CanonicalNode["id"] }), state: stateOf(99) },
        { node: nodeOf("c", { id: "c2c" as CanonicalNode["id"] }), state: stateOf(98) },
        { node: nodeOf("c", { type: "counters" }), state: stateOf(97) },
        { node: nodeOf("c", { type: "agg" }), state: stateOf(96) },
        { node: nodeOf("src", { stateVersion: 3 }), state: new Uint8Array(5) },
        { node: nodeOf("c"), state: stateOf(1) },
      ]),
    );
    expect(counts(running)).toEqual([1, 2]);
  });

  it("takes a state of no nodes, and one from another build of the module", () => {
    const running = flow[kind]();
    running.loadState(joinStates([]));
    const module = `sha256:${"0".repeat(64)}` as CanonicalNode["module"];
    running.loadState(joinStates([{ node: nodeOf("c", { module }), state: stateOf(7) }]));
    expect(counts(running)).toEqual([7, 0]);
  });

  it("names the node that refuses, with its own words", () => {
    const running = flow[kind]();
    const state = joinStates([
      { node: nodeOf("c"), state: stateOf(1) },
      { node: nodeOf("c2"), state: stateOf(-1) },
    ]);
    expect(() => running.loadState(state)).toThrow(
      expect.objectContaining({ code: "FF_FLOW_STATE_REFUSED", message: "c2: a count is not negative, größe!" }),
    );
  });

  it("names a built-in node that refuses", () => {
    const state = joinStates([{ node: nodeOf("total"), state: new Uint8Array(39) }]);
    expect(() => flow[kind]().loadState(state)).toThrow(
      "total: the state has another length than this version of the node writes",
    );
  });

  it("saves and loads as often as it is asked to", () => {
    const running = flow[kind]();
    for (let round = 1; round <= 200; round++) {
      running.execute(framesOf(1));
      running.loadState(running.saveState());
      expect(counts(running)).toEqual([round, round]);
    }
  });
});

it("saves states of all lengths, little and much, beside the input that they follow", async () => {
  const keepers = await testFlow(
    { src: source, a: { type: "keeper" }, b: { type: "keeper" }, c: { type: "keeper" }, out: sink },
    ["src.out -> a.in", "a.out -> b.in", "b.out -> c.in", "c.out -> out.in"],
    [keeper],
  );
  const [fused, next, reference] = [keepers.fused(), keepers.fused(), keepers.reference()];
  const little = Array.from({ length: 420 }, (_, length) => length);
  for (const length of [...little, 1_000, 70_000, 1, 200_000, 300, 65_536, 0]) {
    for (const running of [fused, reference]) running.execute(framesOf(length));
    const saved = fused.saveState();
    expect(Buffer.compare(saved, reference.saveState()), `${length} bytes`).toBe(0);
    next.loadState(saved);
    expect(Buffer.compare(next.saveState(), saved), `${length} bytes, loaded`).toBe(0);
  }
});

describe("a state that is loaded ahead", () => {
  it("reaches the nodes whose state a later one replaces, and no others", () => {
    const running = flow.fused();
    const fresh = splitStates(running.saveState());
    running.preload(savedState())();
    const { c, c2, total } = Object.fromEntries(splitStates(savedState()).map((entry) => [entry.id, entry]));
    const untouched = fresh.filter(({ id }) => id !== "total");
    expect(splitStates(running.saveState())).toEqual([...untouched, total]);
    running.loadState(savedState());
    expect(splitStates(running.saveState())).toEqual([c, c2, total]);
  });

  it("changes nothing before it is asked for, and is refused when it is damaged", () => {
    const running = flow.fused();
    const before = running.saveState();
    const damagedState = savedState().fill(0xff, 40, 41);
    expect(running.preload(damagedState)).toThrow(damaged);
    running.preload(savedState());
    expect(running.saveState()).toEqual(before);
  });
});

describe.each(kinds)("configuring a %s flow", (kind) => {
  const refusing = (length: number) =>
    watNode(
      "refusing",
      `(memory (export "memory") 1) ${configuredAtStart} ${passOn()} (data (i32.const 2048) "no, since it is Monday")
      (func (export "configure") (param i32 i32) (result i32)
        (i32.store8 (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (i32.const 2048))
        (i32.store (i32.const 24) (i32.const ${length})) (i32.const 16))`,
    );
  const nodes = { src: source, "to-day": { type: "refusing" }, out: sink };
  const wires = ["src.out -> to-day.in", "to-day.out -> out.in"];

  it("ends with the words of the node that refuses", async () => {
    const { [kind]: start } = await testFlow(nodes, wires, [refusing(22)]);
    expect(start).toThrow(
      expect.objectContaining({ code: "FF_FLOW_CONFIGURE", message: "to-day: no, since it is Monday" }),
    );
  });

  it("cuts the words after 4,096 bytes", async () => {
    const { [kind]: start } = await testFlow(nodes, wires, [refusing(50_000)]);
    const words = "no, since it is Monday".padEnd(4096, "\0");
    expect(start).toThrow(expect.objectContaining({ message: `to-day: ${words}` }));
  });
});
