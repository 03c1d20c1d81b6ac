import { describe, expect, it } from "vitest";
import { expressionLimits } from "../limits.ts";
import { parseExpression } from "./parse.ts";
import { type Expression, positionText } from "./syntax.ts";

/** The tree as text, every operation in parentheses. */
function shape(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return typeof expression.value === "bigint" ? `${expression.value}` : JSON.stringify(expression.value);
    case "name":
      return expression.name;
    case "unary":
      return `(${expression.operator}${shape(expression.operand)})`;
    case "binary":
    case "logical":
      return `(${shape(expression.left)} ${expression.operator} ${shape(expression.right)})`;
    case "conditional":
      return `(${[expression.condition, expression.whenTrue, expression.whenFalse].map(shape).join(" ? ")})`;
    case "call":
      return `${expression.name}(${expression.arguments.map(shape).join(", ")})`;
    case "member":
      return `(${shape(expression.item)} in [${expression.list.map(shape).join(", ")}])`;
    case "invalid":
      return "invalid";
  }
}

function shapeOf(source: string): string {
  const { expression, problems } = parseExpression(source);
  expect(problems).toEqual([]);
  return shape(expression!);
}

const problemsOf = (source: string): string[] =>
  parseExpression(source).problems.map(({ code, at, message }) => `${code} ${positionText(source, at)}: ${message}`);

describe("an expression is read", () => {
  it.each([
    ["1 + 2 * 3", "(1 + (2 * 3))"],
    ["1 - 2 - 3", "((1 - 2) - 3)"],
    ["a || b && c", "(a || (b && c))"],
    ["a && b || c && d", "((a && b) || (c && d))"],
    ["a < b == c", "((a < b) == c)"],
    ["a == b < c", "((a == b) < c)"],
    ["a == b in [c]", "((a == b) in [c])"],
    ["a in [b] == c", "((a in [b]) == c)"],
    ["a + 1 in [2]", "((a + 1) in [2])"],
    ["a ? b : c ? d : e", "(a ? b ? (c ? d ? e))"],
    ["a || b ? c : d", "((a || b) ? c ? d)"],
    ["-a * b", "((-a) * b)"],
    ["!a.size()", "(!.size(a))"],
    ["-a.size()", "(-.size(a))"],
    ["--a", "(-(-a))"],
    ["1 - -1", "(1 - -1)"],
    ["1-1", "(1 - 1)"],
    ["-1 - 1", "(-1 - 1)"],
    ["- 9223372036854775808", "-9223372036854775808"],
    ["(((1)))", "1"],
    ["math.abs(math.sign(1), )", "math.abs(math.sign(1))"],
    ["a.contains(b).size()", ".size(.contains(a, b))"],
    ["math", "math"],
    ["a in []", "(a in [])"],
    ["a in [1, 2,]", "(a in [1, 2])"],
    ["true && null == false", "(true && (null == false))"],
    ["inside", "inside"],
    ["0x1f", "31"],
    [".5 + 1e3 + 2.5E-1", "((0.5 + 1000) + 0.25)"],
    ["a // b\n + // c\r\n c", "(a + c)"],
  ])("%s as %s", (source, tree) => {
    expect(shapeOf(source)).toBe(tree);
  });

  it.each([
    [`'a"b'`, 'a"b'],
    [`"a'b"`, "a'b"],
    [`'''a'b''c\n'''`, "a'b''c\n"],
    [`"""a"b"""`, 'a"b'],
    [`''`, ""],
    [`''''''`, ""],
    ["r'\\n'", "\\n"],
    ['R"\\"', "\\"],
    ["'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\\"\\'\\`'", "\x07\b\f\n\r\t\v\\?\"'`"],
    ["'\\x41\\X42\\u00e9\\U0001F600\\101'", "ABé😀A"],
    ["'größe 😀'", "größe 😀"],
  ])("text %s", (source, value) => {
    expect(parseExpression(source).expression).toMatchObject({ kind: "literal", value });
  });
});

