import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkConfig } from "./check-config.ts";
import { choice, decimal, either, fixed, flag, integer, list, object, optional, text } from "./schema.ts";

const d = { description: "" };
const schema = object({
  name: text({ ...d, pattern: "^[a-z]+$", maxLength: 5 }),
  port: integer({ ...d, minimum: 1, maximum: 9, default: 5 }),
  scale: optional(decimal({ ...d, minimum: 0 })),
  isOn: flag({ ...d, default: false }),
  mode: choice(["a", "b"], { ...d, default: "a" }),
  items: list(
    either(
      [object({ format: fixed("x"), only: integer({ ...d, minimum: 0, maximum: 1 }) }), object({ format: fixed("y") })],
      d,
    ),
    { ...d, maxItems: 2, default: [] },
  ),
});

test("defaults are filled in, and what is optional may stay away", () => {
  expect(checkConfig(schema, { name: "abc" })).toEqual({
    problems: [],
    value: { name: "abc", port: 5, isOn: false, mode: "a", items: [] },
  });
});

describe("a value is refused with its place, what was given and what is allowed", () => {
  test.each([
    ["", null, "nothing given, an object expected"],
    ["", [], "a list of 0 given, an object expected"],
    ["name", { name: 1 }, "1 given, text expected"],
    ["name", { name: "" }, "text of 0 characters given, 1 to 5 allowed"],
    ["name", { name: "secretly" }, "text of 8 characters given, 1 to 5 allowed"],
    ["name", { name: "A" }, "does not match ^[a-z]+$"],
    ["port", { port: 1.5 }, "1.5 given, a whole number expected"],
    ["port", { port: 10 }, "10 given, 1 to 9 allowed"],
    ["port", { port: "5" }, "text of 1 characters given, a whole number expected"],
    ["scale", { scale: -1 }, "-1 given, 0 to anything allowed"],
    ["isOn", { isOn: "yes" }, "text of 3 characters given, true or false expected"],
    ["mode", { mode: "c" }, 'one of "a", "b" expected'],
    ["items", { items: {} }, "an object given, a list expected"],
    ["items", { items: [1, 2, 3] }, "a list of 3 given, 0 to 2 allowed"],
    ["items[0]", { items: [1] }, "1 given, an object expected"],
    ["items[0].format", { items: [{ format: "z" }] }, 'one of "x", "y" expected'],
    ["items[0].only", { items: [{ format: "x" }] }, "missing"],
    ["items[0].only", { items: [{ format: "y", only: 1 }] }, "not known; known are format"],
    ["nmae", { nmae: 1 }, "not known; known are name, port, scale, isOn, mode, items"],
    ['"__proto__ x"', { "__proto__ x": 1 }, "not known; known are name, port, scale, isOn, mode, items"],
  ])("%s: %j", (path, given, message) => {
    const whole = path === "" ? given : { name: "abc", ...(given as object) };
    expect(checkConfig(schema, whole).problems).toEqual([{ path, message }]);
  });

  test("and of a time in its unit", () => {
    const timed = object({ pollMs: integer({ description: "Pace.", minimum: 20, maximum: 99 }) });
    expect(checkConfig(timed, { pollMs: "2s" }).problems.map(({ message }) => message)).toEqual([
      "text of 2 characters given, a whole number expected, in ms",
    ]);
  });

  test("all of them at once, and no more than anybody reads", () => {
    expect(checkConfig(schema, { port: 0, mode: 1 }).problems.map(({ path }) => path)).toEqual([
      "name",
      "port",
      "mode",
    ]);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, 0]));
    expect(checkConfig(schema, many).problems).toHaveLength(50);
  });
});

test("what every object has is not taken for what was given", () => {
  const given: unknown = JSON.parse('{"name":"abc","__proto__":{"port":3},"constructor":1}');
  expect(checkConfig(schema, given).problems.map(({ path }) => path)).toEqual(["__proto__", "constructor"]);
});

test("any document is a configuration or a list of problems", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (given) => {
      const { value, problems } = checkConfig(schema, given);
      expect(value === undefined).toBe(problems.length > 0);
    }),
  );
});
