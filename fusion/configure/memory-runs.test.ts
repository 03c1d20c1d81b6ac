import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryRuns } from "./memory-runs.ts";

const pageBytes = 65_536;

it("gives all that is not zero, in order, in no more runs than allowed", () => {
  const writes = fc.array(fc.tuple(fc.nat(pageBytes - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 200 });
  fc.assert(
    fc.property(writes, fc.integer({ min: 1, max: 40 }), (written, runsMax) => {
      const memory = new Uint8Array(pageBytes);
      for (const [at, value] of written) memory[at] = value;
      const runs = memoryRuns(memory.buffer, runsMax);
      expect(runs.length).toBeLessThanOrEqual(runsMax);
      const copy = new Uint8Array(pageBytes);
      let last = 0;
      for (const { start, end } of runs) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        copy.set(memory.subarray(start, end), start);
        last = end;
      }
      expect(Buffer.compare(copy, memory)).toBe(0);
    }),
  );
});

it("leaves out what is zero, where that is worth a run of its own", () => {
  const memory = new Uint8Array(pageBytes);
  memory.fill(1, 1_000, 1_008);
  memory.fill(1, 40_000, 40_016);
  expect(memoryRuns(memory.buffer, 10)).toEqual([
    { start: 1_000, end: 1_008 },
    { start: 40_000, end: 40_016 },
  ]);
  expect(memoryRuns(memory.buffer, 1)).toEqual([{ start: 1_000, end: 40_016 }]);
  expect(memoryRuns(new ArrayBuffer(pageBytes), 1)).toEqual([]);
});
