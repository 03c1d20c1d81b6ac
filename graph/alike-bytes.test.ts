import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AlikeBytes } from "./alike-bytes.ts";

/** Few different bytes, so that the same come again, with a part that does not count. */
const pieces = fc.record({
  before: fc.uint8Array({ max: 1, maxLength: 3 }),
  hole: fc.uint8Array({ maxLength: 3 }),
  after: fc.uint8Array({ max: 1, maxLength: 3 }),
});

describe("what bytes stand for", () => {
  it("is what is read of them, however many came before", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 100 }), fc.nat({ max: 40 }), (all, bytesMax) => {
        const alike = new AlikeBytes<string>(bytesMax);
        for (const { before, hole, after } of all) {
          const buffer = Uint8Array.of(9, ...before, ...hole, ...after, 9);
          const holeBegin = 1 + before.length;
          const holeEnd = holeBegin + hole.length;
          const found = alike.around(buffer, 1, holeBegin, holeEnd, buffer.length - 1, (bytes) => bytes.join());
          expect(found).toBe([...before, ...after].join());
        }
      }),
    );
  });

  it("is read once for bytes that come again soon, and anew when too much came in between", () => {
    const read: number[] = [];
    const alike = new AlikeBytes<number>(8);
    const ask = (...bytes: number[]) =>
      alike.of(Uint8Array.from(bytes), 0, bytes.length, ([first]) => {
        read.push(first!);
        return first!;
      });
    for (const bytes of [
      [1, 1],
      [2, 1],
      [1, 1],
      [2, 1],
    ])
      ask(...bytes);
    expect(read).toEqual([1, 2]);
    ask(3, 1, 1, 1);
    ask(1, 1);
    expect(read).toEqual([1, 2, 3]);
    ask(4, 1, 1, 1, 1);
    ask(1, 1);
    expect(read).toEqual([1, 2, 3, 4, 1]);
    for (let again = 0; again < 2; again++) ask(5, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(read).toEqual([1, 2, 3, 4, 1, 5, 5]);
  });

  it("of more than a few of a length, is read once for the last of them", () => {
    const read: number[] = [];
    const alike = new AlikeBytes<number>(1_000);
    const ask = (byte: number) => alike.of(Uint8Array.of(byte), 0, 1, () => read.push(byte));
    for (let byte = 0; byte < 100; byte++) ask(byte);
    for (let byte = 84; byte < 100; byte++) ask(byte);
    expect(read).toHaveLength(100);
    ask(0);
    expect(read).toHaveLength(101);
  });
});
