import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedLines } from "./bounded-lines.ts";

function linesOf(charsMax: number, ...pieces: readonly string[]): string[] {
  const lines: string[] = [];
  const reader = new BoundedLines(charsMax, (line) => lines.push(line));
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return lines;
}

test("lines are the same wherever the text is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 20 })), (pieces) => {
      const text = pieces.join("\n");
      const whole = linesOf(1000, text);
      expect(linesOf(1000, ...text)).toEqual(whole);
      expect(whole.join("\n")).toBe(text.endsWith("\n") ? text.slice(0, -1) : text);
    }),
  );
});

test.each([
  ["in one piece", ["abcdefgh\nx\n"]],
  ["in many", ["ab", "cdef", "gh\nx", "\n"]],
])("a line that is too long comes in parts, %s", (_, pieces) => {
  const lines = linesOf(3, ...pieces);
  expect(lines.join("")).toBe("abcdefghx");
  expect(Math.max(...lines.map((line) => line.length))).toBe(3);
  expect(lines.at(-1)).toBe("x");
});
