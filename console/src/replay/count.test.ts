import { expect, test } from "vitest";
import { parseCount } from "./count.ts";

test.each([
  ["1", 1],
  [" 10000 ", 10_000],
  ["1000000", 1_000_000],
  ["0", undefined],
  ["1000001", undefined],
  ["1e3", undefined],
  ["-5", undefined],
  ["", undefined],
])("%j is %s of at most a million", (text, expected) => {
  expect(parseCount(text, 1_000_000)).toBe(expected);
});
