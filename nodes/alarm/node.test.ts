import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import type { Emitted } from "../examples.ts";
import { expectTable, reading, refusalOf, type Table, TestNode } from "../testing.ts";

const limits = { lowLow: 0, low: 10, high: 90, highHigh: 100 };
const text = { limits, format: "text" };
const event = (value: string, rest: Partial<Emitted> = {}): Emitted => ({
  port: "event",
  value: `line/1: ${value}`,
  ...rest,
});

describe("alarm", () => {
  const tables: readonly Table[] = [
    [
      "goes through all levels, at a limit and not before",
      text,
      [
        { ms: 0, value: 89.9, out: [{ value: 0 }] },
        { ms: 1, value: 90, out: [{ value: 1 }, event("high alarm raised, value 90, limit 90, active")] },
        { ms: 2, value: 100, out: [{ value: 2 }, event("high-high alarm changed, value 100, limit 100, active")] },
        { ms: 3, value: 95, out: [{ value: 1 }, event("high alarm changed, value 95, limit 90, active")] },
        { ms: 4, value: 10, out: [{ value: -1 }, event("low alarm changed, value 10, limit 10, active")] },
        { ms: 5, value: -1, out: [{ value: -2 }, event("low-low alarm changed, value -1, limit 0, active")] },
        { ms: 6, value: 50, out: [{ value: 0 }, event("low-low alarm cleared, value 50, limit 0, normal")] },
        { ms: 7, value: 50 },
      ],
    ],
    [
      "raises what is beyond a limit at the first reading",
      text,
      [{ ms: 0, value: 200, out: [{ value: 2 }, event("high-high alarm raised, value 200, limit 100, active")] }],
    ],
    [
      "leaves a limit only when the value is inside by more than the hysteresis",
      { limits: { low: 10, high: 90 }, hysteresis: 5, format: "text" },
      [
        { ms: 0, value: 90, out: [{ value: 1 }, event("high alarm raised, value 90, limit 90, active")] },
        { ms: 1, value: 85.1 },
        { ms: 2, value: 85, out: [{ value: 0 }, event("high alarm cleared, value 85, limit 90, normal")] },
        { ms: 3, value: 89 },
        { ms: 4, value: 9, out: [{ value: -1 }, event("low alarm raised, value 9, limit 10, active")] },
        { ms: 5, value: 14.9 },
        { ms: 6, value: 15, out: [{ value: 0 }, event("low alarm cleared, value 15, limit 10, normal")] },
      ],
    ],
    [
      "waits with raising and clearing, each limit by itself, and begins again when the value goes back",
      { ...text, onDelayMs: 100, offDelayMs: 50 },
      [
        { ms: 0, value: 95, out: [{ value: 0 }] },
        { ms: 60, value: 105 },
        { ms: 99, value: 105 },
        {
          ms: 130,
          value: 105,
          out: [{ ms: 100, value: 1 }, event("high alarm raised, value 105, limit 90, active", { ms: 100 })],
        },
        {
          ms: 170,
          value: 95,
          out: [{ ms: 160, value: 2 }, event("high-high alarm changed, value 105, limit 100, active", { ms: 160 })],
        },
        { ms: 200, value: 105 },
        { ms: 210, value: 50 },
        {
          ms: 300,
          value: 50,
          out: [{ ms: 260, value: 0 }, event("high-high alarm cleared, value 50, limit 100, normal", { ms: 260 })],
        },
      ],
    ],
    [
      "lets delays run out by the clock while nothing comes",
      { ...text, onDelayMs: 100 },
      [
        { ms: 0, value: 95, out: [{ value: 0 }] },
        { ms: 5000, tick: true },
        { ms: 5099, tick: true },
        {
          ms: 5150,
          tick: true,
          out: [{ ms: 100, value: 1 }, event("high alarm raised, value 95, limit 90, active", { ms: 100 })],
        },
      ],
    ],
    [
      "takes nothing from readings that are bad or no number, while delays go on",
      { ...text, onDelayMs: 100 },
      [
        { ms: 0, value: 200, quality: "bad" },
        { ms: 0, value: Number.NaN },
        { ms: 0, value: "200" },
        { ms: 10, value: 95, quality: "uncertain", out: [{ value: 0 }] },
        { ms: 20, value: 50, quality: "bad" },
        { ms: 110, value: Number.NaN, out: [{ value: 1 }, event("high alarm raised, value 95, limit 90, active")] },
      ],
    ],
    [
      "is acknowledged by the tag's name or for all tags, and wants it again when it gets worse",
      { ...text, acknowledge: true },
      [
        { ms: 0, value: 95, out: [{ value: 1 }, event("high alarm raised, value 95, limit 90, unacknowledged")] },
        { ms: 1, in: "ack", value: "line/2" },
        { ms: 1, in: "ack", value: false },
        {
          ms: 2,
          in: "ack",
          value: "line/1",
          out: [event("high alarm acknowledged, value 95, limit 90, acknowledged")],
        },
        { ms: 3, in: "ack", value: "line/1" },
        {
          ms: 4,
          value: 105,
          out: [{ value: 2 }, event("high-high alarm changed, value 105, limit 100, unacknowledged")],
        },
        {
          ms: 5,
          in: "ack",
          value: true,
          out: [event("high-high alarm acknowledged, value 105, limit 100, acknowledged")],
        },
        { ms: 6, value: 95, out: [{ value: 1 }, event("high alarm changed, value 95, limit 90, acknowledged")] },
        { ms: 7, value: 50, out: [{ value: 0 }, event("high alarm cleared, value 50, limit 90, normal")] },
      ],
    ],
    [
      "remembers what returned to normal before it was acknowledged",
      { ...text, acknowledge: true },
      [
        { ms: 0, value: 95, out: [{ value: 1 }, event("high alarm raised, value 95, limit 90, unacknowledged")] },
        { ms: 1, value: 50, out: [{ value: 0 }, event("high alarm cleared, value 50, limit 90, returned")] },
        { ms: 2, in: "ack", value: 1, out: [event("high alarm acknowledged, value 50, limit 90, normal")] },
      ],
    ],
    [
      "keeps showing a latched alarm until it is acknowledged",
      { ...text, acknowledge: true, latch: true },
      [
        { ms: 0, value: 5, out: [{ value: -1 }, event("low alarm raised, value 5, limit 10, unacknowledged")] },
        { ms: 1, value: 50, out: [event("low alarm cleared, value 50, limit 10, latched")] },
        { ms: 2, value: 95, out: [{ value: 1 }, event("high alarm raised, value 95, limit 90, unacknowledged")] },
        { ms: 3, in: "ack", value: true, out: [event("high alarm acknowledged, value 95, limit 90, acknowledged")] },
        { ms: 4, value: 50, out: [{ value: 0 }, event("high alarm cleared, value 50, limit 90, normal")] },
      ],
    ],
    [
      "keeps tags apart, and writes their names so that the JSON stands",
      { limits: { high: 1.5 } },
      [
        {
          ms: 0,
          tag: 'a"b\\c\u0007é',
          value: 2.25,
          out: [
            { value: 1 },
            {
              port: "event",
              value:
                '{"tag":"a\\"b\\\\c\\u0007é","event":"raised","level":"high","state":"active","value":2.25,"limit":1.5}',
            },
          ],
        },
        { ms: 1, tag: "b", value: 1, out: [{ value: 0 }] },
      ],
    ],
  ];
  it.each(tables)("%s", (...table) => expectTable("alarm", table));

  it("carries out with later ticks an acknowledgement of more tags than one call may emit for", () => {
    const node = new TestNode("alarm", { limits: { high: 1 }, acknowledge: true });
    for (let tag = 0; tag < 1_000; tag++) node.send(reading(5, { topic: `tag/${tag}` }));
    const counts = [node.send(reading(true), 1).length, node.tick(1n).length, node.tick(2n).length];
    expect(counts).toEqual([512, 488, 0]);
  });

  it("lets go of an alarm whose limit is gone after a swap", () => {
    const first = new TestNode("alarm", { limits: { high: 1, highHigh: 5 } });
    first.send(reading(9));
    const second = new TestNode("alarm", { limits: { high: 1 }, format: "text" });
    expect(second.loadState(first.saveState())).toBeUndefined();
    expect(second.tick(1n).map(({ message }) => message.value)).toEqual([
      1n,
      "line/1: high alarm changed, value 9, limit 1, active",
    ]);
    const third = new TestNode("alarm", { limits: { low: 0 }, format: "text" });
    third.loadState(first.saveState());
    expect(third.send(reading(8)).map(({ message }) => message.value)).toEqual([
      0n,
      "line/1: high-high alarm cleared, value 9, normal",
    ]);
  });

  it("writes events that are JSON, with the numbers as they came", () => {
    const node = new TestNode("alarm", { limits: { high: 0.1 } });
    for (const value of [0.1 + 0.2, 1e21, 5e-324 + 1, 123456789.125, 2n ** 60n]) {
      const [, emitted] = new TestNode("alarm", { limits: { high: 0.1 } }).send(reading(value));
      expect(JSON.parse(emitted!.message.value as string)).toMatchObject({ value: Number(value), limit: 0.1 });
    }
    expect(node.send(reading(0))).toHaveLength(1);
  });

  const base = {
    hysteresis: 0,
    onDelayMs: 0n,
    offDelayMs: 0n,
    acknowledge: false,
    latch: false,
    format: "json",
    maxTopics: 5n,
  };
  const refused: [props: { [path: string]: MessageValue }, words: string][] = [
    [{}, "property limits names no limit"],
    [{ "limits.high": 5, "limits.low": 5 }, "property limits.low must be below the limits above it"],
    [{ "limits.highHigh": 1, "limits.high": 2 }, "property limits.high must be below the limits above it"],
    [{ "limits.high": Number.NaN }, "property limits.high must be below the limits above it"],
    [
      { "limits.high": 5, "limits.low": 1, hysteresis: 4 },
      "property hysteresis must be less than the limits are apart",
    ],
    [
      { "limits.high": 5, latch: true },
      "property latch: only an acknowledgement ends a latched alarm, and acknowledge is false",
    ],
  ];
  it.each(refused)("refuses %o when the flow starts", (props, words) => {
    expect(refusalOf("alarm", { ...base, ...props })).toBe(words);
  });

  it.each([
    [{ limits: {} }, "nodes.node.props.limits"],
    [{ limits: { high: 1 }, latch: true }, "nodes.node.props.acknowledge"],
  ])("refuses %j before anything is deployed", (props, path) => {
    expect(() => new TestNode("alarm", props)).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ path })] }),
    );
  });
});
