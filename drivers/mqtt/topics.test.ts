import { describe, expect, test } from "vitest";
import { fixedTagName, matches, tagName } from "./topics.ts";

describe("a topic matches a filter as a broker matches it", () => {
  test.each([
    ["a/b", "a/b", true],
    ["a/b", "a/c", false],
    ["a/b", "a/b/c", false],
    ["a/+", "a/b", true],
    ["a/+", "a/b/c", false],
    ["a/+", "a", false],
    ["+/b", "/b", true],
    ["a/#", "a/b/c", true],
    ["a/#", "a", true],
    ["#", "a/b", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["a/+/c/#", "a/b/c", true],
    ["a/+/c/#", "a/b/d", false],
    ["$share/g/a/+", "a/b", true],
    ["$share/g//a", "/a", true],
    ["$share/g/#", "$SYS/x", false],
  ])("%s, %s: %s", (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });
});

test.each([
  ["{topic}", "a/b", "a/b"],
  ["plant/{1}/{0}", "a/b/c", "plant/b/a"],
  ["{3}x", "a/b", "x"],
  ["{nothing}", "a/b", "{nothing}"],
  ["{topic}/{topic}", "a", "a/a"],
])("the tag %s of topic %s is %s", (template, topic, expected) => {
  expect(tagName(template, topic)).toBe(expected);
});

test.each([
  ["{topic}", "a/b", "a/b"],
  ["{topic}", "a/+", undefined],
  ["{topic}", "#", undefined],
  ["{0}/temp", "a/+", "a/temp"],
  ["{1}", "a/+", undefined],
  ["{2}x", "a/b", "x"],
  ["{2}", "a/#", undefined],
  ["temp", "a/#", "temp"],
])("the tag %s of topics that match %s is always %s", (template, filter, expected) => {
  expect(fixedTagName(template, filter)).toBe(expected);
});
