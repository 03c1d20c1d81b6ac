import { describe, expect, test } from "vitest";
import { shortDigest, shortenDigests } from "./digests.ts";
import { formatsFor } from "./numbers.ts";
import { timeFormatsFor } from "./times.ts";

describe("numbers", () => {
  const english = formatsFor("en");
  const german = formatsFor("de");

  test.each([
    [0, "0"],
    [0.456, "0.456"],
    [999, "999"],
    [49_812, "49.8k"],
    [1_234_567, "1.23M"],
    [-999e12, "-999T"],
    [999.6e12, "1E15"],
    [12_345e15, "1.23E19"],
  ])("%d is short as %s", (value, expected) => {
    expect(english.compact(value)).toBe(expected);
  });

  test("thousands and millions look the same in each kind of English, and as other languages write them there", () => {
    const british = formatsFor("en-GB");
    expect([british.compact(49_812), british.compact(1_234_567)]).toEqual(["49.8k", "1.23M"]);
    expect(german.compact(1_234_567)).toBe("1,23\u00a0Mio.");
  });

  test.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [47_900, "47.9 kB"],
    [138_000_000, "138 MB"],
  ])("%d bytes are %s", (value, expected) => {
    expect(english.bytes(value)).toBe(expected);
  });

  test.each([
    [29, "29 µs"],
    [4_289, "4.29 ms"],
    [2_500_000, "2.5 s"],
  ])("%d µs are %s", (value, expected) => {
    expect(english.micros(value)).toBe(expected);
  });

  test("they are written as the reader's language does", () => {
    expect(german.count(1_234_567)).toBe("1.234.567");
    expect(german.micros(4_289)).toBe("4,29 ms");
  });
});

describe("times", () => {
  const nowMs = Date.UTC(2026, 5, 1, 12);
  const english = timeFormatsFor("en", "Europe/Vienna");

  test.each([
    [0, "1 second ago"],
    [999, "1 second ago"],
    [59_000, "59 seconds ago"],
    [60_000, "1 minute ago"],
    [26 * 3_600_000, "yesterday"],
    [80 * 86_400_000, "2 months ago"],
  ])("%d ms before now is %s", (before, expected) => {
    expect(english.ago(nowMs - before, nowMs)).toBe(expected);
  });

  test("they are shown in the reader's zone", () => {
    expect(english.full(nowMs)).toBe("Jun 1, 2026, 02:00:00 PM GMT+2");
    expect(timeFormatsFor("de", "UTC").clock(nowMs)).toBe("12:00:00,000");
  });

  test.each([
    [0, "0s"],
    [59_999, "59s"],
    [3_600_000, "1h"],
    [93_784_000, "1d 2h"],
  ])("%d ms last %s", (ms, expected) => {
    expect(english.duration(ms)).toBe(expected);
  });
});

test("a digest is shortened to what people compare", () => {
  const digest = `sha256:0c3cf27b06a6${"f".repeat(52)}`;
  expect(shortDigest(digest)).toBe("0c3cf27b06a6");
  expect(shortenDigests(`/v1/artefacts/${digest}/bundle`)).toBe("/v1/artefacts/0c3cf27b06a6…/bundle");
});
