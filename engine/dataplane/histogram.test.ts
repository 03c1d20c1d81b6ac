import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecentTimes } from "./histogram.ts";

const minuteMs = 60_000;

describe("recent times", () => {
  test("are none before the first is recorded", () => {
    expect(new RecentTimes().percentileUs(99)).toBe(0);
  });

  test("give percentiles to within a percent", () => {
    const times = new RecentTimes();
    for (let us = 1; us <= 1000; us++) times.record(us, 0);
    for (const percent of [1, 50, 90, 99]) {
      const expected = percent * 10;
      expect(Math.abs(times.percentileUs(percent) - expected)).toBeLessThan(expected * 0.02 + 1);
    }
  });

  test("are forgotten after two minutes at most, and kept for one at least", () => {
    const times = new RecentTimes();
    times.record(1_000, 0);
    for (let ms = 0; ms <= minuteMs; ms += 1_000) times.record(10, ms);
    expect(times.percentileUs(100)).toBeGreaterThan(900);
    times.record(10, 2 * minuteMs);
    expect(times.percentileUs(100)).toBeLessThan(20);
  });

  test("from before a long silence are not taken for recent", () => {
    const times = new RecentTimes();
    times.record(1_000, 0);
    times.record(10, 60 * minuteMs);
    expect(times.percentileUs(100)).toBeLessThan(20);
  });

  test("beyond what can be told apart count as the least or the most", () => {
    const times = new RecentTimes();
    for (const us of [0, -5, 1e12]) times.record(us, 0);
    expect(times.percentileUs(1)).toBeLessThanOrEqual(0.001);
    expect(times.percentileUs(100)).toBeGreaterThan(900_000);
  });

  test("of any length, in any order and over minutes, are told as a list of them tells them", () => {
    const time = fc.record({ us: fc.double({ min: 0.1, max: 2e6, noNaN: true }), later: fc.boolean() });
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (all, percent) => {
        const times = new RecentTimes();
        const turn = all.findIndex(({ later }) => later);
        for (const [index, { us }] of all.entries()) times.record(us, turn >= 0 && index >= turn ? minuteMs : 0);
        const sorted = all.map(({ us }) => us).toSorted((a, b) => a - b);
        const expected = sorted[Math.ceil((sorted.length * percent) / 100) - 1]!;
        expect(Math.abs(times.percentileUs(percent) - expected)).toBeLessThan(expected * 0.02 + 0.001);
      }),
    );
  });
});
