import fc from "fast-check";
import { expect, test } from "vitest";
import { Stamps } from "./stamps.ts";

test("stamps strictly increase whatever the clock does", () => {
  const steps = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 1000n }), fc.integer({ min: 1, max: 100 })));
  fc.assert(
    fc.property(steps, (takes) => {
      let nowNs = 0n;
      const stamps = new Stamps(() => nowNs);
      let last = -1n;
      for (const [clockNs, count] of takes) {
        nowNs = clockNs;
        const first = stamps.take(count);
        expect(first).toBeGreaterThan(last);
        last = first + BigInt(count - 1);
      }
    }),
  );
});

test("a stamp is the time of the clock when the clock is ahead", () => {
  let nowNs = 1000n;
  const stamps = new Stamps(() => nowNs);
  expect(stamps.take(10)).toBe(1000n);
  expect(stamps.take(1)).toBe(1010n);
  nowNs = 5000n;
  expect(stamps.take(1)).toBe(5000n);
});
