import fc from "fast-check";
import { expect, test } from "vitest";
import { Pacer } from "./pacer.ts";

/** Pays all that is due at each time; gives the portions. */
function pay(pacer: Pacer, timesMs: readonly number[]): number[] {
  return timesMs.map((nowMs) => {
    const due = pacer.due(nowMs);
    pacer.paid(due);
    return due;
  });
}

const sum = (values: readonly number[]) => values.reduce((total, it) => total + it, 0);
const every = (stepMs: number, count: number, fromMs = 0) =>
  Array.from({ length: count }, (_, i) => fromMs + (i + 1) * stepMs);

test("a rate is held exactly by a timer that is late every time", () => {
  expect(sum(pay(new Pacer(50_000, 0), every(1.37, 10_000)))).toBe(Math.floor(13_700 * 50));
  expect(sum(pay(new Pacer(3, 0), every(1.37, 10_000)))).toBe(41);
});

test("whatever the timer does, no portion is above 20 ms' worth and all time is accounted for", () => {
  const delays = fc.array(fc.double({ min: 0, max: 3000, noNaN: true }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), delays, (rate, delaysMs) => {
      const pacer = new Pacer(rate, 0);
      let nowMs = 0;
      const times = delaysMs.map((delay) => {
        nowMs += delay;
        return nowMs;
      });
      const portions = pay(pacer, times);
      expect(Math.max(...portions)).toBeLessThanOrEqual(Math.max(1, rate * 0.02));
      const debt = (nowMs * rate) / 1000 - sum(portions) - pacer.forgiven;
      expect(debt).toBeGreaterThan(-1);
      expect(debt).toBeLessThanOrEqual(Math.max(1, rate) + 1);
    }),
  );
});

test("after a stall the debt is paid back at twice the rate, then the rate is held again", () => {
  const pacer = new Pacer(10_000, 0);
  pay(pacer, every(1, 100));
  const portions = pay(pacer, every(1, 1000, 600));
  expect(portions[0]).toBe(200);
  expect(portions.slice(1, 400).every((it) => it === 20)).toBe(true);
  expect(portions.slice(-300).every((it) => it === 10)).toBe(true);
  expect(pacer.forgiven).toBe(0);
});

test("more than a second's debt is forgiven and counted", () => {
  const pacer = new Pacer(1000, 0);
  pay(pacer, [5000]);
  expect(pacer.forgiven).toBe(4000);
});

test("the wait is until the next update is due", () => {
  const pacer = new Pacer(4, 0);
  expect(pacer.due(50)).toBe(0);
  expect(pacer.waitMs()).toBeCloseTo(200);
});

test("a clock that steps back owes nothing and takes nothing back", () => {
  const pacer = new Pacer(1000, 100);
  expect(pay(pacer, [90, 100, 101])).toEqual([0, 0, 1]);
});
