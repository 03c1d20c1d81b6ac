import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultOf, noteOf } from "./health.ts";
import type { Span } from "./vitals.ts";

const limits = { trapsMax: 0, droppedShareMax: 0.01, outputRatioMin: 0.1, latencyFactorMax: 5 };
const span = (changes: Partial<Span> = {}): Span => ({
  ...{
    ms: 10_000,
    messagesIn: 1_000,
    missed: 0,
    messagesOut: 500,
    calls: 100,
    tracedCalls: 0,
    traps: 0,
    dropped: 0,
    executeP50Us: 400,
  },
  ...changes,
});

describe("a new version", () => {
  const atOnce: readonly [string, Partial<Span>, Partial<Span>, RegExp | undefined][] = [
    ["that is as before", {}, {}, undefined],
    ["that traps", {}, { traps: 1, ms: 500 }, /^1 trap in 0.5 s, 0 allowed; 0 traps in 10 s before$/],
    [
      "that traps in a node",
      {},
      { traps: 2, ms: 500, lastTrap: { node: "hot", cause: "fuel" } },
      /^2 traps in 0.5 s \(the last: node hot ran out of fuel\), 0 allowed/,
    ],
    [
      "that traps in no node",
      {},
      { traps: 1, ms: 500, lastTrap: { node: "", cause: "fuel" } },
      /\(the last: the flow itself ran out of fuel\)/,
    ],
    ["that traps no more often than before", { traps: 4 }, { traps: 2, ms: 5_000 }, undefined],
    ["that traps more often than before", { traps: 4 }, { traps: 3, ms: 5_000 }, /^3 traps in 5 s, 2 allowed/],
    ["that drops", {}, { dropped: 100 }, /^6.7 % of messages dropped, 1 % allowed; 0 % before$/],
    [
      "that misses all that comes",
      {},
      { dropped: 500, missed: 500, messagesIn: 0, messagesOut: 0 },
      /^100 % of messages/,
    ],
    ["that drops as much as before", { dropped: 100 }, { dropped: 100 }, undefined],
    ["that drops too little to tell", {}, { dropped: 9, messagesIn: 10, messagesOut: 0 }, undefined],
    ["that gives nothing, while the trial lasts", {}, { messagesOut: 0 }, undefined],
    ["that is slow, while the trial lasts", {}, { executeP50Us: 1e6 }, undefined],
  ];
  test.each(atOnce)("%s", (_, before, now, fault) => {
    const found = faultOf(span(before), span(now), limits, false);
    expect(found).toEqual(fault && expect.stringMatching(fault));
  });

  const atTheEnd: readonly [string, Partial<Span>, Partial<Span>, RegExp | undefined][] = [
    ["that gives nothing", {}, { messagesOut: 0 }, /^0 messages out, .* would have given 500; at least 10 % of it/],
    ["that gives a tenth", {}, { messagesOut: 50 }, undefined],
    ["that gives nothing for next to no input", {}, { messagesIn: 20, messagesOut: 0 }, undefined],
    ["that gets no input any more", {}, { messagesIn: 0, messagesOut: 0 }, undefined],
    ["whose timer stands still", { messagesIn: 0 }, { messagesIn: 0, messagesOut: 0 }, /^0 messages out/],
    ["that follows one that gave nothing", { messagesOut: 0 }, { messagesOut: 0 }, undefined],
    ["that takes six times as long", {}, { executeP50Us: 2_400 }, /2400 µs or more, 2000 µs allowed; 400 µs before$/],
    ["that takes six times as long in calls too few to tell", {}, { calls: 19, executeP50Us: 2_400 }, undefined],
    ["that takes six times as long and is fast", { executeP50Us: 4 }, { executeP50Us: 24 }, undefined],
    ["that takes six times as long in development mode", {}, { tracedCalls: 1, executeP50Us: 2_400 }, undefined],
    ["that takes six times as long as one in development mode", { tracedCalls: 1 }, { executeP50Us: 2_400 }, undefined],
    ["that follows one without calls", { messagesIn: 0, calls: 0, executeP50Us: 0 }, { executeP50Us: 9e3 }, undefined],
  ];
  test.each(atTheEnd)("%s, at the end of its trial", (_, before, now, fault) => {
    const found = faultOf(span(before), span(now), limits, true);
    expect(found).toEqual(fault && expect.stringMatching(fault));
  });

  test("whose output is not judged is not at fault for giving nothing, and that is told", () => {
    const now = span({ messagesOut: 0 });
    expect(faultOf(span(), now, { ...limits, outputRatioMin: 0 }, true)).toBeUndefined();
    expect(noteOf(span(), now)).toBe("0 messages out, where the version before would have given 500");
    expect(noteOf(span(), span({ messagesOut: 50 }))).toBeUndefined();
  });

  test("that does as the one before is never at fault, whatever that was", () => {
    const count = fc.nat(1e6);
    const spans = fc.record({
      ...{
        ms: fc.integer({ min: 1, max: 1e6 }),
        messagesIn: count,
        missed: count,
        messagesOut: count,
        calls: count,
        tracedCalls: count,
        traps: count,
        dropped: count,
      },
      executeP50Us: fc.nat(1e6),
    });
    fc.assert(
      fc.property(spans, fc.boolean(), (before, isLast) => {
        expect(faultOf(before, before, limits, isLast)).toBeUndefined();
      }),
    );
  });
});
