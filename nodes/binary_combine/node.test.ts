import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { extremeMessages, reading, refusalOf, TestNode } from "../testing.ts";

const left = 0;
const right = 1;

function combine(op: string, a: MessageValue, b: MessageValue) {
  const node = new TestNode("binary_combine", { op });
  node.send(reading(a), left);
  return node.answer(reading(b), right);
}

describe("binary_combine", () => {
  const rows: [a: MessageValue, op: string, b: MessageValue, result: number | boolean][] = [
    [7, "+", 2, 9],
    [7, "-", 2, 5],
    [7, "*", 2, 14],
    [7, "/", 2, 3.5],
    [7, "min", 2, 2],
    [2, "min", 7, 2],
    [7, "max", 2, 7],
    [2, "max", 7, 7],
    [0, "min", -0, -0],
    [3n, "-", 5n, -2],
    [true, "+", true, 2],
    [2n ** 53n + 1n, "-", 1, 2 ** 53 - 1],
    [7, ">", 2, true],
    [2, ">", 2, false],
    [2, ">=", 2, true],
    [1, ">=", 2, false],
    [1, "<", 2, true],
    [2, "<", 2, false],
    [2, "<=", 2, true],
    [3, "<=", 2, false],
    [2, "==", 2n, true],
    [2, "==", 3, false],
    [0, "==", -0, true],
    [2, "!=", 3, true],
    [2, "!=", 2, false],
    [true, "and", true, true],
    [true, "and", false, false],
    [false, "or", false, false],
    [false, "or", true, true],
    [5, "and", -1, true],
    [0, "or", -0, false],
    [Number.POSITIVE_INFINITY, ">", 1, true],
  ];
  it.each(rows)("%s %s %s is %s, and good", (a, op, b, result) => {
    expect(combine(op, a, b)).toEqual(reading(result));
  });

  it.each([
    [1, "/", 0, Number.POSITIVE_INFINITY],
    [0, "/", 0, Number.NaN],
    [1e308, "*", 10, Number.POSITIVE_INFINITY],
    [Number.NaN, "+", 1, Number.NaN],
    [Number.NaN, "min", 1, Number.NaN],
    [Number.NaN, ">", 1, false],
    [1, "==", Number.NaN, false],
    [1, "!=", Number.NaN, true],
    [Number.NaN, "or", 0, true],
  ])("%s %s %s is %s, and bad", (a, op, b, result) => {
    expect(combine(op, a, b)).toEqual(reading(result, { quality: 2 }));
  });

  it("waits until both sides are known, then answers each change with the latest of the other", () => {
    const node = new TestNode("binary_combine", { op: "-" });
    const steps: [port: number, value: number, results: number[]][] = [
      [left, 1, []],
      [left, 10, []],
      [right, 3, [7]],
      [right, 4, [6]],
      [left, 20, [16]],
    ];
    for (const [port, value, results] of steps) {
      expect(node.send(reading(value), port).map(({ message }) => message.value)).toEqual(results);
    }
  });

  it("works from the right side first as well", () => {
    const node = new TestNode("binary_combine", { op: "-" });
    expect(node.send(reading(3), right)).toEqual([]);
    expect(node.answer(reading(10), left).value).toBe(7);
  });

  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, 1],
    [2, 1, 2],
    [1, 2, 2],
  ] as const)("of qualities %s and %s keeps the worse, %s", (a, b, worse) => {
    for (const op of ["+", ">"]) {
      const node = new TestNode("binary_combine", { op });
      node.send(reading(1, { quality: a }), left);
      expect(node.answer(reading(1, { quality: b }), right).quality).toBe(worse);
    }
  });

  it("takes timestamp and topic from the message that brought the change", () => {
    const node = new TestNode("binary_combine", { op: "+" });
    node.send(reading(1, { topic: "a", timestampNs: 900n }), left);
    const late = reading(2, { topic: "b", timestampNs: 5n });
    expect(node.answer(late, right)).toEqual({ ...late, value: 3 });
  });

  it("emits under the topic that is set", () => {
    const node = new TestNode("binary_combine", { op: "+", topic: "line/1/both" });
    node.send(reading(1), left);
    expect(node.answer(reading(2, { topic: "t".repeat(60_000) }), right)).toEqual(reading(3, { topic: "line/1/both" }));
  });

  it.each(["text", "", null, Uint8Array.of(1)])("passes over %j and keeps the value before", (value) => {
    const node = new TestNode("binary_combine", { op: "+" });
    node.send(reading(1), left);
    expect(node.send(reading(value), right)).toEqual([]);
    expect(node.answer(reading(2), right).value).toBe(3);
    expect(node.send(reading(value), left)).toEqual([]);
    expect(node.answer(reading(4), right).value).toBe(5);
  });

  it.each(extremeMessages)("takes in %s and goes on", (_, message) => {
    const node = new TestNode("binary_combine", { op: "+" });
    node.send(message, left);
    node.send(reading(1), right);
    expect(node.answer(reading(2), left).value).toBe(3);
  });

  it.each([
    [{}, "property op is missing or of another type"],
    [{ op: "%" }, "unknown operation %"],
    [{ op: "+", topic: 1 }, "property topic is of another type"],
  ])("refuses %j that no schema has checked", (props, words) => {
    expect(refusalOf("binary_combine", props)).toBe(words);
  });
});
