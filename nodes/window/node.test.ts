import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { expectTable, reading, refusalOf, type Table, TestNode } from "../testing.ts";

const tumbling = { kind: "tumbling", op: "sum", sizeMs: 100 };

describe("window", () => {
  const tables: readonly Table[] = [
    [
      "closes a tumbling window with the first message behind its end, the end itself belonging to the next",
      tumbling,
      [
        { ms: 0, value: 1 },
        { ms: 99, value: 2 },
        { ms: 100, value: 4, out: [{ ms: 100, value: 3 }] },
        { ms: 350, value: 8, out: [{ ms: 200, value: 4 }] },
      ],
    ],
    [
      "gives what is behind the end of its window to `late`",
      tumbling,
      [
        { ms: 10, value: 1 },
        { ms: 100, value: 2, out: [{ ms: 100, value: 1 }] },
        { ms: 99, value: 4, out: [{ port: "late", value: 4 }] },
        { ms: 110, value: 8 },
        { ms: 105, value: 16 },
        { ms: 200, value: 0, out: [{ ms: 200, value: 26 }] },
      ],
    ],
    [
      "waits for late messages as long as it is told, with several windows open",
      { ...tumbling, latenessMs: 150 },
      [
        { ms: 10, value: 1 },
        { ms: 110, value: 2 },
        { ms: 210, value: 4 },
        { ms: 90, value: 8 },
        { ms: 250, value: 16, out: [{ ms: 100, value: 9 }] },
        { ms: 90, value: 32, out: [{ port: "late", value: 32 }] },
        {
          ms: 900,
          value: 0,
          out: [
            { ms: 200, value: 2 },
            { ms: 300, value: 20 },
          ],
        },
      ],
    ],
    [
      "closes by the clock while nothing comes, and by nothing before",
      { ...tumbling, latenessMs: 20 },
      [
        { ms: 9_000, tick: true },
        { ms: 50, value: 1 },
        { ms: 10_000, tick: true },
        { ms: 10_069, tick: true },
        { ms: 10_070, tick: true, out: [{ ms: 100, value: 1 }] },
        { ms: 60, value: 2, out: [{ port: "late", value: 2 }] },
        { ms: 110, value: 4 },
        { ms: 10_100, tick: true },
        { ms: 10_220, tick: true, out: [{ ms: 200, value: 4 }] },
      ],
    ],
    [
      "counts a message into each hopping window that it falls in",
      { kind: "hopping", op: "count", sizeMs: 100, hopMs: 30 },
      [
        { ms: 120, value: 0 },
        { ms: 135, value: 0, out: [{ ms: 130, value: 1 }] },
        { ms: 300, value: 0, out: [160, 190, 220].map((ms) => ({ ms, value: 2 })) },
        { ms: 309, value: 0 },
        { ms: 310, value: 0, out: [{ ms: 310, value: 2 }] },
      ],
    ],
    [
      "carries the value from before into a time-weighted average, and to the window's end",
      { ...tumbling, op: "time_avg" },
      [
        { ms: 0, value: 10 },
        { ms: 50, value: 20 },
        { ms: 125, value: 40, out: [{ ms: 100, value: 15 }] },
        { ms: 120, value: 999 },
        { ms: 1000, tick: true },
        { ms: 1075, tick: true, out: [{ ms: 200, value: 35 }] },
      ],
    ],
    [
      "keeps tags apart, and marks by the worst reading",
      { ...tumbling, op: "max" },
      [
        { ms: 0, tag: "a", value: 5, quality: "uncertain" },
        { ms: 10, tag: "b", value: 7 },
        { ms: 20, tag: "a", value: "text" },
        { ms: 100, tag: "a", value: 1, out: [{ ms: 100, value: 5, quality: "uncertain" }] },
        { ms: 110, tag: "b", value: Number.NaN, out: [{ ms: 100, value: 7 }] },
        { ms: 220, tag: "b", value: 0, out: [{ ms: 200, value: Number.NaN, quality: "bad" }] },
      ],
    ],
    [
      "takes all tags together where that is asked for",
      { ...tumbling, perTopic: false, topic: "all" },
      [
        { ms: 0, tag: "a", value: 5 },
        { ms: 10, tag: "b", value: 7 },
        { ms: 100, tag: "b", value: 7, out: [{ tag: "all", value: 12 }] },
      ],
    ],
    [
      "ends a session when nothing has come for the gap, by message or clock",
      { kind: "session", op: "sum", gapMs: 100 },
      [
        { ms: 50, value: 1 },
        { ms: 149, value: 2 },
        { ms: 100, value: 4 },
        { ms: 249, value: 8, out: [{ ms: 149, value: 7 }] },
        { ms: 140, value: 16, out: [{ port: "late", value: 16 }] },
        { ms: 160, value: 32 },
        { ms: 1000, tick: true },
        { ms: 1100, tick: true, out: [{ ms: 249, value: 40 }] },
        { ms: 249, value: 64, out: [{ port: "late", value: 64 }] },
        { ms: 260, value: 0 },
      ],
    ],
    [
      "ends a session that has grown too long",
      { kind: "session", op: "count", gapMs: 100, sizeMs: 150 },
      [
        { ms: 0, value: 0 },
        { ms: 80, value: 0 },
        { ms: 149, value: 0 },
        { ms: 150, value: 0, out: [{ ms: 149, value: 3 }] },
        { ms: 260, value: 0, out: [{ ms: 150, value: 1 }] },
      ],
    ],
    [
      "counts messages, by arrival",
      { kind: "tumbling", by: "count", op: "first", size: 2 },
      [
        { ms: 9, value: 1 },
        { ms: 5, value: 2, out: [{ value: 2 }] },
        { ms: 1, value: 3 },
        { ms: 9_000, tick: true },
        { ms: 1, value: 4, out: [{ value: 3 }] },
      ],
    ],
    [
      "hops by messages, also when the length is no multiple of the hop",
      { kind: "hopping", by: "count", op: "sum", size: 3, hop: 2 },
      [1, 2, 4, 8, 16, 32, 64].map((value, ms) => {
        const sums: { [value: number]: number } = { 4: 7, 16: 28, 64: 112 };
        return sums[value] === undefined ? { ms, value } : { ms, value, out: [{ value: sums[value] }] };
      }),
    ],
    [
      "finds percentiles of each window",
      { ...tumbling, op: "percentile", percentile: 50 },
      [
        { ms: 0, value: 3 },
        { ms: 1, value: 1 },
        { ms: 2, value: 2 },
        { ms: 101, value: 9, out: [{ ms: 100, value: 2 }] },
        { ms: 201, value: 9, out: [{ ms: 200, value: 9 }] },
      ],
    ],
    [
      "stands times at the very beginning and end",
      { kind: "hopping", op: "count", sizeMs: 100, hopMs: 50 },
      [
        { ms: 0, value: 0 },
        { ms: 18_446_744_073_000, value: 0, out: [{ ms: 100, value: 1 }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("window", table));

  it("leaves to the next tick what is too much for one", () => {
    const node = new TestNode("window", { ...tumbling, maxTopics: 1_000 });
    for (let tag = 0; tag < 1_000; tag++) node.send(reading(1, { topic: `tag/${tag}`, timestampNs: 0n }));
    const counts = [1n, 200_000_000n, 200_000_001n, 200_000_002n].map((now) => node.tick(now).length);
    expect(counts).toEqual([0, 512, 488, 0]);
  });

  it("gives up open windows when it is to cut in another way, and keeps them otherwise", () => {
    const saved = (() => {
      const node = new TestNode("window", tumbling);
      node.send(reading(1, { timestampNs: 0n }));
      return node.saveState();
    })();
    const sums = [tumbling, { ...tumbling, op: "max" }, { ...tumbling, sizeMs: 50 }].map((props) => {
      const node = new TestNode("window", props);
      expect(node.loadState(saved)).toBeUndefined();
      return [5, 2_000].flatMap((ms) => node.send(reading(4, { timestampNs: BigInt(ms) * 1_000_000n })));
    });
    expect(sums.map(([emission]) => emission!.message.value)).toEqual([5, 4, 4]);
  });

  const incomplete: [props: { [name: string]: string | number | boolean }, path: string][] = [
    [{ kind: "tumbling" }, "sizeMs"],
    [{ kind: "hopping", sizeMs: 5 }, "hopMs"],
    [{ kind: "hopping", by: "count", size: 5 }, "hop"],
    [{ kind: "tumbling", by: "count", sizeMs: 5 }, "size"],
    [{ kind: "session" }, "gapMs"],
    [{ kind: "session", gapMs: 5, by: "count" }, "by"],
    [{ kind: "tumbling", sizeMs: 5, perTopic: false }, "topic"],
  ];
  it.each(incomplete)("with %j wants %s before anything is deployed", (props, name) => {
    expect(() => new TestNode("window", { op: "sum", ...props })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ path: `nodes.node.props.${name}` })] }),
    );
  });

  const base = { op: "sum", percentile: 50, perTopic: true, maxTopics: 1n, latenessMs: 0n, by: "time" };
  const refused: [props: { [path: string]: MessageValue }, words: string][] = [
    [
      { kind: "hopping", sizeMs: 100n, hopMs: 1n },
      "101 windows would be open at a time, 64 allowed: hop further or wait less",
    ],
    [
      { kind: "tumbling", sizeMs: 1n, latenessMs: 63n },
      "65 windows would be open at a time, 64 allowed: hop further or wait less",
    ],
    [
      { kind: "hopping", sizeMs: 5n, hopMs: 6n },
      "the windows must be at least 1 long, and hop at most as far as they are long",
    ],
    [
      { kind: "hopping", sizeMs: 100n, hopMs: 10n, op: "percentile", maxTopics: 100n },
      "property maxTopics: 100 given, with these properties 86 allowed",
    ],
  ];
  it.each(refused)("refuses %o when the flow starts", (props, words) => {
    expect(refusalOf("window", { ...base, ...props })).toBe(words);
  });
});
