// What the nodes with state promise: a state that is handed over goes on as if nothing had happened, and one that
// another node or version wrote is refused in words and changes nothing.

import { propsOf } from "@flowfusion/fusion/testkit";
import type { Message } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtinCatalog } from "./catalog.ts";
import { type Props, reading, TestNode } from "./testing.ts";

/** A message on one of the inputs, or a tick of the clock. */
type Event = { readonly port: number; readonly message: Message } | { readonly tickNs: bigint };

const ms = fc.integer({ min: 0, max: 40 }).map((value) => BigInt(value) * 1_000_000n);
const value = fc.oneof(
  fc.double(),
  fc.integer({ min: -8, max: 8 }),
  fc.boolean(),
  fc.bigInt(-9n, 9n),
  fc.constantFrom("text", "a", null),
);
const topic = fc.constantFrom("a", "b", "line/1/temperature", "a-topic/of-a/length/that-is-more/than-a/few-words", "");
const message: fc.Arbitrary<Message> = fc.record({
  topic,
  timestampNs: fc.oneof(ms, fc.bigInt(0n, 1000n)),
  quality: fc.constantFrom(0, 0, 0, 1, 2),
  value,
});
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ port: fc.nat(3), message }) },
  { weight: 1, arbitrary: fc.record({ tickNs: ms }) },
);
const events = fc.array(event, { maxLength: 40 });

function run(node: TestNode, part: readonly Event[], ports: number): Uint8Array[] {
  return part
    .flatMap((next) =>
      "tickNs" in next ? node.tick(next.tickNs) : ports === 0 ? [] : node.send(next.message, next.port % ports),
    )
    .map(({ bytes }) => bytes);
}

function starts(type: string, props: Props): boolean {
  try {
    return new TestNode(type, props) instanceof TestNode;
  } catch {
    return false;
  }
}

const nodes = [...(await builtinCatalog()).values()]
  .map(({ manifest }) => manifest)
  .filter(({ stateVersion }) => stateVersion > 0)
  .map(({ name, inputs, props }) => ({
    type: name,
    ports: inputs.length,
    props: propsOf(props).filter((given) => starts(name, given)),
  }));

/** Lengths that an earlier version wrote, which tell its states. */
const earlierLengths: { readonly [type: string]: number } = { agg: 40, binary_combine: 24 };

describe.each(nodes)("the state of $type", ({ type, ports, props }) => {
  const [given] = fc.sample(props, { seed: 1, numRuns: 1 }) as [Props];
  const history = fc.sample(events, { seed: 2, numRuns: 1 })[0]!;

  it("carries on in a fresh instance wherever it is cut", () => {
    fc.assert(
      fc.property(props, events, fc.nat(40), (some, all, cut) => {
        const first = new TestNode(type, some);
        run(first, all.slice(0, cut), ports);
        const second = new TestNode(type, some);
        const saved = first.saveState();
        expect(second.loadState(saved)).toBeUndefined();
        expect(second.saveState()).toEqual(saved);
        expect(run(second, all.slice(cut), ports)).toEqual(run(first, all.slice(cut), ports));
        expect(second.saveState()).toEqual(first.saveState());
      }),
      { numRuns: 200 },
    );
  });

  it("takes the place of all that a node holds", () => {
    fc.assert(
      fc.property(props, events, events, events, (some, before, history, after) => {
        const [writer, fresh, used] = [new TestNode(type, some), new TestNode(type, some), new TestNode(type, some)];
        run(writer, before, ports);
        expect(used.loadState(writer.saveState())).toBeUndefined();
        run(writer, history, ports);
        for (const node of [fresh, used]) expect(node.loadState(writer.saveState())).toBeUndefined();
        expect(used.saveState()).toEqual(fresh.saveState());
        expect(run(used, after, ports)).toEqual(run(fresh, after, ports));
        expect(used.saveState()).toEqual(fresh.saveState());
      }),
      { numRuns: 200 },
    );
  });

  it("is refused when it has another length, and leaves the node as it was", () => {
    const node = new TestNode(type, given);
    run(node, history, ports);
    const before = node.saveState();
    for (let length = 0; length <= before.length + 9; length++) {
      if (length === before.length || length === earlierLengths[type]) continue;
      const other = new Uint8Array(length);
      other.set(before.subarray(0, length));
      expect(node.loadState(other)).toBe("the state has another length than this version of the node writes");
      expect(node.saveState()).toEqual(before);
    }
  });

  it("is refused when it holds what the node does not write, or taken and gone on with", () => {
    const writer = new TestNode(type, given);
    run(writer, history, ports);
    const saved = writer.saveState();
    const node = new TestNode(type, given);
    expect(node.loadState(new Uint8Array(saved.length).fill(0xff))).toMatch(/^the state h/);
    for (let at = 0; at < saved.length; at++) {
      const forged = saved.slice();
      forged[at] = 0xff;
      const before = node.saveState();
      if (node.loadState(forged) !== undefined) expect(node.saveState()).toEqual(before);
      else if (at % 16 === 0) expect(run(node, history, ports)).toBeInstanceOf(Array);
    }
  });

  it("can be saved any number of times without taking more memory", () => {
    const node = new TestNode(type, given);
    if (ports > 0) node.send(reading(5));
    node.saveState();
    const before = node.memoryBytes;
    for (let times = 0; times < 50_000; times++) node.saveState();
    expect(node.memoryBytes).toBe(before);
  });

  it("grows with tags and messages up to a bound, however long the node runs", () => {
    const node = new TestNode(type, given);
    const feed = (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        const at = { timestampNs: BigInt(round) * 1_000_000n, topic: `tag/${round % 3_000}/of/the/plant` };
        for (let port = 0; port < ports; port++) node.send(reading(round % 7, at), port);
        node.tick(at.timestampNs);
      }
    };
    feed(6_000);
    const before = node.memoryBytes;
    feed(20_000);
    expect(node.memoryBytes).toBe(before);
  });
});

