import { describe, it } from "vitest";
import { expectTable, type Table } from "../testing.ts";

describe("debounce", () => {
  const tables: readonly Table[] = [
    [
      "passes a value once it has held, however often it is repeated",
      { holdMs: 100 },
      [
        { ms: 0, value: 1 },
        { ms: 50, value: 1 },
        { ms: 99, value: 1 },
        { ms: 100, value: 1, out: [{ ms: 100, value: 1 }] },
        { ms: 150, value: 1 },
        { ms: 900, value: 1 },
      ],
    ],
    [
      "hides what goes back in time, and begins to count anew",
      { holdMs: 100 },
      [
        { ms: 0, value: false },
        { ms: 100, value: true, out: [{ value: false }] },
        { ms: 150, value: false },
        { ms: 180, value: true },
        { ms: 279, value: true },
        { ms: 280, value: true, out: [{ value: true }] },
      ],
    ],
    [
      "tells a value of another kind or quality from the one before",
      { holdMs: 100 },
      [
        { ms: 0, value: 1 },
        { ms: 100, value: 1n, out: [{ value: 1 }] },
        { ms: 200, value: 1n, quality: "bad", out: [{ value: 1n }] },
        { ms: 300, value: 1n, quality: "bad", out: [{ value: 1n, quality: "bad" }] },
      ],
    ],
    [
      "settles by the clock while nothing comes",
      { holdMs: 100 },
      [
        { ms: 1000, value: 5 },
        { ms: 20, tick: true },
        { ms: 119, tick: true },
        { ms: 120, tick: true, out: [{ ms: 1100, value: 5 }] },
        { ms: 500, tick: true },
      ],
    ],
    [
      "counts a message that is late as of the time of the one before",
      { holdMs: 100 },
      [
        { ms: 1000, value: 1 },
        { ms: 500, value: 2 },
        { ms: 1099, value: 2 },
        { ms: 1100, value: 2, out: [{ value: 2 }] },
      ],
    ],
    [
      "lets a value that is no number hold like any other",
      { holdMs: 100 },
      [
        { ms: 0, value: Number.NaN },
        { ms: 100, value: Number.NaN, out: [{ value: Number.NaN }] },
      ],
    ],
    [
      "keeps tags apart, and lets what is no number pass at once",
      { holdMs: 100 },
      [
        { ms: 0, tag: "a", value: 1 },
        { ms: 90, tag: "b", value: 2 },
        { ms: 95, tag: "a", value: "text", out: [{ value: "text" }] },
        { ms: 120, tag: "a", value: 1, out: [{ ms: 100, value: 1 }] },
        { ms: 20, tick: true },
        { ms: 120, tick: true, out: [{ ms: 190, tag: "b", value: 2 }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("debounce", table));
});
