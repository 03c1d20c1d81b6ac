import { expect, test } from "vitest";
import { checkAgainst, compileSchema } from "./schema.ts";
import type { JsonSchema } from "./types.ts";

const problems = (schema: JsonSchema, value: unknown) =>
  checkAgainst(compileSchema(schema), value).map(({ at, message }) => `${at.join("/")}: ${message}`);

test("defaults are filled in, nested ones as well, and never shared between values", () => {
  const schema = {
    type: "object",
    properties: {
      list: { type: "array", default: [1] },
      inner: { type: "object", default: {}, properties: { on: { type: "boolean", default: true } } },
    },
  };
  const [one, other]: { list?: number[] }[] = [{}, {}];
  expect(problems(schema, one)).toEqual([]);
  expect(problems(schema, other)).toEqual([]);
  expect(one).toEqual({ list: [1], inner: { on: true } });
  one!.list!.push(2);
  expect(other).toEqual({ list: [1], inner: { on: true } });
});

test("a choice of schemas is explained by its parts, not by the choice as well", () => {
  const choice = { type: "object", properties: { a: { anyOf: [{ type: "string" }, { type: "boolean" }] } } };
  expect(problems(choice, { a: 1 })).toEqual([
    "a: the number 1 given, string expected",
    "a: the number 1 given, boolean expected",
  ]);
  const both = { type: "object", properties: { a: { oneOf: [{ minimum: 1 }, { minimum: 2 }] } } };
  expect(problems(both, { a: 3 })).toEqual(["a: must match exactly one schema in oneOf"]);
});

test("a path goes through keys that JSON pointers escape, and tells keys from positions", () => {
  const schema = {
    type: "object",
    additionalProperties: { type: "object", additionalProperties: { type: "array", items: { type: "null" } } },
  };
  expect(checkAgainst(compileSchema(schema), { "a/b~c": { "0": [null, 5] } })).toEqual([
    { at: ["a/b~c", "0", 1], message: "the number 5 given, null expected" },
  ]);
});

test("a long list of choices is cut, and says so", () => {
  const schema = { type: "object", properties: { n: { enum: Array.from({ length: 1_000 }, (_, index) => index) } } };
  expect(problems(schema, { n: -1 })[0]).toMatch(/ 18, 19 and 980 more expected$/);
});

test.each([
  ["sizeMs", "2s", "text of 2 characters given, integer expected, in ms"],
  ["sizeMs", 0, "0 given, >= 1 expected, in ms"],
  ["diskBytesMax", 1.5, "the number 1.5 given, integer expected, in bytes"],
  ["atoms", "2", "text of 1 characters given, integer expected"],
])("of %s, which is %j, the problem names the unit that its name ends in, if there is one", (name, value, message) => {
  const schema = { type: "object", properties: { [name]: { type: "integer", minimum: 1 } } };
  expect(problems(schema, { [name]: value })).toEqual([`${name}: ${message}`]);
});
