import { expect, test } from "vitest";
import { parseTags, parseUpdates } from "./recording-form.ts";

test.each([
  ["1", 1],
  [" 10000 ", 10_000],
  ["1000000", 1_000_000],
  ["0", undefined],
  ["1000001", undefined],
  ["1e3", undefined],
  ["-5", undefined],
  ["", undefined],
])("%j is %s updates", (text, expected) => {
  expect(parseUpdates(text)).toBe(expected);
});

test("tags are parted by commas, and what is empty is left out", () => {
  expect(parseTags(" boiler/+/temp, ,pump/# ,")).toEqual(["boiler/+/temp", "pump/#"]);
});