describe("a state of agg", () => {
  const sizes: [before: number, after: number, results: number[]][] = [
    [5, 4, [4, 4]],
    // Three are in the window already: the next message makes it four and ends it.
    [5, 2, [4, 2, 2]],
    [5, 1, [4, 1, 1, 1, 1, 1]],
    [5, 9, [9]],
  ];
  it.each(sizes)("gathered with size %s goes on with size %s", (before, after, results) => {
    const first = new TestNode("agg", { op: "count", size: before });
    for (let sent = 0; sent < 3; sent++) first.send(reading(1));
    const second = new TestNode("agg", { op: "count", size: after });
    second.loadState(first.saveState());
    const counts = Array.from({ length: 6 }, () => second.send(reading(1))).flat();
    expect(counts.map((emission) => emission.message.value)).toEqual(results);
  });

  it.each([
    ["sum", "count", 3],
    ["count", "avg", 19 / 3],
    ["avg", "sum", 19],
    ["min", "max", 9],
    ["max", "stddev", Math.sqrt(19 / 3)],
    ["stddev", "min", 4],
  ])("gathered for %s holds what %s needs", (before, after, result) => {
    const first = new TestNode("agg", { op: before, size: 3 });
    first.send(reading(9));
    first.send(reading(4));
    const second = new TestNode("agg", { op: after, size: 3 });
    second.loadState(first.saveState());
    expect(second.answer(reading(6)).value).toBeCloseTo(result, 12);
  });

  it.each([
    [{ op: "min", perTopic: false }],
    [{ op: "percentile", perTopic: false }],
    [{ op: "last", perTopic: false }],
    [{ op: "sum", perTopic: true }],
  ])("begins anew for %j, which needs more", (changed) => {
    const first = new TestNode("agg", { op: "sum", size: 2 });
    first.send(reading(9));
    const second = new TestNode("agg", { size: 2, ...changed });
    expect(second.loadState(first.saveState())).toBeUndefined();
    expect([second.send(reading(6)).length, second.answer(reading(6)).value]).toEqual([0, changed.perTopic ? 12 : 6]);
  });
});

describe("a state that version 1 wrote", () => {
  const words = (...values: number[]) => {
    const state = new DataView(new ArrayBuffer(8 * values.length));
    for (const [index, word] of values.entries()) state.setFloat64(8 * index, word, true);
    return state;
  };

  it.each([
    ["sum", 36],
    ["avg", 12],
    ["min", 10],
    ["max", 14],
    ["count", 3],
  ])("goes on in agg with %s", (op, result) => {
    const state = words(0, 24, 10, 14, 0);
    state.setBigUint64(0, 2n, true);
    state.setBigUint64(32, 1n, true);
    const node = new TestNode("agg", { op, size: 3 });
    expect(node.loadState(new Uint8Array(state.buffer))).toBeUndefined();
    expect(node.answer(reading(12))).toEqual(reading(result, { quality: 1 }));
  });

  it("makes agg begin anew with an aggregate that version 1 did not have", () => {
    const state = words(0, 24, 10, 14, 0);
    state.setBigUint64(0, 2n, true);
    const node = new TestNode("agg", { op: "stddev", size: 3 });
    expect(node.loadState(new Uint8Array(state.buffer))).toBeUndefined();
    expect([node.send(reading(1)).length, node.send(reading(1)).length]).toEqual([0, 0]);
    expect(node.answer(reading(1)).value).toBe(0);
  });

  it.each(["sum", "stddev"])("takes the place of all that agg holds for %s", (op) => {
    const state = words(0, 24, 10, 14, 0);
    state.setBigUint64(0, 2n, true);
    const [fresh, used] = [new TestNode("agg", { op, size: 9 }), new TestNode("agg", { op, size: 9 })];
    for (const value of [1, 7, 3]) used.send(reading(value));
    for (const node of [fresh, used]) expect(node.loadState(new Uint8Array(state.buffer))).toBeUndefined();
    expect(used.saveState()).toEqual(fresh.saveState());
  });

  it("takes the place of what waits in binary_combine", () => {
    const props = { op: "-", pairing: "zip", toleranceMs: 10 };
    const [fresh, used] = [new TestNode("binary_combine", props), new TestNode("binary_combine", props)];
    used.send(reading(1));
    for (const node of [fresh, used]) expect(node.loadState(new Uint8Array(24))).toBeUndefined();
    expect(used.saveState()).toEqual(fresh.saveState());
  });

  it("is refused by agg with a quality beyond bad", () => {
    const state = words(0, 24, 10, 14, 0);
    state.setBigUint64(32, 3n, true);
    expect(new TestNode("agg", { op: "sum", size: 3 }).loadState(new Uint8Array(state.buffer))).toBe(
      "the state holds a quality beyond bad",
    );
  });

  it("goes on in binary_combine", () => {
    const state = words(0, 7, 0);
    state.setUint32(0, 0x0101, true);
    const node = new TestNode("binary_combine", { op: "-" });
    expect(node.loadState(new Uint8Array(state.buffer))).toBeUndefined();
    expect(node.answer(reading(2), 1)).toEqual(reading(5, { quality: 1 }));
  });
});
