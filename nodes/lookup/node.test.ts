import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { extremeMessages, reading, refusalOf, TestNode } from "../testing.ts";

const table = {
  "0": "stopped",
  "1": "running",
  "-2.5": "reverse",
  "1e+21": "much",
  true: 1,
  "a.b[0]": false,
  "": "empty",
  größe: "ü",
};

describe("lookup", () => {
  const found: [value: MessageValue, result: MessageValue][] = [
    [1, "running"],
    [1n, "running"],
    ["1", "running"],
    [0, "stopped"],
    [-0, "stopped"],
    [-2.5, "reverse"],
    [1e21, "much"],
    [true, 1],
    ["true", 1],
    ["a.b[0]", false],
    ["", "empty"],
    ["größe", "ü"],
  ];
  it.each(found)("of %s makes %s, and leaves the rest", (value, result) => {
    const message = reading(value, { quality: 1, timestampNs: 77n });
    expect(new TestNode("lookup", { table }).answer(message)).toEqual({ ...message, value: result });
  });

  it.each([2, 1.5, false, "running", "table.1", null, Uint8Array.of(49), Number.NaN, 2n ** 62n])(
    "has nothing for %s, and passes it on as it came",
    (value) => {
      const node = new TestNode("lookup", { table });
      expect(node.route(reading(value))).toEqual(["unmatched"]);
      expect(node.answer(reading(value))).toEqual(reading(value));
      expect(new TestNode("lookup", { table, default: "other" }).answer(reading(value))).toEqual(reading("other"));
    },
  );

  it("looks up the topic where that is asked for, and emits under the one that is set", () => {
    const node = new TestNode("lookup", { table: { "line/1": 7 }, by: "topic", topic: "area" });
    expect(node.answer(reading("text"))).toEqual(reading(7, { topic: "area" }));
    expect(node.route(reading("line/1", { topic: "line/10" }))).toEqual(["unmatched"]);
  });

  it.each(extremeMessages)("takes %s", (_, message) => {
    expect(new TestNode("lookup", { table, default: 0 }).send(message)).toHaveLength(1);
  });

  it("holds 10,000 entries", () => {
    const large = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, index]));
    const node = new TestNode("lookup", { table: large });
    expect([0, 5_000, 9_999].map((index) => node.answer(reading(`key ${index}`)).value)).toEqual([0, 5_000, 9_999]);
    expect(node.route(reading("key 10000"))).toEqual(["unmatched"]);
  });

  it("refuses more keys than it has room for", () => {
    const table = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`${index} ${"k".repeat(200)}`, 0]));
    expect(() => new TestNode("lookup", { table })).toThrow("longer than 524288 bytes together");
  });

  it("refuses to be without a table", () => {
    expect(refusalOf("lookup", { by: "value" })).toBe("property table is missing or empty");
  });
});
