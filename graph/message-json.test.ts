import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message, MessageValue } from "./message.ts";
import { messageJson, parseMessageJson, rfc3339 } from "./message-json.ts";
import { errorOf } from "./testkit.ts";

const message = (topic: string, value: MessageValue, timestampNs = 0n): Message => ({
  topic,
  timestampNs,
  quality: 0,
  value,
});

const readValue = (text: string): unknown => (JSON.parse(text) as { value: unknown }).value;

describe("a message as JSON", () => {
  const values: [title: string, value: MessageValue, json: string][] = [
    ["nothing", null, "null"],
    ["a boolean", true, "true"],
    ["a float", 21.5, "21.5"],
    ["the smallest float", 5e-324, "5e-324"],
    ["NaN, which JSON lacks", Number.NaN, '"NaN"'],
    ["infinity, which JSON lacks", Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ["an int64", -7n, "-7"],
    ["the largest int64 that a JSON number holds", 9007199254740991n, "9007199254740991"],
    ["an int64 that it does not hold", 9007199254740992n, '"9007199254740992"'],
    ["the smallest int64", -(2n ** 63n), '"-9223372036854775808"'],
    ["text", 'größe "quoted" \n 漢字 🌡', '"größe \\"quoted\\" \\n 漢字 🌡"'],
    ["bytes", Uint8Array.of(0, 255, 16), '"AP8Q"'],
    ["no bytes", new Uint8Array(0), '""'],
  ];
  test.each(values)("writes %s", (_title, value, json) => {
    const text = messageJson(message("t", value));
    expect(text.slice(text.indexOf('"value":') + 8, -1)).toBe(json);
    expect(readValue(text)).toEqual(JSON.parse(json));
  });

  test("names the quality, and carries the topic as it is", () => {
    for (const [quality, name] of (["good", "uncertain", "bad"] as const).entries()) {
      const one: Message = { topic: 'a/"b"/ü', timestampNs: 0n, quality: quality as 0 | 1 | 2, value: 1 };
      expect(JSON.parse(messageJson(one))).toEqual({
        topic: 'a/"b"/ü',
        timestamp: "1970-01-01T00:00:00.000000000Z",
        quality: name,
        value: 1,
      });
    }
  });

  test.each([
    [0n, "1970-01-01T00:00:00.000000000Z"],
    [1n, "1970-01-01T00:00:00.000000001Z"],
    [1_700_000_000_123_456_789n, "2023-11-14T22:13:20.123456789Z"],
    [2n ** 64n - 1n, "2554-07-21T23:34:33.709551615Z"],
  ])("writes %s ns as %s", (timestampNs, text) => {
    expect(rfc3339(timestampNs)).toBe(text);
  });

  test("is one line of JSON for any message", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme" }),
        value,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (topic, v, at) => {
          const text = messageJson(message(topic, v, at));
          expect(text).not.toContain("\n");
          expect((JSON.parse(text) as { topic: string }).topic).toBe(topic);
        },
      ),
    );
  });
});

describe("a line of a recording", () => {
  const line = (changes: object) =>
    JSON.stringify({ topic: "t", timestamp: "2026-01-31T12:00:00Z", quality: "good", value: 1, ...changes });

  test("is read as it was written, but for what JSON cannot say", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.boolean(),
      fc.constant(null),
    );
    const messages: fc.Arbitrary<Message> = fc.record({
      topic: fc.string({ unit: "grapheme" }),
      timestampNs: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      quality: fc.constantFrom(0, 1, 2),
      value,
    });
    fc.assert(
      fc.property(messages, (one) => {
        expect(parseMessageJson(messageJson(one))).toEqual(one);
      }),
    );
  });

  test.each([
    ["2026-01-31T12:00:00Z", 1_769_860_800_000_000_000n],
    ["2026-01-31 12:00:00.5Z", 1_769_860_800_500_000_000n],
    ["2026-01-31T13:30:00.000000001+01:30", 1_769_860_800_000_000_001n],
    ["2026-01-31t12:00:00.1234567899z", 1_769_860_800_123_456_789n],
    ["1970-01-01T00:00:00Z", 0n],
  ])("may have the time %s", (timestamp, ns) => {
    expect(parseMessageJson(line({ timestamp })).timestampNs).toBe(ns);
  });

  test("may leave out quality and value", () => {
    expect(parseMessageJson('{"topic":"t","timestamp":"1970-01-01T00:00:00Z"}')).toEqual(message("t", null));
  });

  test.each([
    ["", "no JSON"],
    ["{", "no JSON"],
    ["[]", "an object is expected"],
    ["null", "an object is expected"],
    [line({ topic: 5 }), "`topic` is a text"],
    [line({ topic: "t".repeat(65_536) }), "`topic` of 65536 bytes, 65535 allowed"],
    [line({ quality: "fair" }), "`quality` is good, uncertain or bad"],
    [line({ quality: 0 }), "`quality` is good, uncertain or bad"],
    [line({ quality: "toString" }), "`quality` is good, uncertain or bad"],
    [line({ value: [1] }), "`value` is a number, a boolean, a text or null"],
    [line({ timestamp: 5 }), "`timestamp` is a time"],
    [line({ timestamp: "yesterday" }), "`timestamp` is a time"],
    [line({ timestamp: "2026-13-31T12:00:00Z" }), "`timestamp` is a time"],
    [line({ timestamp: "2026-01-31T12:00:00" }), "`timestamp` is a time"],
    [line({ timestamp: "1969-12-31T23:59:59Z" }), "`timestamp` is before 1970 or after 2554"],
    [line({ timestamp: "2600-01-01T00:00:00Z" }), "`timestamp` is before 1970 or after 2554"],
    [line({ unit: "°C" }), '"unit" is not known'],
  ])("%s is refused", (text, why) => {
    expect(errorOf(() => parseMessageJson(text))).toMatchObject({
      code: "FF_RECORDING_INVALID",
      message: expect.stringContaining(why),
    });
  });
});
