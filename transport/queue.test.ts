import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameQueue } from "./queue.ts";

function shift(queue: FrameQueue): Uint8Array {
  const frame = new Uint8Array(queue.nextLength());
  expect(queue.shiftInto(frame, 0)).toBe(frame.length);
  return frame;
}

test("any sequence of pushes and shifts behaves as a plain list with a bound", () => {
  const step = fc.oneof(fc.uint8Array({ maxLength: 120 }), fc.constant("shift" as const));
  fc.assert(
    fc.property(fc.integer({ min: 130, max: 700 }), fc.array(step, { maxLength: 200 }), (bytesMax, steps) => {
      const queue = new FrameQueue(bytesMax);
      const model: Uint8Array[] = [];
      const used = () => model.reduce((sum, frame) => sum + 4 + frame.length, 0);
      for (const it of steps) {
        if (it === "shift") {
          if (model.length > 0) expect(shift(queue)).toEqual(model.shift());
        } else {
          const fits = used() + 4 + it.length <= bytesMax;
          expect(queue.push(it)).toBe(fits);
          if (fits) model.push(it);
        }
        expect([queue.bytes, queue.frames, queue.nextLength()]).toEqual([used(), model.length, model[0]?.length ?? -1]);
      }
    }),
  );
});

test("the ring grows while frames wrap around its end", () => {
  const queue = new FrameQueue(4 * 1024 * 1024);
  const frame = (seed: number) => new Uint8Array(30_000).fill(seed);
  let pushed = 0;
  let shifted = 0;
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 3; i++) expect(queue.push(frame(pushed++))).toBe(true);
    for (let i = 0; i < 2; i++) expect(shift(queue)).toEqual(frame(shifted++));
  }
  while (queue.frames > 0) expect(shift(queue)).toEqual(frame(shifted++));
  expect(shifted).toBe(pushed);
});

test("a queue takes a frame of exactly its bound, and none that is longer", () => {
  const queue = new FrameQueue(104);
  expect(queue.frameBytesMax).toBe(100);
  expect(queue.push(new Uint8Array(101))).toBe(false);
  expect(queue.push(new Uint8Array(100))).toBe(true);
  expect(queue.push(new Uint8Array(0))).toBe(false);
});
