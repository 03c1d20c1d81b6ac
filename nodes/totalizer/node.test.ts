import { describe, expect, it } from "vitest";
import { expectTable, reading, type Table, TestNode } from "../testing.ts";

describe("totalizer", () => {
  const tables: readonly Table[] = [
    [
      "integrates a rate along straight lines",
      {},
      [
        { ms: 0, value: 0, out: [{ value: 0 }] },
        { ms: 2000, value: 4, out: [{ value: 4 }] },
        { ms: 3000, value: 4n, out: [{ value: 8 }] },
        { ms: 4000, value: -4, out: [{ value: 8 }] },
        { ms: 5000, value: false, quality: "uncertain", out: [{ value: 6, quality: "uncertain" }] },
      ],
    ],
    [
      "integrates a rate per hour",
      { per: "hour" },
      [
        { ms: 0, value: 60, out: [{ value: 0 }] },
        { ms: 60_000, value: 60, out: [{ value: 1 }] },
      ],
    ],
    [
      "passes over what is bad, no number or not later, and bridges it",
      {},
      [
        { ms: 0, value: 2, out: [{ value: 0 }] },
        { ms: 1000, value: 99, quality: "bad" },
        { ms: 1500, value: Number.NaN },
        { ms: 1500, value: Number.POSITIVE_INFINITY },
        { ms: 1600, value: "99" },
        { ms: 0, value: 99 },
        { ms: 2000, value: 2, out: [{ value: 4 }] },
        { ms: 1000, value: 99 },
      ],
    ],
    [
      "does not integrate across a gap",
      { maxGapMs: 1000 },
      [
        { ms: 0, value: 2, out: [{ value: 0 }] },
        { ms: 1000, value: 2, out: [{ value: 2 }] },
        { ms: 2001, value: 2, out: [{ value: 2 }] },
        { ms: 3001, value: 2, out: [{ value: 4 }] },
      ],
    ],
    [
      "follows a device's counter across rollovers and restarts",
      { mode: "counter", rollover: 1000 },
      [
        { ms: 0, value: 900, out: [{ value: 0 }] },
        { ms: 1, value: 990, out: [{ value: 90 }] },
        { ms: 2, value: 10, out: [{ value: 110 }] },
        { ms: 3, value: 400, out: [{ value: 500 }] },
        // From 400 to 30 would be 630 by going round: more than half, so the device has begun again.
        { ms: 4, value: 30, out: [{ value: 530 }] },
        { ms: 4, value: 31 },
      ],
    ],
    [
      "takes each fall of a counter without rollover for a restart",
      { mode: "counter" },
      [
        { ms: 0, value: 900, out: [{ value: 0 }] },
        { ms: 1, value: 10, out: [{ value: 10 }] },
      ],
    ],
    [
      "sums up amounts in any order of time",
      { mode: "sum" },
      [
        { ms: 5, value: 1.5, out: [{ value: 1.5 }] },
        { ms: 1, value: 2, out: [{ value: 3.5 }] },
        { ms: 1, value: -0.5, out: [{ value: 3 }] },
      ],
    ],
    [
      "keeps tags apart and is set back by name",
      { mode: "sum" },
      [
        { ms: 0, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 0, tag: "b", value: 2, out: [{ value: 2 }] },
        { ms: 1, in: "reset", value: "a" },
        { ms: 2, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 2, tag: "b", value: 2, out: [{ value: 4 }] },
      ],
    ],
    [
      "goes on integrating from the last reading after it was set back",
      {},
      [
        { ms: 0, value: 2, out: [{ value: 0 }] },
        { ms: 1000, value: 2, out: [{ value: 2 }] },
        { ms: 1500, in: "reset", value: 1 },
        { ms: 2000, value: 2, out: [{ value: 2 }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("totalizer", table));

  it("loses nothing to rounding", () => {
    const node = new TestNode("totalizer", { mode: "sum" });
    node.send(reading(1e16));
    for (let count = 0; count < 999; count++) node.send(reading(0.1));
    node.send(reading(0.1));
    expect(node.answer(reading(-1e16)).value).toBeCloseTo(100, 9);
  });
});
