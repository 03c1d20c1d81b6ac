import { describe, expect, it } from "vitest";
import { expectTable, reading, refusalOf, type Table, TestNode } from "../testing.ts";

describe("timer", () => {
  const tag = "timer";
  const tables: readonly Table[] = [
    [
      "goes off at multiples of its interval, from the first tick on",
      { intervalMs: 100 },
      [
        { ms: 50, tick: true },
        { ms: 99, tick: true },
        { ms: 100, tick: true, out: [{ tag, value: 1 }] },
        { ms: 100, tick: true },
        { ms: 199, tick: true },
        { ms: 250, tick: true, out: [{ ms: 200, tag, value: 2 }] },
      ],
    ],
    [
      "makes up once for what was missed",
      { intervalMs: 100 },
      [
        { ms: 0, tick: true },
        { ms: 950, tick: true, out: [{ ms: 900, tag, value: 1 }] },
        { ms: 1000, tick: true, out: [{ tag, value: 2 }] },
      ],
    ],
    [
      "goes on from there when the clock is put back",
      { intervalMs: 100 },
      [
        { ms: 1000, tick: true },
        { ms: 550, tick: true },
        { ms: 599, tick: true },
        { ms: 600, tick: true, out: [{ tag, value: 1 }] },
      ],
    ],
    [
      "goes off later than the full interval by its offset",
      { intervalMs: 100, offsetMs: 30, topic: "poll", value: "now" },
      [
        { ms: 0, tick: true },
        { ms: 29, tick: true },
        { ms: 30, tick: true, out: [{ tag: "poll", value: "now" }] },
        { ms: 129, tick: true },
        { ms: 135, tick: true, out: [{ ms: 130, tag: "poll", value: "now" }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("timer", table));

  it.each([1.5, true, "größe", ""])("emits the constant %j, of its own kind", (value) => {
    const node = new TestNode("timer", { intervalMs: 100, value });
    expect(node.tick(0n)).toEqual([]);
    expect(node.tick(200_000_000n).map(({ message }) => message)).toEqual([
      reading(value, { topic: "timer", timestampNs: 200_000_000n }),
    ]);
  });

  it("counts on, and starts anew, with a state from another interval", () => {
    const first = new TestNode("timer", { intervalMs: 100 });
    first.tick(0n);
    first.tick(100_000_000n);
    const second = new TestNode("timer", { intervalMs: 10 });
    expect(second.loadState(first.saveState())).toBeUndefined();
    expect(second.tick(500_000_000n)).toEqual([]);
    expect(second.tick(510_000_000n)[0]!.message.value).toBe(2n);
  });

  it("refuses an offset as long as the interval", () => {
    expect(refusalOf("timer", { intervalMs: 10n, offsetMs: 10n, topic: "t" })).toBe(
      "property offsetMs must be less than intervalMs",
    );
  });
});