describe("what is no expression is refused with its place", () => {
  it.each([
    ["", "line 1, column 1: nothing more stands where a value is expected"],
    ["  ", "line 1, column 3: nothing more stands where a value is expected"],
    ["1 +", "line 1, column 4: nothing more stands where a value is expected"],
    ["1 + * 2", "line 1, column 5: `*` stands where a value is expected"],
    ["(1", "line 1, column 3: nothing more stands where `)` is expected"],
    ["1)", "line 1, column 2: `)` stands where an operator or the end is expected"],
    ["1 2", "line 1, column 3: `2` stands where an operator or the end is expected"],
    ["a ? b", "line 1, column 6: nothing more stands where `:` is expected"],
    ["a 'b'", "line 1, column 3: a text stands where an operator or the end is expected"],
    ["a = b", 'line 1, column 3: "=" has no meaning here'],
    ["a & b", 'line 1, column 3: "&" has no meaning here'],
    ["a\n\n  # b", 'line 3, column 3: "#" has no meaning here'],
    ["'a", "line 1, column 1: the text has no end"],
    ["'a\nb'", "line 1, column 1: the text has no end"],
    ["1 + '''a''", "line 1, column 5: the text has no end"],
    ["'\\q'", "line 1, column 2: the escape after \\ is unknown"],
    ["'\\ud83d'", "line 1, column 2: \\ud83d is no character"],
    ["'\\U00110000'", "line 1, column 2: \\U00110000 is no character"],
    ["'\ud83d'", "line 1, column 1: the text holds half a surrogate pair"],
    ["1_000", "line 1, column 1: a number ends in letters"],
    ["12abc", "line 1, column 1: a number ends in letters"],
    ["1e400", "line 1, column 1: 1e400 is beyond the range of a double"],
    ["9223372036854775808", "line 1, column 1: 9223372036854775808 is beyond 64 bits"],
    ["-9223372036854775809", "line 1, column 1: 9223372036854775809 is beyond 64 bits"],
    ["1 + for", "line 1, column 5: `for` stands where a value is expected"],
    ["in", "line 1, column 1: `in` stands where a value is expected"],
    ["5u", "line 1, column 1: unsigned integers are not part of these expressions"],
    ["b'a'", "line 1, column 1: bytes are not part of these expressions"],
    ["{'a': 1}", "line 1, column 1: maps are not part of these expressions"],
    ["[1, 2]", "line 1, column 1: a list stands only at the right of `in`"],
    ["a in b", "line 1, column 3: a list such as [1, 2] stands at the right of `in`"],
    ["a.b", "line 1, column 3: no value here has fields"],
    ["a [0]", "line 1, column 3: no value here has elements"],
    ["has(a.b)", "line 1, column 1: `has` is not part of these expressions"],
    ["a.exists(x, x)", "line 1, column 3: `exists` is not part of these expressions"],
    ["math.", "line 1, column 6: nothing more stands where the name of a function is expected"],
    ["math.pi", "line 1, column 8: nothing more stands where `(` is expected"],
    ["a.(b)", "line 1, column 3: `(` stands where a name is expected"],
    ["f(1", "line 1, column 4: nothing more stands where `,` is expected"],
  ])("%j", (source, problem) => {
    expect(problemsOf(source)[0]).toBe(`FF_EXPR_SYNTAX ${problem}`);
  });

  it("with all the places that do not hinder reading on", () => {
    expect(problemsOf("5u + a.b * size([1])")).toHaveLength(3);
  });
});

describe("what is too large is refused", () => {
  const { nestingMax, partsMax, listItemsMax, argumentsMax, charsMax } = expressionLimits;
  it.each([
    ["parentheses", (count: number) => `${"(".repeat(count)}1${")".repeat(count)}`, nestingMax - 1],
    ["conditionals", (count: number) => `${"a ? b : ".repeat(count)}c`, nestingMax - 1],
    ["signs", (count: number) => `${"!".repeat(count)}a`, nestingMax - 1],
    ["calls", (count: number) => `${"f(".repeat(count)}1${")".repeat(count)}`, nestingMax - 1],
    ["operators", (count: number) => `a${"+a".repeat((count - 1) / 2)}`, partsMax - 1],
    ["items", (count: number) => `a in [${new Array(count).fill("1").join(",")}]`, listItemsMax],
    ["arguments", (count: number) => `f(${new Array(count).fill("1").join(",")})`, argumentsMax],
    ["characters", (count: number) => `'${"x".repeat(count - 2)}'`, charsMax],
  ])("%s", (_, write, most) => {
    expect(problemsOf(write(most))).toEqual([]);
    const [problem] = parseExpression(write(most + 2)).problems;
    expect(problem).toMatchObject({ code: "FF_EXPR_LIMIT" });
    expect(problem!.message).toContain(`${problem!.message.match(/\d+ allowed/)![0]}`);
  });
});
