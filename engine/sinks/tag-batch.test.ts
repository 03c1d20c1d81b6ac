import { encodeMessage, type Message } from "@flowfusion/graph";
import { decodeTagUpdateBatch, encodeTagUpdateBatch } from "@flowfusion/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TagBatchWriter } from "./tag-batch.ts";

const text = fc.oneof(fc.constantFrom("", "boiler/1/temp", "größe/€"), fc.string({ unit: "grapheme", maxLength: 200 }));
const message: fc.Arbitrary<Message> = fc.record({
  topic: text,
  timestampNs: fc.bigInt(1n, 2n ** 63n),
  quality: fc.constantFrom(0, 1, 2),
  value: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.double(),
    text,
    fc.uint8Array({ maxLength: 300 }),
  ),
});

function framesOf(messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.flatMap((bytes) => [new Uint8Array(Uint32Array.of(0, bytes.length).buffer), bytes]));
}

describe("a batch written from frames", () => {
  it("is the batch that protobufjs writes for the same updates, byte for byte", () => {
    const writer = new TagBatchWriter("flow/sink");
    fc.assert(
      fc.property(fc.array(message, { maxLength: 50 }), (messages) => {
        const frames = framesOf(messages.map(encodeMessage));
        const { batch, updates, bytes, malformed } = writer.encode(frames, 1_000);
        const expected = encodeTagUpdateBatch({
          source: "flow/sink",
          updates: messages.map(({ topic, ...rest }) => ({ tag: topic, ...rest })),
        });
        expect(Buffer.from(batch).toString("hex")).toBe(Buffer.from(expected).toString("hex"));
        expect({ updates, bytes, malformed }).toEqual({ updates: messages.length, bytes: frames.length, malformed: 0 });
      }),
    );
  });

  it("ends after the number of updates that was asked for, at a frame", () => {
    const one = encodeMessage({ topic: "a", timestampNs: 1n, quality: 0, value: 1 });
    const frames = framesOf([one, one, one]);
    const { updates, bytes } = new TagBatchWriter("s").encode(frames, 2);
    expect({ updates, bytes }).toEqual({ updates: 2, bytes: (frames.length / 3) * 2 });
  });

  it("leaves out messages that no update can hold, and counts them", () => {
    const good = encodeMessage({ topic: "good", timestampNs: 1n, quality: 0, value: "text" });
    const broken = (change: (bytes: Uint8Array) => void) => {
      const bytes = Uint8Array.from(good);
      change(bytes);
      return bytes;
    };
    const bad = [
      broken((bytes) => bytes.fill(0xff, 24, 25)),
      broken((bytes) => bytes.fill(0xff, 28, 29)),
      broken((bytes) => bytes.fill(9, 16, 17)),
      broken((bytes) => bytes.fill(9, 17, 18)),
    ];
    const { batch, updates, malformed } = new TagBatchWriter("s").encode(framesOf([good, ...bad, good]), 100);
    expect({ updates, malformed }).toEqual({ updates: 2, malformed: 4 });
    expect(decodeTagUpdateBatch(batch).updates.map(({ tag, value }) => [tag, value])).toEqual([
      ["good", "text"],
      ["good", "text"],
    ]);
  });
});
