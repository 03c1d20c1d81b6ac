// The table of cases that the node and another implementation of CEL must agree on.

import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { reading, TestNode } from "../testing.ts";
import { evaluate, type Outcome } from "./oracle.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const bytes = new TextEncoder().encode("run");

/** Without a value the expression does not ask for one. */
const cases: readonly [title: string, rows: readonly (readonly [expression: string, ...values: MessageValue[]])[]][] = [
  [
    "integers",
    [
      ["1 + 2"],
      ["2 - 5"],
      ["-7 * 6"],
      ["7 / 2"],
      ["-7 / 2"],
      ["7 / -2"],
      ["7 % 3"],
      ["-7 % 3"],
      ["7 % -3"],
      ["1 + 2 * 3 - 4 / 2"],
      ["(1 + 2) * 3"],
      ["2 - 3 - 4"],
      ["0x1F + 0xff"],
      ["- 5"],
      ["--5"],
      ["-(3 - 5)"],
      ["9223372036854775807"],
      ["-9223372036854775808"],
      ["9223372036854775807 + 1"],
      ["9223372036854775807 + 0"],
      ["-9223372036854775808 - 1"],
      ["-9223372036854775808 + -1"],
      ["9223372036854775806 - -1"],
      ["9223372036854775807 - -1"],
      ["4611686018427387904 * 2"],
      ["4611686018427387904 * -2"],
      ["-9223372036854775808 * -1"],
      ["-1 * -9223372036854775808"],
      ["3037000500 * 3037000500"],
      ["3037000499 * 3037000499"],
      ["-9223372036854775808 / -1"],
      ["-9223372036854775808 % -1"],
      ["-(-9223372036854775808)"],
      ["1 / 0"],
      ["1 % 0"],
      ["0 / 5"],
      ["int(value) * 2", 3n, 3.9, -3.9, 1e19, -1e19, nan, infinity, 2 ** 63, -(2 ** 63), 2 ** 62, "12", true, null],
      ["int('12') + int('-7') + int('+3')"],
      ["int('9223372036854775807')"],
      ["int('9223372036854775808')"],
      ["int('-9223372036854775808')"],
      ["int('1x')"],
    ],
  ],
  [
    "doubles",
    [
      ["1.5 + 2.25"],
      ["0.1 + 0.2"],
      ["1e3 - 0.5"],
      ["2.5e-3 * 4.0"],
      ["1.0 / 3.0"],
      ["1.0 / 0.0"],
      ["-1.0 / 0.0"],
      ["0.0 / 0.0"],
      ["-0.0"],
      ["-value", 2.5, -0, nan],
      ["value * 1.8 + 32.0", 0, 100, -40, 25.5, 5n, -40n, 2n ** 53n + 1n, nan, infinity, true, "x", null],
      ["value / 3.0", 1, 0, 7n],
      ["double(7) / 2.0"],
      ["double(value) * 0.5", 3, 3n, true],
    ],
  ],
  [
    "comparison",
    [
      ["value > 5.0", 4, 5, 6, nan, 6n, 5n, true, "a", null],
      ["value >= 5", 4.9, 5, 5.1, 4n, 5n, nan],
      ["value < 5", 4.9, 5, 4n, 5n, -infinity],
      ["value <= 5.5", 5, 5.5, 6n, 5n],
      ["value == 5", 5, 5n, 5.5, nan, "5", true, null],
      ["value != 5", 5, 5n, 5.5, nan, "5", null],
      ["value == 'run'", "run", "stop", "", 5, true, null],
      ["value == true", true, false, 1, "true"],
      ["value == null", null, 0, "", false],
      ["value != null", null, 0, bytes],
      ["'abc' < 'abd'"],
      ["'abc' < 'ab'"],
      ["'' < 'a'"],
      ["'Z' < 'a'"],
      ["'é' > 'z'"],
      ["'a' >= 'a'"],
      ["false < true"],
      ["true <= false"],
      ["1 < 2.5"],
      ["2.5 > 3"],
      ["2 == 2.0"],
      ["3 != 3.0"],
      ["0.0 == -0.0"],
      ["9007199254740993 == 9007199254740992.0"],
      ["'1' == 1"],
      ["null == null"],
      ["value == value", nan, 1, "a", null, 2n ** 63n - 1n],
    ],
  ],
  [
    "logic",
    [
      ["true && false"],
      ["true && true"],
      ["false || true"],
      ["false || false"],
      ["!true"],
      ["!!true"],
      ["!(1 > 2) && 2 > 1"],
      ["true || 1 / 0 > 1"],
      ["1 / 0 > 1 || true"],
      ["1 / 0 > 1 || false"],
      ["false || 1 / 0 > 1"],
      ["false && 1 / 0 > 1"],
      ["1 / 0 > 1 && false"],
      ["1 / 0 > 1 && true"],
      ["true && 1 / 0 > 1"],
      ["1 / 0 > 1 && 1 / 0 > 2"],
      ["(1 / 0 > 1 && false) || true"],
      ["!(1 / 0 > 1)"],
      ["(1 / 0 > 1 || true) && (2 / 0 > 1 || true)"],
      ["value > 90.0 || value < 10.0", 95, 5, 50, 95n, "x"],
      ["value > 10.0 && value < 90.0", 95, 5, 50],
      ["value || topic == 'line/1'", true, false, 5, "x"],
      ["value && topic == 'line/1'", true, false, 5],
      ["value > 5 || topic == 'line/1'", "text", true, null, 3, 3n],
      ["value.startsWith('x') || value == 5", "xyz", "abc", 5, 5n, 6],
    ],
  ],
  [
    "conditionals",
    [
      ["true ? 1 : 2"],
      ["false ? 1 : 2"],
      ["1 > 2 ? 'a' : 'b'"],
      ["true ? 1 / 1 : 1 / 0"],
      ["false ? 1 / 0 : 7"],
      ["true ? 1 / 0 : 7"],
      ["1 / 0 > 1 ? 1 : 2"],
      ["value > 100.0 ? 100.0 : value < 0.0 ? 0.0 : value", 150, -5, 42.5, "x"],
      ["value ? 'on' : 'off'", true, false, 1],
      ["(value > 5.0 ? 1.0 : 2.0) + 0.5", 6, 4],
      ["quality == good ? value : -1.0", 7.5],
    ],
  ],
  [
    "texts",
    [
      ["'a' + 'b'"],
      ["'' + ''"],
      ["topic + '/' + value", "x", "", 5],
      ["size('')"],
      ["size('häß😀')"],
      ["'abc'.size()"],
      ["size(value) > 2", "abc", "ab", "😀é", bytes],
      ["value.contains('un')", "run", "rn", "", "un", 5],
      ["'aab'.contains('ab')"],
      ["'abc'.contains('')"],
      ["''.contains('a')"],
      ["value.startsWith('ru')", "run", "ur", "r", ""],
      ["value.endsWith('un')", "run", "nu", "n", ""],
      ["'abc'.startsWith('')"],
      ["'abc'.endsWith('')"],
      ["topic.startsWith('line/') && topic.endsWith('/1')"],
      ["'\\u00e9\\x41\\101\\n\\t\\\\'"],
      ["r'a\\b'"],
      ["'''it's'''"],
      ['"quoted"'],
      ["string(12) + string(-7) + string(true) + string(false) + string('x')"],
      ["string(-9223372036854775808)"],
      ["string(0)"],
    ],
  ],
  [
    "lists",
    [
      ["1 in [1, 2, 3]"],
      ["4 in [1, 2, 3]"],
      ["1 in []"],
      ["1.0 in [1, 2]"],
      ["'a' in ['b', 'a']"],
      ["value in ['run', 'stop']", "run", "idle", 5, null],
      ["value in [1, 2.5, 'x', true, null]", 1, 1n, 2.5, "x", true, null, "y", nan],
      ["!(value in [1, 2])", 1, 3],
      ["1 in [1, 1 / 0]"],
      ["quality in [good, uncertain]"],
    ],
  ],
  [
    "fields of the message",
    [
      ["value", 1.5, 7n, true, "text", null, bytes],
      ["quality"],
      ["quality == good"],
      ["quality < bad && bad == 2 && uncertain == 1"],
      ["timestamp"],
      ["timestamp / 1000 % 60"],
      ["topic"],
      ["size(topic)"],
    ],
  ],
  [
    "math",
    [
      ["math.abs(-5)"],
      ["math.abs(value)", -2.5, 2.5, -0, -3n, -(2n ** 63n), nan],
      ["math.sign(value)", -2.5, 0, -0, 3.5, nan, -3n, 0n, 9n],
      ["math.ceil(value)", 1.2, -1.2, 5, nan, 3n],
      ["math.floor(value)", 1.2, -1.2, 5],
      ["math.trunc(value)", 1.9, -1.9, -0.5],
      ["math.round(value)", 0.5, 1.5, 2.5, -0.5, -2.5, 0.49999999999999994, 2251799813685249.5, -infinity, nan],
      ["math.sqrt(value)", 2, 16, -1, 9n],
      ["math.least(3, 1, 2)"],
      ["math.greatest(3, 1, 2)"],
      ["math.min(2, 1) + math.max(2, 1)"],
      ["math.greatest(5)"],
      ["math.least(value, 10.0, 20.0)", 5, 50, nan],
      ["math.greatest(value, 0.0)", -5, 5, nan, 3n],
      ["math.bitAnd(12, 10)"],
      ["math.bitOr(12, 10)"],
      ["math.bitXor(12, 10)"],
      ["math.bitNot(0)"],
      ["math.bitShiftLeft(1, 10)"],
      ["math.bitShiftLeft(1, 63)"],
      ["math.bitShiftLeft(1, 64)"],
      ["math.bitShiftLeft(1, -1)"],
      ["math.bitShiftRight(-1, 1)"],
      ["math.bitShiftRight(1024, 3)"],
      ["math.bitAnd(int(value), 4) != 0", 5, 4n, 3, 12n],
      ["math.isNaN(value) || math.isInf(value) || math.isFinite(value)", nan, infinity, 1],
      ["math.isNaN(value)", nan, infinity, 1],
      ["math.isInf(value)", nan, -infinity, 1],
      ["math.isFinite(value)", nan, infinity, 1],
    ],
  ],
];

