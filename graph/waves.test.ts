import fc from "fast-check";
import { expect, test } from "vitest";
import { dealOut, type Wave, wavesDefault } from "./waves.ts";

const plants = ["a", "b", "c", "d", "e", "f"];

test.each<[string, readonly Wave[], string[]]>([
  ["one canary and then the rest, where nothing is said", wavesDefault, ["a", "bcdef"]],
  ["numbers, and what is left over", [1, 2], ["a", "bc", "def"]],
  ["shares of all, rounded up", ["10%", "50%"], ["a", "bcd", "ef"]],
  ["numbers and shares", [2, "34%"], ["ab", "cde", "f"]],
  ["all at once", ["100%"], ["abcdef"]],
  ["no more waves than there are gateways", [1, 5, 3, "50%"], ["a", "bcdef"]],
  ["all in one where there is no wave", [], ["abcdef"]],
  ["those that are named, then the others", [["c"], 2], ["c", "ab", "def"]],
  ["shares of all beside those that are named", [1, ["f", "b"], "50%"], ["a", "fb", "cde"]],
])("gateways are dealt out as %s", (_, sizes, expected) => {
  expect(dealOut(plants, sizes).map((wave) => wave.join(""))).toEqual(expected);
});

test("a fleet of one gateway has one wave, a fleet of none has none", () => {
  expect(dealOut(["a"], wavesDefault)).toEqual([["a"]]);
  expect(dealOut([], wavesDefault)).toEqual([]);
});

test("every gateway is in one wave, in its order, and no wave is empty", () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 100 }).map((share): Wave => `${share}%`),
  );
  const names = fc.uniqueArray(fc.string(), { maxLength: 20 });
  fc.assert(
    fc.property(names, fc.array(size), (all, sizes) => {
      const waves = dealOut(all, sizes);
      expect(waves.flat()).toEqual(all);
      expect(waves.every((wave) => wave.length > 0)).toBe(true);
    }),
  );
});

test.each([0, -1, 1.5, Number.NaN, "0%", "101%", "-5%", "5", "half", null, {}])(
  "the size %j is refused by its place",
  (size) => {
    expect(() => dealOut(plants, [1, size as Wave])).toThrow(
      /^waves\[1\]: names of gateways, a number of them, 1 or more/,
    );
  },
);

test("a wave names gateways that there are, each once", () => {
  expect(() => dealOut(plants, [1, ["a", "z"]])).toThrow(
    'waves[1]: there is no gateway "z"; there is a, b, c, d, e, f',
  );
  expect(() => dealOut(plants, [["a"], ["b", "a"]])).toThrow('waves[1]: the gateway "a" is named twice');
});

test("waves that are no list are refused", () => {
  expect(() => dealOut(plants, 3 as never)).toThrow('waves: an array such as [1, "25%"] expected, a number given');
});
