import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countTagUpdates,
  decodeTagUpdateBatch,
  encodeTagUpdateBatch,
  receiptOf,
  TagBatchEncoder,
  type TagUpdate,
  type TagValue,
} from "./index.ts";

const value: fc.Arbitrary<TagValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
);
const update: fc.Arbitrary<TagUpdate> = fc.record({
  tag: fc.string({ unit: "binary", maxLength: 200 }),
  timestampNs: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  quality: fc.constantFrom(0 as const, 1 as const, 2 as const),
  value,
});
const batch = fc.record({ source: fc.string({ unit: "binary", maxLength: 20 }), updates: fc.array(update) });
const utf8 = new TextEncoder();

function encodeFast(encoder: TagBatchEncoder, updates: readonly TagUpdate[]): Uint8Array {
  encoder.begin();
  for (const it of updates) encoder.add(utf8.encode(it.tag), it.timestampNs, it.quality, it.value);
  return encoder.finish();
}

test("a batch comes back from its bytes as it was", () => {
  fc.assert(
    fc.property(batch, (it) => {
      const back = decodeTagUpdateBatch(encodeTagUpdateBatch(it));
      expect(back.source).toBe(it.source);
      // protobufjs reads bytes as a Buffer in Node.
      const plain = back.updates.map((u) =>
        u.value instanceof Uint8Array ? { ...u, value: Uint8Array.from(u.value) } : u,
      );
      expect(plain).toEqual(it.updates);
    }),
  );
});

test("the updates of a batch are counted as they are read, with a receipt and fields of later versions", () => {
  const unknown = fc.constantFrom([], [0x28, 0x96, 0x01], [0x23, 0x12, 0x00, 0x24], [0x3a, 0x02, 0x12, 0x00]);
  fc.assert(
    fc.property(batch, unknown, (it, later) => {
      const bytes = Uint8Array.of(...later, ...encodeTagUpdateBatch(it), 0x1a, 0x01, 0x12, ...later);
      expect(countTagUpdates(bytes)).toBe(it.updates.length);
      expect(decodeTagUpdateBatch(bytes).updates).toHaveLength(it.updates.length);
    }),
  );
});

test("the fast encoder writes the bytes that protobufjs writes, batch after batch", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.array(fc.array(update), { maxLength: 4 }), (source, batches) => {
      const encoder = new TagBatchEncoder(source);
      for (const updates of batches) {
        const bytes = encodeFast(encoder, updates);
        expect(Buffer.from(bytes).equals(encodeTagUpdateBatch({ source, updates }))).toBe(true);
        expect(encoder.updates).toBe(updates.length);
        expect(encoder.byteLength).toBe(bytes.length);
      }
    }),
  );
});

test("batches of a session end with its name and their number, and are read as any others", () => {
  const encoder = new TagBatchEncoder("it");
  expect(receiptOf(encoder.finish())).toBeUndefined();
  encoder.beginSession(2n ** 64n - 1n);
  fc.assert(
    fc.property(fc.array(update, { maxLength: 50 }), (updates) => {
      const number = encoder.batchNumber;
      for (const it of updates) encoder.add(utf8.encode(it.tag), it.timestampNs, it.quality, it.value);
      // Also when it is asked for twice, as a writer does that finds its queue full.
      encoder.finish();
      const bytes = encoder.finish();
      expect(receiptOf(bytes)).toEqual({ session: 2n ** 64n - 1n, number });
      expect(decodeTagUpdateBatch(bytes).updates).toHaveLength(updates.length);
      encoder.begin();
      expect(encoder.batchNumber).toBe(number + 1);
    }),
  );
});

test("the fast encoder grows for a batch that is larger than its buffer", () => {
  const updates = Array.from({ length: 2000 }, (_, i) => ({
    tag: `plant/${i}`,
    timestampNs: BigInt(i + 1),
    quality: 0 as const,
    value: "x".repeat(i),
  }));
  const bytes = encodeFast(new TagBatchEncoder("big"), updates);
  expect(decodeTagUpdateBatch(bytes)).toEqual({ source: "big", updates });
});

/** Field 1 of an update: the tag "a". */
const tagA = [0x0a, 1, 0x61];
const inBatch = (...fields: number[]) => Uint8Array.from([0x12, fields.length, ...fields]);

describe("a reader tolerates what protobuf allows", () => {
  const plain = { tag: "a", timestampNs: 0n, quality: 0, value: null };
  const cases: [string, Uint8Array, object][] = [
    ["an update with nothing in it", inBatch(), { ...plain, tag: "" }],
    ["fields in reverse order", inBatch(0x20, 1, 0x18, 2, ...tagA), { ...plain, quality: 2, value: true }],
    ["an unknown varint", inBatch(...tagA, 0x78, 0xff, 0x01), plain],
    ["an unknown group", inBatch(0x7b, 0x08, 1, 0x7c, ...tagA), plain],
    ["a tag that comes twice, the last counts", inBatch(0x0a, 1, 0x62, ...tagA), plain],
    ["two members of the oneof, the last counts", inBatch(...tagA, 0x20, 1, 0x3a, 1, 0x78), { ...plain, value: "x" }],
    ["a known number of another wire type", inBatch(...tagA, 0x10, 5), plain],
    ["a quality out of range, which counts as bad", inBatch(...tagA, 0x18, 9), { ...plain, quality: 2 }],
    ["a varint longer than it need be", inBatch(...tagA, 0x20, 0x81, 0x80, 0x00), { ...plain, value: true }],
  ];
  test.each(cases)("%s", (_, bytes, expected) => {
    expect(decodeTagUpdateBatch(bytes).updates).toEqual([expected]);
  });

  test("the source after the updates", () => {
    const bytes = Uint8Array.from([...inBatch(...tagA), 0x0a, 1, 0x73]);
    expect(decodeTagUpdateBatch(bytes)).toEqual({ source: "s", updates: [plain] });
  });
});

describe("a reader refuses", () => {
  const cases: [string, Uint8Array][] = [
    ["a length past the end", Uint8Array.of(0x12, 5, 0x0a)],
    ["a tag that runs past its update", inBatch(0x0a, 9, 0x61)],
    ["a varint of 11 bytes", inBatch(0x20, ...Array(10).fill(0x80), 1)],
    ["field number 0", inBatch(0x00, 1)],
    ["wire type 6", inBatch(0x7e)],
    ["wire type 7", inBatch(0x7f)],
    ["an end of group without its start", inBatch(0x7c)],
    ["a group without its end", inBatch(0x7b)],
    ["a tag that is not UTF-8", inBatch(0x0a, 2, 0xc3, 0x28)],
    ["a text that is not UTF-8", inBatch(...tagA, 0x3a, 1, 0xff)],
    ["a timestamp cut short", inBatch(0x11, 1, 2, 3)],
  ];
  test.each(cases)("%s", (_, bytes) => {
    expect(() => decodeTagUpdateBatch(bytes)).toThrow();
  });
});
