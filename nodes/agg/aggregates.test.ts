// The aggregates that depend on order, time or all values at once, against plain definitions.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectTable, reading, type Table, TestNode } from "../testing.ts";

const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const values = fc.array(double, { minLength: 1, maxLength: 100 });

function aggregateOf(op: string, inputs: readonly number[], rest: { percentile?: number } = {}): number {
  const node = new TestNode("agg", { op, size: inputs.length, ...rest });
  return inputs.flatMap((value) => node.send(reading(value)))[0]!.message.value as number;
}

function percentileOf(inputs: readonly number[], percentile: number): number {
  const sorted = inputs.toSorted((a, b) => a - b);
  const at = (percentile / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

describe("agg", () => {
  const tables: readonly Table[] = [
    [
      "takes first and last by timestamp",
      { op: "first", size: 3 },
      [
        { ms: 5, value: 1 },
        { ms: 3, value: 2 },
        { ms: 9, value: 3, out: [{ value: 2 }] },
      ],
    ],
    [
      "takes of two with the same timestamp the first that came as first, the last as last",
      { op: "last", size: 3 },
      [
        { ms: 5, value: 1 },
        { ms: 5, value: 2 },
        { ms: 3, value: 3, out: [{ value: 2 }] },
      ],
    ],
    [
      "weighs each value with the time that it held, across windows",
      { op: "time_avg", size: 2 },
      [
        { ms: 0, value: 10 },
        { ms: 100, value: 50, out: [{ value: 10 }] },
        { ms: 200, value: 0 },
        { ms: 500, value: 99, out: [{ value: 12.5 }] },
      ],
    ],
    [
      "leaves the weights alone when a message is late, and averages plainly when no time has passed",
      { op: "time_avg", size: 3 },
      [
        { ms: 1000, value: 10 },
        { ms: 500, value: 90 },
        { ms: 2000, value: 20, out: [{ value: 10 }] },
        { ms: 2000, value: 1 },
        { ms: 2000, value: 2 },
        { ms: 2000, value: 6, out: [{ value: 3 }] },
      ],
    ],
    [
      "gathers each tag by itself where that is asked for",
      { op: "sum", size: 2, perTopic: true },
      [
        { ms: 0, tag: "a", value: 1, quality: "bad" },
        { ms: 1, tag: "b", value: 10 },
        { ms: 2, tag: "b", value: 20, out: [{ value: 30 }] },
        { ms: 3, tag: "a", value: 2, out: [{ value: 3, quality: "bad" }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("agg", table));

  it("computes the deviation of a sample", () => {
    expect(aggregateOf("stddev", [2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(aggregateOf("stddev", [5])).toBe(0);
    // Where a plain sum of squares would have lost everything.
    expect(aggregateOf("stddev", [1e9 + 1, 1e9 + 2, 1e9 + 3])).toBe(1);
    fc.assert(
      fc.property(values, (inputs) => {
        const mean = inputs.reduce((sum, value) => sum + value, 0) / inputs.length;
        const squares = inputs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
        const expected = inputs.length < 2 ? 0 : Math.sqrt(squares / (inputs.length - 1));
        expect(Math.abs(aggregateOf("stddev", inputs) - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)));
      }),
    );
  });

  it.each(["stddev", "percentile", "time_avg", "first"])("marks the %s of what is no number as bad", (op) => {
    const node = new TestNode("agg", { op, size: 3 });
    for (const value of [Number.NaN, 1]) node.send(reading(value));
    expect(node.answer(reading(2))).toEqual(reading(Number.NaN, { quality: 2 }));
  });

  it("finds percentiles exactly, up to 128 values", () => {
    expect(aggregateOf("percentile", [4, 1, 3, 2])).toBe(2.5);
    fc.assert(
      fc.property(
        fc.array(double, { minLength: 1, maxLength: 128 }),
        fc.integer({ min: 0, max: 100 }),
        (inputs, percentile) => {
          const expected = percentileOf(inputs, percentile);
          const result = aggregateOf("percentile", inputs, { percentile });
          expect(Math.abs(result - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)));
        },
      ),
    );
  });

  it("finds percentiles of many values to about 1 % in rank, in any order", () => {
    const ranks = Array.from({ length: 20_000 }, (_, index) => index / 20_000);
    const orders = [ranks, ranks.toReversed(), ranks.toSorted((a, b) => ((a * 7919) % 1) - ((b * 7919) % 1))];
    for (const order of orders) {
      for (const percentile of [0, 1, 10, 50, 90, 99, 100]) {
        // A distribution with a long tail; its inverse tells the rank of the answer.
        const result = aggregateOf(
          "percentile",
          order.map((rank) => -Math.log(1 - rank)),
          { percentile },
        );
        expect(Math.abs(100 * (1 - Math.exp(-result)) - percentile)).toBeLessThan(1);
      }
    }
  });
});
