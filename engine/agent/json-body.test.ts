import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nestingDepth } from "./json-body.ts";

function depthOf(value: unknown): number {
  return typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
}

describe("the nesting depth of a JSON text", () => {
  test("is that of the value that it spells", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(nestingDepth(JSON.stringify(value))).toBe(depthOf(value));
      }),
    );
  });

  test.each([
    ['"[[["', 0],
    ['{"a\\"[":[]}', 2],
    ["[".repeat(500), 500],
    ["]][", 0],
    ["", 0],
  ])("of %j is %i at most", (text, depth) => {
    expect(nestingDepth(text)).toBeLessThanOrEqual(depth);
  });
});
