import { expect, test } from "vitest";
import { durationText } from "./duration.ts";

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1000, "1.0 s"],
  [1937, "1.9 s"],
  [61_234, "61.2 s"],
])("%i ms are told as %j", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
