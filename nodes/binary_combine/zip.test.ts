import { describe, expect, it } from "vitest";
import { expectTable, reading, type Table, TestNode } from "../testing.ts";

const zip = { op: "-", pairing: "zip", toleranceMs: 10 };

describe("binary_combine with pairing zip", () => {
  const tables: readonly Table[] = [
    [
      "pairs values of the same time, whichever comes first, once each",
      { op: "-", pairing: "zip" },
      [
        { ms: 0, in: "left", value: 5 },
        { ms: 0, in: "right", value: 3, out: [{ value: 2 }] },
        { ms: 0, in: "right", value: 1 },
        { ms: 0, in: "left", value: 9, out: [{ value: 8 }] },
        { ms: 1, in: "left", value: 9 },
        { ms: 2, in: "right", value: 9 },
      ],
    ],
    [
      "takes the nearest within the tolerance, the one that waits longest of two as near, and the later time",
      zip,
      [
        { ms: 100, in: "left", value: 1 },
        { ms: 104, in: "left", value: 2 },
        { ms: 112, in: "left", value: 3 },
        { ms: 108, in: "right", value: 0, out: [{ value: 2 }] },
        { ms: 122, in: "right", value: 0, out: [{ value: 3 }] },
        { ms: 91, in: "right", value: 0, out: [{ ms: 100, value: 1 }] },
      ],
    ],
    [
      "keeps what waits until its partner comes, however late",
      zip,
      [
        { ms: 1000, in: "left", value: 1 },
        { ms: 2000, in: "left", value: 2 },
        { ms: 2005, in: "right", value: 0, quality: "bad", out: [{ value: 2, quality: "bad" }] },
        { ms: 995, in: "right", value: 0, out: [{ ms: 1000, value: 1 }] },
        { ms: 3000, in: "right", value: "text" },
      ],
    ],
    [
      "compares and marks like the other pairing",
      { op: ">", pairing: "zip" },
      [
        { ms: 0, in: "left", value: Number.NaN },
        { ms: 0, in: "right", value: 1, out: [{ value: false, quality: "bad" }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("binary_combine", table));

  it("lets 64 values wait on each side, then drops the oldest", () => {
    const node = new TestNode("binary_combine", { op: "+", pairing: "zip" });
    for (let ms = 0; ms < 65; ms++) node.send(reading(ms, { timestampNs: BigInt(ms) }), 0);
    expect(node.send(reading(0, { timestampNs: 0n }), 1)).toEqual([]);
    for (let ms = 1; ms < 65; ms++) {
      expect(node.answer(reading(0, { timestampNs: BigInt(ms) }), 1).value).toBe(ms);
    }
  });
});
