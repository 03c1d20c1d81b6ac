import { describe, expect, it } from "vitest";
import { expectTable, reading, type Table, TestNode } from "../testing.ts";

describe("counter", () => {
  const tables: readonly Table[] = [
    [
      "counts messages of each tag, whatever they hold, and keeps their quality",
      {},
      [
        { ms: 0, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 1, tag: "b", value: "text", out: [{ value: 1 }] },
        { ms: 2, tag: "a", value: null, quality: "bad", out: [{ value: 2, quality: "bad" }] },
        { ms: 1, tag: "a", value: Number.NaN, out: [{ value: 3 }] },
      ],
    ],
    [
      "counts changes of the value, from the first reading on",
      { of: "changes" },
      [
        { ms: 0, value: 1 },
        { ms: 1, value: 1n },
        { ms: 2, value: 2, out: [{ value: 1 }] },
        { ms: 3, value: 3, quality: "bad" },
        { ms: 4, value: Number.NaN },
        { ms: 5, value: "4" },
        { ms: 6, value: 2 },
        { ms: 7, value: false, quality: "uncertain", out: [{ value: 2, quality: "uncertain" }] },
      ],
    ],
    [
      "counts rises from 0",
      { of: "rising" },
      [
        { ms: 0, value: 5 },
        { ms: 1, value: 0 },
        { ms: 2, value: -0 },
        { ms: 3, value: -1, out: [{ value: 1 }] },
        { ms: 4, value: 7 },
        { ms: 5, value: false },
        { ms: 6, value: true, out: [{ value: 2 }] },
      ],
    ],
    [
      "goes round",
      { rollover: 2 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 1, value: 1, out: [{ value: 0 }] },
        { ms: 2, value: 1, out: [{ value: 1 }] },
      ],
    ],
    [
      "is set back for one tag or for all, and by nothing else",
      {},
      [
        { ms: 0, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 1, tag: "b", value: 1, out: [{ value: 1 }] },
        { ms: 2, tag: "a", value: 1, out: [{ value: 2 }] },
        { ms: 3, in: "reset", value: "a" },
        { ms: 4, in: "reset", value: "nobody" },
        { ms: 5, in: "reset", value: false },
        { ms: 5, in: "reset", value: Number.NaN },
        { ms: 5, in: "reset", tag: "b", value: null },
        { ms: 6, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 7, tag: "b", value: 1, out: [{ value: 2 }] },
        { ms: 8, in: "reset", value: true },
        { ms: 9, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 9, tag: "b", value: 1, out: [{ value: 1 }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("counter", table));

  it("emits an int64", () => {
    expect(new TestNode("counter").answer(reading(5)).value).toBe(1n);
  });
});
