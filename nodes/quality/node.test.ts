import { describe, expect, it } from "vitest";
import { expectTable, type Table, TestNode } from "../testing.ts";

describe("quality", () => {
  const tables: readonly Table[] = [
    [
      "passes what is good and rejects the rest",
      {},
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 1, value: "text", out: [{ value: "text" }] },
        { ms: 2, value: 1, quality: "uncertain", out: [{ port: "rejected", value: 1, quality: "uncertain" }] },
        { ms: 3, value: "text", quality: "bad", out: [{ port: "rejected", value: "text", quality: "bad" }] },
        { ms: 4, value: Number.NaN, out: [{ port: "rejected", value: Number.NaN }] },
        { ms: 5, value: Number.NEGATIVE_INFINITY, out: [{ port: "rejected", value: Number.NEGATIVE_INFINITY }] },
      ],
    ],
    [
      "accepts what is uncertain where that is enough",
      { accept: "uncertain" },
      [
        { ms: 0, value: 1, quality: "uncertain", out: [{ value: 1, quality: "uncertain" }] },
        { ms: 1, value: 1, quality: "bad", out: [{ port: "rejected", value: 1, quality: "bad" }] },
      ],
    ],
    [
      "puts a constant in place of numbers",
      { substitute: "constant", value: 7 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 1, value: 1, quality: "bad", out: [{ value: 7, quality: "uncertain" }] },
        { ms: 2, value: Number.NaN, out: [{ value: 7, quality: "uncertain" }] },
        { ms: 3, value: "text", quality: "bad", out: [{ port: "rejected", value: "text", quality: "bad" }] },
      ],
    ],
    [
      "puts the tag's last good value in place, with the message's time",
      { substitute: "last_good" },
      [
        { ms: 0, tag: "a", value: 5, quality: "bad", out: [{ port: "rejected", value: 5, quality: "bad" }] },
        { ms: 1, tag: "a", value: true, out: [{ value: true }] },
        { ms: 2, tag: "b", value: 6, out: [{ value: 6 }] },
        { ms: 3, tag: "a", value: 9, quality: "bad", out: [{ value: true, quality: "uncertain" }] },
        { ms: 4, tag: "b", value: "text", quality: "bad", out: [{ value: 6, quality: "uncertain" }] },
        { ms: 5, tag: "b", value: "text", out: [{ value: "text" }] },
        { ms: 9e9, tag: "b", value: Number.NaN, out: [{ value: 6, quality: "uncertain" }] },
      ],
    ],
    [
      "lets the last good value grow old, by timestamps in any order",
      { substitute: "last_good", maxAgeMs: 100 },
      [
        { ms: 1000, value: 5, out: [{ value: 5 }] },
        { ms: 1100, value: 0, quality: "bad", out: [{ value: 5, quality: "uncertain" }] },
        { ms: 1101, value: 0, quality: "bad", out: [{ port: "rejected", value: 0, quality: "bad" }] },
        { ms: 500, value: 0, quality: "bad", out: [{ value: 5, quality: "uncertain" }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("quality", table));

  it("wants the constant before anything is deployed", () => {
    expect(() => new TestNode("quality", { substitute: "constant" })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ path: "nodes.node.props.value" })] }),
    );
  });
});
