// Random expressions and messages. What is generated for a type of `value` means something for that type; a "careless"
// expression has now and then a part of another type where it should not be, and no conditionals.

import type { Message, MessageValue } from "@flowfusion/graph";
import fc from "fast-check";

type Type = "int" | "double" | "bool" | "string";
type Texts = Record<Type, fc.Arbitrary<string>>;

const ints = fc.oneof(
  fc.integer({ min: -9, max: 9 }).map(String),
  fc.constantFrom("9223372036854775807", "-9223372036854775808", "4611686018427387904", "1000"),
);
const doubles = fc.oneof(
  fc.constantFrom("0.0", "-0.0", "1.0", "2.5", "-3.75", "1e300", "0.1", "1e-300"),
  fc.integer({ min: -99, max: 99 }).map((quarters) => `${quarters / 4}`.replace(/^(-?\d+)$/, "$1.0")),
);
const texts = fc.constantFrom("''", "'a'", "'ab'", "'line/1'", "'é😀'", "'run'", "topic");

const leaves: Texts = {
  int: fc.oneof(ints, fc.constantFrom("quality", "timestamp", "good", "bad", "int(value)")),
  double: fc.oneof({ weight: 2, arbitrary: doubles }, { weight: 1, arbitrary: fc.constantFrom("0.5") }),
  bool: fc.constantFrom("true", "false", "quality == good", "1 / 0 > 1"),
  string: texts,
};

function deeper(inner: Texts, isCareless: boolean): Texts {
  const { int, double, bool, string } = inner;
  const any = fc.oneof(int, double, bool, string);
  const infix = (part: fc.Arbitrary<string>, operators: readonly string[], other = part) =>
    fc.tuple(part, fc.constantFrom(...operators), other).map((parts) => `(${parts.join(" ")})`);
  const call = (part: fc.Arbitrary<string>, names: readonly string[]) =>
    fc.tuple(fc.constantFrom(...names), part).map(([name, argument]) => `${name}(${argument})`);
  const call2 = (part: fc.Arbitrary<string>, names: readonly string[]) =>
    fc.tuple(fc.constantFrom(...names), part, part).map(([name, a, b]) => `${name}(${a}, ${b})`);
  const choice = (part: fc.Arbitrary<string>) => fc.tuple(bool, part, part).map(([c, a, b]) => `(${c} ? ${a} : ${b})`);
  const choices = (part: fc.Arbitrary<string>) => (isCareless ? [] : [choice(part)]);
  const comparisons = ["<", "<=", ">", ">=", "==", "!="];
  return {
    int: fc.oneof(
      infix(int, ["+", "-", "*", "/", "%"]),
      ...choices(int),
      call(int, ["-", "math.abs", "math.sign", "math.bitNot", "int"]),
      call(double, ["int"]),
      call(string, ["size"]),
      call2(int, ["math.bitAnd", "math.bitOr", "math.bitXor", "math.bitShiftLeft", "math.bitShiftRight", "math.least"]),
    ),
    double: fc.oneof(
      infix(double, ["+", "-", "*", "/"]),
      ...choices(double),
      call(double, ["-", "math.abs", "math.ceil", "math.floor", "math.round", "math.trunc", "math.sqrt", "math.sign"]),
      call(int, ["double"]),
      call2(double, ["math.least", "math.greatest"]),
    ),
    bool: fc.oneof(
      infix(bool, ["&&", "||", "&&", "||", "==", "<"]),
      infix(int, comparisons),
      infix(double, comparisons),
      infix(string, comparisons),
      infix(any, ["==", "!="]),
      call(bool, ["!"]),
      call(double, ["math.isNaN", "math.isFinite"]),
      fc.tuple(string, fc.constantFrom("contains", "startsWith", "endsWith"), string).map(([a, name, b]) => {
        return `${a}.${name}(${b})`;
      }),
      fc
        .tuple(any, fc.array(any, { minLength: 1, maxLength: 3 }))
        .map(([item, list]) => `(${item} in [${list.join(", ")}])`),
      ...choices(bool),
    ),
    string: fc.oneof(infix(string, ["+"]), call(int, ["string"]), call(bool, ["string"]), ...choices(string)),
  };
}

/** Expressions that ask for a value of the given type, of up to `depth` operators one inside the other. */
function expressionsOver(valueType: Type, depth: number, isCareless: boolean): fc.Arbitrary<string> {
  let parts: Texts = { ...leaves, [valueType]: fc.oneof(leaves[valueType], fc.constant("value")) };
  for (let level = 0; level < depth; level++) {
    const next = deeper(parts, isCareless);
    // A shallow part where a deep one could stand; one of another type in fifty, when careless.
    const mix = (type: Type) =>
      fc.oneof(
        { weight: 66, arbitrary: next[type] },
        { weight: 33, arbitrary: parts[type] },
        { weight: isCareless ? 2 : 0, arbitrary: parts[type === "bool" ? "string" : "bool"] },
      );
    parts = { int: mix("int"), double: mix("double"), bool: mix("bool"), string: mix("string") };
  }
  return fc.oneof(parts.int, parts.double, parts.bool, parts.string);
}

export interface RandomExpression {
  readonly expression: string;
  /** The type of `value` that it was made for. */
  readonly valueType: Type;
}

export const expressions = (isCareless: boolean): fc.Arbitrary<RandomExpression> =>
  fc
    .tuple(fc.constantFrom<Type>("double", "double", "int", "bool", "string"), fc.integer({ min: 1, max: 4 }))
    .chain(([valueType, depth]) =>
      expressionsOver(valueType, depth, isCareless).map((expression) => ({ expression, valueType })),
    );

const values: fc.Arbitrary<MessageValue> = fc.oneof(
  fc.constantFrom<MessageValue>(0, -0, 1, 2.5, -3.75, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<MessageValue>(0n, 1n, -7n, 9n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.constantFrom<MessageValue>(true, false, "", "a", "run", "é😀", null),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  fc.constant(Uint8Array.of(97)),
);

export const messages: fc.Arbitrary<Message> = fc.record({
  topic: fc.constantFrom("", "a", "line/1", "line/é😀"),
  timestampNs: fc.constantFrom(0n, 1_000n, 1_700_000_000_000_000_000n),
  quality: fc.constantFrom(0, 1, 2),
  value: values,
});
