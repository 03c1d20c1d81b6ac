import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlowInput } from "./flow-input.ts";

const sizes = fc.array(
  fc.integer({ min: 3, max: 20 }).map((words) => words * 8),
  { minLength: 1, maxLength: 12 },
);

/** Frames of these message sizes in the middle of a memory; each frame's port is its number. */
function inputOf(messageBytes: readonly number[]) {
  const total = messageBytes.reduce((sum, bytes) => sum + bytes + 8, 0);
  const memory = Buffer.alloc(total + 200, 0xff);
  const ends: number[] = [];
  let at = 100;
  for (const [index, bytes] of messageBytes.entries()) {
    memory.writeUInt32LE(index, at);
    memory.writeUInt32LE(bytes, at + 4);
    at += 8 + bytes;
    ends.push(at - 100);
  }
  return { input: new FlowInput(memory, 100, total, messageBytes.length), ends };
}

const numberOf = (frame: Uint8Array) => Buffer.from(frame).readUInt32LE(0);

describe("a flow's input", () => {
  test("advances to the ends of frames, and nowhere else", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: -50, max: 2_500 }), (messageBytes, bytes) => {
        const { input, ends } = inputOf(messageBytes);
        const before = input.bytes;
        const index = ends.indexOf(bytes);
        expect(input.advance(bytes)).toBe(index >= 0);
        expect(input.bytes).toBe(index >= 0 ? before - bytes : before);
        expect(input.frames).toBe(messageBytes.length - (index + 1));
      }),
    );
  });

  test("skips to behind the frame that holds an offset, however far off, and gives that frame", () => {
    fc.assert(
      fc.property(sizes, fc.nat(2 ** 32 - 1), fc.nat(2_000), fc.boolean(), (messageBytes, far, near, isFar) => {
        const offset = isFar ? far : near;
        const { input, ends } = inputOf(messageBytes);
        const found = ends.findIndex((end) => offset < end);
        const expected = found < 0 ? ends.length - 1 : found;
        const frame = input.skipTo(offset);
        expect(numberOf(frame)).toBe(expected);
        expect(frame.length).toBe(messageBytes[expected]! + 8);
        expect(input.frames).toBe(messageBytes.length - expected - 1);
        expect(input.rest.length).toBe(ends.at(-1)! - ends[expected]!);
      }),
    );
  });

  test("counts offsets from where it is", () => {
    const { input } = inputOf([24, 24, 24, 24]);
    expect(input.advance(32)).toBe(true);
    expect(numberOf(input.skipTo(33))).toBe(2);
    expect(input.frames).toBe(1);
  });
});
