import { describe, it } from "vitest";
import { expectTable, type Table } from "../testing.ts";

describe("rate_of_change", () => {
  const tables: readonly Table[] = [
    [
      "tells the change in a second, from one message to the next",
      {},
      [
        { ms: 0, value: 1 },
        { ms: 500, value: 2, out: [{ value: 2 }] },
        { ms: 2500, value: -2, out: [{ value: -2 }] },
        { ms: 2600, value: -2n, out: [{ value: 0 }] },
        { ms: 3600, value: true, out: [{ value: 3 }] },
      ],
    ],
    [
      "tells the change in a minute",
      { per: "minute" },
      [
        { ms: 0, value: 1 },
        { ms: 2000, value: 2, out: [{ value: 30 }] },
      ],
    ],
    [
      "tells the change in an hour",
      { per: "hour" },
      [
        { ms: 0, value: 1 },
        { ms: 36000, value: 2, out: [{ value: 100 }] },
      ],
    ],
    [
      "passes over what is not later, and goes on from the latest",
      {},
      [
        { ms: 1000, value: 1 },
        { ms: 1000, value: 5 },
        { ms: 500, value: 9 },
        { ms: 2000, value: 3, out: [{ value: 2 }] },
      ],
    ],
    [
      "passes over what comes too soon, and measures across it",
      { minIntervalMs: 100 },
      [
        { ms: 0, value: 0 },
        { ms: 99, value: 50 },
        { ms: 100, value: 1, out: [{ value: 10 }] },
        { ms: 150, value: 50 },
        { ms: 300, value: 3, out: [{ value: 10 }] },
      ],
    ],
    [
      "marks a rate from or to a worse reading, and one that is no number",
      {},
      [
        { ms: 0, value: 0, quality: "uncertain" },
        { ms: 1000, value: 1, out: [{ value: 1, quality: "uncertain" }] },
        { ms: 2000, value: Number.NaN, out: [{ value: Number.NaN, quality: "bad" }] },
        { ms: 3000, value: 1, out: [{ value: Number.NaN, quality: "bad" }] },
        { ms: 4000, value: 1, out: [{ value: 0 }] },
        { ms: 5000, value: Number.MAX_VALUE, quality: "bad", out: [{ value: Number.MAX_VALUE, quality: "bad" }] },
      ],
    ],
    [
      "keeps tags apart, and passes over what is no number",
      {},
      [
        { ms: 0, tag: "a", value: 0 },
        { ms: 500, tag: "b", value: 9 },
        { ms: 600, tag: "a", value: "text" },
        { ms: 700, tag: "a", value: null },
        { ms: 1000, tag: "a", value: 1, out: [{ value: 1 }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("rate_of_change", table));
});
