import { describe, expect, it } from "vitest";
import { positionText } from "./syntax.ts";
import type { ValueType } from "./types.ts";
import { analyseExpression } from "./variants.ts";

const problemsOf = (source: string, result?: ValueType): string[] =>
  analyseExpression(source, result).problems.map(({ at, message }) => `${positionText(source, at)}: ${message}`);

/** The kinds for which an expression has a result, each with the result's type. */
function results(source: string): Record<string, string> {
  const { variants, problems } = analyseExpression(source);
  expect(problems).toEqual([]);
  return Object.fromEntries(
    variants.flatMap(({ kinds, typed }) => kinds.filter(() => typed.type).map((kind) => [kind, typed.type!])),
  );
}

const why = "(a number may come as a float64, so that `value` is a double; int(value) makes an int of it)";

describe("types are checked before anything runs", () => {
  it.each([
    ["value * 2", `line 1, column 7: there is no double * int; write 2.0 ${why}`],
    ["2 + value", `line 1, column 3: there is no int + double; write 2.0 ${why}`],
    ["value % 2 == 0", `line 1, column 7: there is no double % int; turn the double into an int with int(…) ${why}`],
    [
      "quality * 0.5",
      "line 1, column 9: there is no int * double; turn one into the other's type with double(…) or int(…)",
    ],
    [
      "value ? 1 : 2.0",
      "line 1, column 13: the results of `?:` are int and double, and must be of one type; write 1.0",
    ],
    ["true ? 'a' : 1", "line 1, column 14: the results of `?:` are string and int, and must be of one type"],
    ["topic ? 1 : 2", "line 1, column 1: `?:` takes a bool, string given"],
    ["topic + 1", "line 1, column 7: there is no string + int"],
    ["topic < 1", "line 1, column 7: there is no string < int"],
    ["!topic", "line 1, column 1: `!` takes a bool, string given"],
    ["-topic", "line 1, column 1: `-` takes an int or a double, string given"],
    ["quality && true", "line 1, column 1: `&&` takes a bool, int given"],
    ["true || 'a'", "line 1, column 9: `||` takes a bool, string given"],
    ["speed > 5", "line 1, column 1: there is no `speed`"],
    ["valve > 5.0", "line 1, column 1: there is no `valve`, did you mean `value`?"],
    ["abs(quality)", "line 1, column 1: there is no function `abs`, but `math.abs`"],
    ["math.ab(quality)", "line 1, column 1: there is no function `math.ab`, did you mean `math.abs`?"],
    ["topic.contain('a')", "line 1, column 7: there is no method `contain`, did you mean `.contains`?"],
    ["topic.contains(1)", "line 1, column 16: there is no string.contains(int), but string.contains(string)"],
    ["math.floor(1)", "line 1, column 12: there is no math.floor(int), but math.floor(double)"],
    ["math.floor()", "line 1, column 1: there is no math.floor(), but math.floor(double)"],
    [
      "math.least(1, 2.0)",
      "line 1, column 15: there is no math.least(int, double), but math.least(int, …) and math.least(double, …)",
    ],
    ["value.startsWith(1)", "line 1, column 18: there is no string.startsWith(int), but string.startsWith(string)"],
    ["1 in [topic * 2]", "line 1, column 13: there is no string * int"],
  ])("%s", (source, ...problems) => {
    expect(problemsOf(source)).toEqual(problems);
  });

  it("reports all problems at once", () => {
    expect(problemsOf("a + b && topic + 1 == size(2)")).toHaveLength(4);
  });

  it("wants the result that the node needs", () => {
    expect(problemsOf("1 + 2", "bool")).toEqual(["line 1, column 3: the result is of type int, bool expected"]);
    expect(problemsOf("value > 2.0", "bool")).toEqual([]);
    expect(problemsOf("value", "bool")).toEqual([]);
  });
});

describe("an expression means", () => {
  it("the same for every kind when it does not ask for the value", () => {
    const { variants } = analyseExpression("quality == good");
    expect(variants).toHaveLength(1);
    expect(variants[0]!.kinds).toHaveLength(6);
  });

  it.each<[string, Record<string, string>]>([
    ["value + 1.0", { float64: "double", int64: "double" }],
    ["value + value", { float64: "double", int64: "int", text: "string", bytes: "bytes" }],
    ["-value", { float64: "double", int64: "int" }],
    ["value > 5", { float64: "bool", int64: "bool" }],
    ["value && true", { float64: "bool", int64: "bool", boolean: "bool", text: "bool", none: "bool", bytes: "bool" }],
    ["!value", { boolean: "bool" }],
    ["value.contains('a')", { text: "bool" }],
    ["size(value)", { text: "int", bytes: "int" }],
    ["value", { float64: "double", int64: "int", boolean: "bool", text: "string", none: "null", bytes: "bytes" }],
  ])("%s: %o", (source, types) => {
    expect(results(source)).toEqual(types);
  });
});
