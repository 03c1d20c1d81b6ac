import type { Message, MessageValue } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rfc3339, toJson } from "./json.ts";
import { message } from "./testkit/messages.ts";

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
    const text = toJson(message("t", value));
    expect(text.slice(text.indexOf('"value":') + 8, -1)).toBe(json);
    expect(readValue(text)).toEqual(JSON.parse(json));
  });

  test("names the quality, and carries the topic as it is", () => {
    for (const [quality, name] of (["good", "uncertain", "bad"] as const).entries()) {
      const one: Message = { topic: 'a/"b"/ü', timestampNs: 0n, quality: quality as 0 | 1 | 2, value: 1 };
      expect(JSON.parse(toJson(one))).toEqual({
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
          const text = toJson(message(topic, v, at));
          expect(text).not.toContain("\n");
          expect((JSON.parse(text) as { topic: string }).topic).toBe(topic);
        },
      ),
    );
  });
});
