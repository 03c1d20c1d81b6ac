// What the nodes with state promise: a state that is handed over goes on as if nothing had happened, and one that
// another node or version wrote is refused in words and changes nothing.

import type { Message } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Props, reading, TestNode } from "./testing.ts";

interface Input {
  readonly port: number;
  readonly message: Message;
}

const value = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.bigInt(-9n, 9n),
  fc.constant("text"),
);
const message: fc.Arbitrary<Message> = fc.record({
  topic: fc.constantFrom("a", "line/1/temperature", ""),
  timestampNs: fc.bigInt(0n, 1000n),
  quality: fc.constantFrom(0, 1, 2),
  value,
});
const inputs: fc.Arbitrary<Input[]> = fc.array(fc.record({ port: fc.constantFrom(0, 1), message }), { maxLength: 20 });

const run = (node: TestNode, part: readonly Input[], ports: number) =>
  part.flatMap((input) => node.send(input.message, input.port % ports).map(({ bytes }) => bytes));

const nodes: readonly { type: string; ports: number; stateBytes: number; props: fc.Arbitrary<Props> }[] = [
  {
    type: "agg",
    ports: 1,
    stateBytes: 40,
    props: fc.record({
      op: fc.constantFrom("count", "sum", "avg", "min", "max"),
      size: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    type: "binary_combine",
    ports: 2,
    stateBytes: 24,
    props: fc.record({ op: fc.constantFrom("+", "/", "max", ">", "!=", "and") }),
  },
];

describe.each(nodes)("the state of $type", ({ type, ports, stateBytes, props }) => {
  it("carries on in a fresh instance wherever it is cut", () => {
    fc.assert(
      fc.property(props, inputs, fc.nat(20), (given, all, cut) => {
        const first = new TestNode(type, given);
        run(first, all.slice(0, cut), ports);
        const second = new TestNode(type, given);
        const saved = first.saveState();
        expect(second.loadState(saved)).toBeUndefined();
        expect(second.saveState()).toEqual(saved);
        expect(run(second, all.slice(cut), ports)).toEqual(run(first, all.slice(cut), ports));
      }),
    );
  });

  it("is refused when it has another length, and leaves the node as it was", () => {
    const [given] = fc.sample(props, { seed: 1, numRuns: 1 });
    const saved = new TestNode(type, given).saveState();
    expect(saved).toHaveLength(stateBytes);
    const node = new TestNode(type, given);
    node.send(reading(5));
    const before = node.saveState();
    for (let length = 0; length <= stateBytes + 9; length++) {
      if (length === stateBytes) continue;
      const other = new Uint8Array(length);
      other.set(saved.subarray(0, length));
      expect(node.loadState(other)).toBe("the state has another length than this version of the node writes");
      expect(node.saveState()).toEqual(before);
    }
  });

  it("is refused when it holds what the node does not write, and leaves the node as it was", () => {
    const [given] = fc.sample(props, { seed: 1, numRuns: 1 });
    const node = new TestNode(type, given);
    node.send(reading(5));
    const before = node.saveState();
    expect(node.loadState(new Uint8Array(stateBytes).fill(0xff))).toMatch(/^the state holds /);
    expect(node.saveState()).toEqual(before);
  });

  it("can be saved any number of times without taking more memory", () => {
    const [given] = fc.sample(props, { seed: 1, numRuns: 1 });
    const node = new TestNode(type, given);
    node.saveState();
    const before = node.memoryBytes;
    for (let times = 0; times < 50_000; times++) node.saveState();
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

  it("holds what any aggregate needs", () => {
    const first = new TestNode("agg", { op: "sum", size: 3 });
    first.send(reading(9));
    first.send(reading(4));
    const second = new TestNode("agg", { op: "min", size: 3 });
    second.loadState(first.saveState());
    expect(second.answer(reading(6)).value).toBe(4);
  });
});
