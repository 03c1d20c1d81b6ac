import { describe, expect, it } from "vitest";
import { expectTable, reading, refusalOf, type Table, TestNode } from "../testing.ts";

describe("deadband", () => {
  const tables: readonly Table[] = [
    [
      "passes what moves by more than the band, in either direction, from what passed last",
      { band: 1 },
      [
        { ms: 0, value: 10, out: [{ value: 10 }] },
        { ms: 1, value: 11 },
        { ms: 2, value: 9 },
        { ms: 3, value: 11.01, out: [{ value: 11.01 }] },
        { ms: 4, value: 10, out: [{ value: 10 }] },
      ],
    ],
    [
      "passes each change with a band of 0, and no repetition",
      { band: 0 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 1, value: 1 },
        { ms: 2, value: 1n },
        { ms: 3, value: 1 + 2 ** -52, out: [{ value: 1 }] },
        { ms: 4, value: true, out: [{ value: true }] },
        { ms: 5, value: 1 },
        { ms: 6, value: false, out: [{ value: false }] },
      ],
    ],
    [
      "takes percent of the magnitude of what passed last",
      { band: 10, mode: "percent" },
      [
        { ms: 0, value: -100, out: [{ value: -100 }] },
        { ms: 1, value: -110 },
        { ms: 2, value: -111, out: [{ value: -111 }] },
        { ms: 3, value: 0, out: [{ value: 0 }] },
        { ms: 4, value: 1e-9, out: [{ value: 1e-9 }] },
      ],
    ],
    [
      "passes a change of quality",
      { band: 5 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 1, value: 1, quality: "bad", out: [{ value: 1, quality: "bad" }] },
        { ms: 2, value: 2, quality: "bad" },
        { ms: 3, value: 2, out: [{ value: 2 }] },
      ],
    ],
    [
      "passes where a value begins or ceases to be a number, and infinity once",
      { band: 5 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 1, value: Number.NaN, out: [{ value: Number.NaN }] },
        { ms: 2, value: Number.NaN },
        { ms: 3, value: 1, out: [{ value: 1 }] },
        { ms: 4, value: Number.POSITIVE_INFINITY, out: [{ value: Number.POSITIVE_INFINITY }] },
        { ms: 5, value: Number.POSITIVE_INFINITY },
      ],
    ],
    [
      "keeps tags apart, and lets what is no number pass",
      { band: 5 },
      [
        { ms: 0, tag: "a", value: 1, out: [{ value: 1 }] },
        { ms: 1, tag: "b", value: 2, out: [{ value: 2 }] },
        { ms: 2, tag: "a", value: 2 },
        { ms: 3, tag: "a", value: "text", out: [{ value: "text" }] },
        { ms: 4, tag: "a", value: null, out: [{ value: null }] },
        { ms: 5, tag: "a", value: 3 },
      ],
    ],
    [
      "lets a message pass after the longest silence, by timestamps that need not be in order",
      { band: 5, maxSilenceMs: 100 },
      [
        { ms: 1000, value: 1, out: [{ value: 1 }] },
        { ms: 1099, value: 1 },
        { ms: 900, value: 1 },
        { ms: 1100, value: 2, out: [{ value: 2 }] },
        { ms: 1150, value: 2 },
      ],
    ],
    [
      "repeats the latest value while nothing comes, as a guess unless it was held back",
      { band: 5, maxSilenceMs: 100 },
      [
        { ms: 1000, value: 1, out: [{ value: 1 }] },
        { ms: 1050, value: 3 },
        { ms: 7000, tick: true },
        { ms: 7049, tick: true },
        { ms: 7050, tick: true, out: [{ ms: 1100, value: 3 }] },
        { ms: 7149, tick: true },
        { ms: 7151, tick: true, out: [{ ms: 1201, value: 3, quality: "uncertain" }] },
        { ms: 7500, tick: true, out: [{ ms: 1550, value: 3, quality: "uncertain" }] },
      ],
    ],
    [
      "counts the silence anew when the clock is put back",
      { band: 5, maxSilenceMs: 100 },
      [
        { ms: 0, value: 1, out: [{ value: 1 }] },
        { ms: 7000, tick: true },
        { ms: 3000, tick: true },
        { ms: 3099, tick: true },
        { ms: 3100, tick: true, out: [{ ms: 100, value: 1, quality: "uncertain" }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("deadband", table));

  it("forgets the tag that was silent for longest when there are too many, and says so", () => {
    const node = new TestNode("deadband", { band: 5, maxTopics: 2 });
    const answers = ["a", "b", "a", "c", "a", "b"].map((topic) => node.send(reading(1, { topic })));
    expect(answers.map((emissions) => emissions.map(({ port }) => port))).toEqual([
      ["out"],
      ["out"],
      [],
      ["log", "out"],
      [],
      ["log", "out"],
    ]);
    expect(answers[3]![0]!.message).toEqual(
      reading("no room for another tag: the one silent for longest is forgotten", { topic: "c" }),
    );
  });

  it.each([
    [{ mode: "absolute", band: 1, maxSilenceMs: 0n }, "property maxTopics is missing or of another type"],
    [{ mode: "absolute", band: 1, maxSilenceMs: 0n, maxTopics: 0n }, "property maxTopics must be from 1 to 10000"],
    [{ mode: "relative", band: 1, maxSilenceMs: 0n, maxTopics: 9n }, "property mode: relative is unknown"],
    [
      { mode: "absolute", band: 1, maxSilenceMs: -1, maxTopics: 9n },
      "property maxSilenceMs is no duration in milliseconds",
    ],
  ])("refuses %o that no schema has checked", (props, words) => {
    expect(refusalOf("deadband", props)).toBe(words);
  });
});
