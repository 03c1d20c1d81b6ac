import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeMessage,
  encodeFrame,
  encodeMessage,
  frameHeaderBytes,
  type Message,
  messageHeaderBytes,
  paddedTo8,
} from "./message.ts";

// A leading byte order mark is left out: decoding takes it away.
const text = fc.string({ unit: "grapheme" }).filter((content) => !content.startsWith("\ufeff"));

const messages: fc.Arbitrary<Message> = fc.record(
  {
    topic: text,
    timestampNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    quality: fc.constantFrom(0, 1, 2),
    value: fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double(),
      text,
      fc.uint8Array({ maxLength: 40 }),
    ),
  },
  { noNullPrototype: true },
);

const sample: Message = { topic: "boiler/1/temp", timestampNs: 0x0102030405060708n, quality: 1, value: "hot" };

test("what was encoded decodes to the same message", () => {
  fc.assert(
    fc.property(messages, (message) => {
      expect(decodeMessage(encodeMessage(message))).toStrictEqual(message);
    }),
  );
});

test("a message is found at its offset in a run", () => {
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 5 }), (run) => {
      const parts = run.map(encodeMessage);
      const bytes = new Uint8Array(Buffer.concat(parts));
      let offset = 0;
      for (const [index, message] of run.entries()) {
        expect(decodeMessage(bytes, offset)).toStrictEqual(message);
        offset += parts[index]!.length;
      }
    }),
  );
});

test("the layout is the one that the table at the head of message.ts shows", () => {
  const hex = (message: Partial<Message>) => Buffer.from(encodeMessage({ ...sample, ...message })).toString("hex");
  const head = "0807060504030201"; // the timestamp
  const topic = Buffer.from(sample.topic).toString("hex");
  expect(hex({})).toBe(`${head}${"00".repeat(8)}04010d0003000000${topic}${Buffer.from("hot").toString("hex")}`);
  const pad = "00".repeat(3);
  expect(hex({ value: null })).toBe(`${head}${"00".repeat(8)}00010d0000000000${topic}${pad}`);
  expect(hex({ value: true })).toBe(`${head}0100000000000000${"01010d0000000000"}${topic}${pad}`);
  expect(hex({ value: -1n })).toBe(`${head}${"ff".repeat(8)}02010d0000000000${topic}${pad}`);
  expect(hex({ value: 1, quality: 0 })).toBe(`${head}000000000000f03f${"03000d0000000000"}${topic}${pad}`);
  expect(hex({ value: Uint8Array.of(1, 2, 3) })).toBe(`${head}${"00".repeat(8)}05010d0003000000${topic}010203`);
});

test("the length is a multiple of 8 and the padding is zero", () => {
  fc.assert(
    fc.property(messages, (message) => {
      const bytes = encodeMessage(message);
      const view = new DataView(bytes.buffer);
      const end = messageHeaderBytes + view.getUint16(18, true) + view.getUint32(20, true);
      expect(bytes.length).toBe(paddedTo8(end));
      expect(bytes.subarray(end).every((byte) => byte === 0)).toBe(true);
    }),
  );
});

test("decoded bytes do not share memory with the input, which the next batch overwrites", () => {
  const bytes = encodeMessage({ ...sample, value: Uint8Array.of(7) });
  const { value } = decodeMessage(bytes);
  bytes.fill(0);
  expect(value).toEqual(Uint8Array.of(7));
});

test("a topic longer than 16 bits can count is refused, with both numbers", () => {
  expect(encodeMessage({ ...sample, topic: "t".repeat(65_535) }).length).toBe(paddedTo8(24 + 65_535 + 3));
  expect(() => encodeMessage({ ...sample, topic: "t".repeat(65_536) })).toThrow("topic of 65536 bytes, 65535 allowed");
});

describe("malformed input", () => {
  const bytes = encodeMessage(sample);
  const wholeBytes = messageHeaderBytes + 13 + 3;

  test("a message cut at any byte is refused", () => {
    for (let length = 0; length < wholeBytes; length += 1) {
      expect(() => decodeMessage(bytes.subarray(0, length)), `cut at ${length}`).toThrow(RangeError);
    }
  });

  test("a message with any one byte changed is refused, or decodes to a message no longer than it", () => {
    for (let offset = 0; offset < bytes.length; offset += 1) {
      for (let value = 0; value < 256; value += 1) {
        const changed = bytes.slice();
        changed[offset] = value;
        let message: Message;
        try {
          message = decodeMessage(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          continue;
        }
        // Not equal: the scalar of a text and the body of a boolean are bytes that no value accounts for.
        expect(encodeMessage(message).length).toBeLessThanOrEqual(bytes.length);
      }
    }
  });

  const withByte = (offset: number, value: number) => {
    const changed = bytes.slice();
    changed[offset] = value;
    return changed;
  };

  test.each<[string, Uint8Array, string]>([
    ["an unknown kind", withByte(16, 6), "kind 6, 0 to 5 allowed"],
    ["an unknown quality", withByte(17, 3), "quality 3, 0 to 2 allowed"],
    ["a topic beyond the end", withByte(19, 0xff), "present"],
    ["a body beyond the end", withByte(23, 0x7f), "present"],
    ["a body of nearly 4 GiB", withByte(23, 0xff), "present"],
  ])("%s is refused", (_, changed, message) => {
    expect(() => decodeMessage(changed)).toThrow(RangeError);
    expect(() => decodeMessage(changed)).toThrow(message);
  });

  test("a topic or a text that is not UTF-8 is refused", () => {
    expect(() => decodeMessage(withByte(messageHeaderBytes, 0xff))).toThrow("not valid");
    expect(() => decodeMessage(withByte(messageHeaderBytes + 13, 0xff))).toThrow("not valid");
  });

  test("an offset beyond the end is refused", () => {
    for (const offset of [bytes.length, bytes.length + 1, -1]) {
      expect(() => decodeMessage(bytes, offset), String(offset)).toThrow(RangeError);
    }
  });
});

test("a frame is a message behind its port and its length", () => {
  const message = encodeMessage({ topic: "a", timestampNs: 1n, quality: 0, value: 2 });
  const frame = encodeFrame(3, message);
  const head = new DataView(frame.buffer);
  expect([head.getUint32(0, true), head.getUint32(4, true)]).toEqual([3, message.length]);
  expect(frame.subarray(frameHeaderBytes)).toEqual(message);
});
