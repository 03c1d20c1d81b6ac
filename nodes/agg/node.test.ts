import type { MessageValue } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extremeMessages, reading, refusalOf, TestNode } from "../testing.ts";

const values = (node: TestNode, inputs: readonly MessageValue[]): MessageValue[] =>
  inputs.flatMap((value) => node.send(reading(value)).map(({ message }) => message.value));

describe("agg", () => {
  const rows: [op: string, size: number, inputs: MessageValue[], results: number[]][] = [
    ["count", 3, [9, 9, 9, 9, 9, 9, 9], [3, 3]],
    ["sum", 3, [1, 2, 3, 4, 5, 6, 7], [6, 15]],
    ["avg", 3, [1, 2, 3, 4, 5, 6, 7], [2, 5]],
    ["min", 3, [3, 1, 2, 6, 5, 4, 0], [1, 4]],
    ["max", 3, [3, 1, 2, 6, 5, 4, 9], [3, 6]],
    ["sum", 1, [1, 2, 3], [1, 2, 3]],
    ["min", 2, [-1, -2, 5, 5], [-2, 5]],
    ["max", 2, [-1, -2, 5, 5], [-1, 5]],
    ["sum", 3, [true, false, 2n], [3]],
    ["max", 2, [2n ** 53n + 1n, 0], [2 ** 53]],
    // What is no number does not count, not even towards the size.
    ["count", 2, ["text", 1, null, Uint8Array.of(1), 2, 3], [2]],
    ["sum", 2, ["1", 1, "2", 2], [3]],
    ["min", 2, [0, -0], [-0]],
  ];
  it.each(rows)("%s over %s of %o", (op, size, inputs, results) => {
    expect(values(new TestNode("agg", { op, size }), inputs)).toEqual(results);
  });

  it("takes timestamp and topic from the last message and the worst quality of all", () => {
    const node = new TestNode("agg", { op: "sum", size: 3 });
    node.send(reading(1, { quality: 1, topic: "first" }));
    node.send(reading(2, { quality: 2 }));
    const last = reading(3, { topic: "last", timestampNs: 77n });
    expect(node.answer(last)).toEqual({ ...last, value: 6, quality: 2 });
  });

  it("begins each window with good quality", () => {
    const node = new TestNode("agg", { op: "sum", size: 1 });
    expect(node.answer(reading(1, { quality: 2 })).quality).toBe(2);
    expect(node.answer(reading(1)).quality).toBe(0);
  });

  it("emits under the topic that is set", () => {
    const node = new TestNode("agg", { op: "sum", size: 1, topic: "line/1/total" });
    expect(node.answer(reading(5, { topic: "t".repeat(60_000) }))).toEqual(reading(5, { topic: "line/1/total" }));
  });

  it.each([
    ["sum", [Number.NaN, 1], Number.NaN],
    ["avg", [Number.POSITIVE_INFINITY, 1], Number.POSITIVE_INFINITY],
    ["min", [1, Number.NaN], Number.NaN],
    ["max", [Number.NaN, 1], Number.NaN],
    ["sum", [Number.MAX_VALUE, Number.MAX_VALUE], Number.POSITIVE_INFINITY],
  ])("marks the %s of %j as bad, and not the window after it", (op, inputs, result) => {
    const node = new TestNode("agg", { op, size: 2 });
    node.send(reading(inputs[0]!));
    expect(node.answer(reading(inputs[1]!))).toEqual(reading(result, { quality: 2 }));
    expect([...values(node, [4, 4]), node.send(reading(0)).length]).toEqual([op === "sum" ? 8 : 4, 0]);
  });

  it.each(extremeMessages)("takes in %s and goes on", (_, message) => {
    const node = new TestNode("agg", { op: "count", size: 2 });
    node.send(message);
    expect(values(node, [1, 1, 1])).toContain(2);
  });

  it("agrees with the plain definition of each aggregate", () => {
    const plain: { [op: string]: (window: readonly number[]) => number } = {
      count: (window) => window.length,
      sum: (window) => window.reduce((sum, value) => sum + value, 0),
      avg: (window) => window.reduce((sum, value) => sum + value, 0) / window.length,
      min: (window) => Math.min(...window),
      max: (window) => Math.max(...window),
    };
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(plain)),
        fc.integer({ min: 1, max: 5 }),
        fc.array(double),
        (op, size, inputs) => {
          const windows = Array.from({ length: Math.floor(inputs.length / size) }, (_, index) =>
            inputs.slice(index * size, (index + 1) * size),
          );
          expect(values(new TestNode("agg", { op, size }), inputs)).toEqual(windows.map(plain[op]!));
        },
      ),
    );
  });

  const refused: [props: { [path: string]: MessageValue }, words: string][] = [
    [{ size: 3n }, "property op is missing or of another type"],
    [{ op: "median", size: 3n }, "property op: median is unknown"],
    [{ op: "sum" }, "property size is missing or of another type"],
    [{ op: "sum", size: 0n }, "property size must be at least 1"],
    [{ op: "sum", size: -1 }, "property size must be at least 1"],
    [{ op: "sum", size: Number.NaN }, "property size must be at least 1"],
    [{ op: "sum", size: "3" }, "property size is missing or of another type"],
    [{ op: "sum", size: 3n, percentile: 101 }, "property percentile must be from 0 to 100"],
    [
      { op: "percentile", size: 3n, perTopic: true, maxTopics: 1000n },
      "property maxTopics: 1000 given, with these properties 963 allowed",
    ],
  ];
  it.each(refused)("refuses %o that no schema has checked", (props, words) => {
    expect(refusalOf("agg", { percentile: 50, perTopic: false, ...props })).toBe(words);
  });

  it.each([0, 1.5, 1_000_000_001])("refuses a size of %s before anything is deployed", (size) => {
    expect(() => new TestNode("agg", { op: "sum", size })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ path: "nodes.node.props.size" })] }),
    );
  });
});
