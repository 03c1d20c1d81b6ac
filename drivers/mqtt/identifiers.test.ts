import { describe, expect, test } from "vitest";
import { Identifiers } from "./identifiers.ts";

const filters = ["a/+", "a/#", "b"];

describe("the identifier of a subscription", () => {
  test("is of its filter, wherever that stands, and of no other", () => {
    const identifiers = new Identifiers(filters);
    const reversed = new Identifiers([...filters, "c"].reverse());
    for (const filter of filters) expect(reversed.of(filter)).toBe(identifiers.of(filter));
    const many = Array.from({ length: 100_000 }, (_, n) => `plant/${n}`);
    const all = new Identifiers(many);
    const values = many.map((filter) => all.of(filter));
    expect(new Set(values).size).toBe(many.length);
    expect(values.every((value) => Number.isInteger(value) && value >= 1 && value <= 268_435_455)).toBe(true);
  });

  test("is the same for a filter that stands there twice: the broker knows the later alone", () => {
    expect(new Identifiers(["a", "a"]).isFor("a", [new Identifiers(["a"]).of("a")])).toBe(true);
  });
});

describe("a copy of a message", () => {
  const identifiers = new Identifiers(filters);
  const [first, second] = [identifiers.of("a/+"), identifiers.of("a/#")];
  const unknown = new Identifiers(["gone"]).of("gone");
  test.each([
    ["without identifiers is taken", [], true],
    ["for the subscription is taken", [first], true],
    ["for it and another is taken", [second, first], true],
    ["for another is passed over", [second], false],
    ["for another and one that is gone is passed over", [unknown, second], false],
    ["for one that is gone is taken", [unknown], true],
  ])("%s", (_, sentFor, expected) => {
    expect(identifiers.isFor("a/+", sentFor)).toBe(expected);
  });
});
