import { describe, it } from "vitest";
import { expectTable, type Table } from "../testing.ts";

describe("throttle", () => {
  const tables: readonly Table[] = [
    [
      "passes the first of each interval and lets the last of those held back follow",
      { intervalMs: 100 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 10, value: 2 },
        { ms: 20, value: 3, quality: "uncertain" },
        { ms: 100, value: 4, out: [{ ms: 20, value: 3, quality: "uncertain" }] },
        { ms: 200, value: 5, out: [{ ms: 100, value: 4 }] },
        { ms: 400, value: 6, out: [{ ms: 200, value: 5 }, { value: 6 }] },
      ],
    ],
    [
      "lets it follow by the clock while nothing comes",
      { intervalMs: 100 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 60, value: 2 },
        { ms: 5000, tick: true },
        { ms: 5039, tick: true },
        { ms: 5040, tick: true, out: [{ ms: 60, value: 2 }] },
        { ms: 150, value: 3 },
        { ms: 200, value: 4, out: [{ ms: 150, value: 3 }] },
      ],
    ],
    [
      "drops what is in between when nothing is to follow",
      { intervalMs: 100, trailing: false },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 99, value: 2 },
        { ms: 5000, tick: true },
        { ms: 100, value: 3, out: [{ value: 3 }] },
      ],
    ],
    [
      "counts a message that is late into the running interval",
      { intervalMs: 100 },
      [
        { ms: 500, value: 1, out: [{ value: 1 }] },
        { ms: 100, value: 2 },
        { ms: 600, value: 3, out: [{ ms: 100, value: 2 }] },
      ],
    ],
    [
      "keeps tags apart; text may pass, and is not kept",
      { intervalMs: 100 },
      [
        { ms: 0, tag: "a", value: "x", out: [{ value: "x" }] },
        { ms: 10, tag: "b", value: 1, out: [{ value: 1 }] },
        { ms: 20, tag: "a", value: "y" },
        { ms: 30, tag: "a", value: Number.NaN },
        { ms: 40, tag: "a", value: "z" },
        { ms: 100, tag: "a", value: "w", out: [{ ms: 30, value: Number.NaN }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("throttle", table));
});
