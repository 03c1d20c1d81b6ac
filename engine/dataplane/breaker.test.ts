import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Breaker } from "./breaker.ts";

const trapTimes = (breaker: Breaker, ...timesMs: number[]) => {
  for (const ms of timesMs) breaker.trapped(ms, "message");
};

describe("a circuit breaker", () => {
  test("opens at the fifth trap within ten seconds", () => {
    const breaker = new Breaker(() => 0.5);
    trapTimes(breaker, 0, 1_000, 2_000, 3_000);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(9_999, "message");
    expect(breaker.isOpen).toBe(true);
  });

  test("forgets traps that are older", () => {
    const breaker = new Breaker(() => 0.5);
    trapTimes(breaker, 0, 1, 2, 3, 10_000, 10_001, 10_002);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(10_003, "message");
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(10_004, "message");
    expect(breaker.isOpen).toBe(true);
  });

  test("allows a try after the rest, which doubles up to a minute, and begins at a second after a success", () => {
    const breaker = new Breaker(() => 0.5);
    let nowMs = 0;
    trapTimes(breaker, 0, 0, 0, 0, 0);
    for (const restMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      expect(breaker.allows(nowMs + restMs - 1)).toBe(false);
      expect(breaker.allows(nowMs + restMs)).toBe(true);
      nowMs += restMs;
      breaker.trapped(nowMs, "message");
    }
    nowMs += 60_000;
    breaker.succeeded("message");
    expect(breaker.isOpen).toBe(false);
    trapTimes(breaker, nowMs, nowMs, nowMs, nowMs);
    expect(breaker.isOpen).toBe(false);
    breaker.trapped(nowMs, "message");
    expect(breaker.allows(nowMs + 999)).toBe(false);
    expect(breaker.allows(nowMs + 1_000)).toBe(true);
  });

  test.each([
    ["message", "tick", false],
    ["message", "message", true],
    ["tick", "message", false],
    ["tick", "tick", true],
    ["start", "message", true],
    ["start", "tick", true],
  ] as const)("opened by traps in a %s, and a %s that goes well, closes: %s", (trapped, succeeded, closes) => {
    const breaker = new Breaker(() => 0.5);
    for (let trap = 0; trap < 5; trap++) breaker.trapped(0, trapped);
    breaker.succeeded(succeeded);
    expect(breaker.isOpen).toBe(!closes);
  });

  test("varies its rests by a fifth", () => {
    const restOf = (random: number) => {
      const breaker = new Breaker(() => random);
      trapTimes(breaker, 0, 0, 0, 0, 0);
      return Math.round(breaker.restMs(0));
    };
    expect([0, 0.5, 1].map(restOf)).toEqual([800, 1_000, 1_200]);
  });

  test("lets a flow that always traps run less than once a second in the long run, whenever it is asked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 200, maxLength: 400 }), (pauses) => {
        const breaker = new Breaker(() => 0.5);
        let nowMs = 0;
        let runs = 0;
        for (const pause of pauses) {
          nowMs += pause;
          if (!breaker.allows(nowMs)) continue;
          runs++;
          breaker.trapped(nowMs, "message");
        }
        expect(runs).toBeLessThanOrEqual(5 + nowMs / 1_000);
      }),
    );
  });
});
