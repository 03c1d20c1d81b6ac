import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Breaker } from "./breaker.ts";

const trapTimes = (breaker: Breaker, ...timesMs: number[]) => {
  for (const ms of timesMs) breaker.trapped(ms);
};

describe("a circuit breaker", () => {
  test("opens at the fifth trap within ten seconds", () => {
    const breaker = new Breaker();
    trapTimes(breaker, 0, 1_000, 2_000, 3_000);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(9_999);
    expect(breaker.isOpen).toBe(true);
  });

  test("forgets traps that are older", () => {
    const breaker = new Breaker();
    trapTimes(breaker, 0, 1, 2, 3, 10_000, 10_001, 10_002);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(10_003);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(10_004);
    expect(breaker.isOpen).toBe(true);
  });

  test("allows a try after the rest, which doubles up to a minute, and begins at a second after a success", () => {
    const breaker = new Breaker();
    let nowMs = 0;
    trapTimes(breaker, 0, 0, 0, 0, 0);
    for (const restMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      expect(breaker.allows(nowMs + restMs - 1)).toBe(false);
      expect(breaker.allows(nowMs + restMs)).toBe(true);
      nowMs += restMs;
      breaker.trapped(nowMs);
    }
    nowMs += 60_000;
    breaker.succeeded();
    expect(breaker.isOpen).toBe(false);
    trapTimes(breaker, nowMs, nowMs, nowMs, nowMs);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(nowMs);
    expect(breaker.allows(nowMs + 999)).toBe(false);
    expect(breaker.allows(nowMs + 1_000)).toBe(true);
  });

  test("lets a flow that always traps run less than once a second in the long run, whenever it is asked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 200, maxLength: 400 }), (pauses) => {
        const breaker = new Breaker();
        let nowMs = 0;
        let runs = 0;
        for (const pause of pauses) {
          nowMs += pause;
          if (!breaker.allows(nowMs)) continue;
          runs++;
          breaker.trapped(nowMs);
        }
        expect(runs).toBeLessThanOrEqual(5 + nowMs / 1_000);
      }),
    );
  });
});