const rows = cases.flatMap(([title, expressions]) =>
  expressions.flatMap(([expression, ...values]) =>
    (values.length > 0 ? values : [0]).map((value) => ({ title, expression, value })),
  ),
);

/** What the node makes of it; a failure is seen in the quality, since the value is null then. */
function compiled(expression: string, value: MessageValue): Outcome {
  const node = new TestNode("expr", { expression, onError: "drop" });
  const [emission] = node.send(reading(value));
  return emission === undefined ? "failed" : { value: emission.message.value };
}

describe("the node and another implementation of CEL agree on", () => {
  it.each(rows)("$title: $expression of $value", ({ expression, value }) => {
    expect(compiled(expression, value)).toEqual(evaluate(expression, reading(value)));
  });

  it("a table of at least 150 cases, of which some fail", () => {
    expect(rows.length).toBeGreaterThanOrEqual(150);
    const failed = rows.filter(({ expression, value }) => evaluate(expression, reading(value)) === "failed");
    expect(failed.length).toBeGreaterThan(20);
  });
});

/** Steps from one double to the next that two numbers are apart. */
function ulpsBetween(a: number, b: number): bigint {
  const [bitsA, bitsB] = [a, b].map((value) => new BigInt64Array(Float64Array.of(value).buffer)[0]!);
  const difference = bitsA! - bitsB!;
  return difference < 0n ? -difference : difference;
}

describe("the last digit of", () => {
  const values = [1e-300, 0.1, 0.5, 1, 1.5, 2, Math.E, 10, 123.456, 1e10, 1e300];
  it.each(["log", "log2", "log10", "exp", "sqrt"])("math.%s is as good as JavaScript's", (name) => {
    const node = new TestNode("expr", { expression: `math.${name}(value)` });
    for (const value of values) {
      const expected = Math[name as "log"](value);
      expect(ulpsBetween(node.answer(reading(value)).value as number, expected), String(value)).toBeLessThanOrEqual(1n);
    }
  });

  it("math.pow is as good as JavaScript's", () => {
    const node = new TestNode("expr", { expression: "math.pow(value, 2.5)" });
    for (const value of values) {
      const answer = node.answer(reading(value)).value as number;
      expect(ulpsBetween(answer, value ** 2.5), String(value)).toBeLessThanOrEqual(1n);
    }
  });
});
