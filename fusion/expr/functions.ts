// The functions of expressions: those of CEL that its standard library has, its `math` extension, and a few more under
// `math` that engineers expect. One table for the checker, the compiler and docs/guides/expressions.md.

import type { CodeWriter } from "./code.ts";
import type { Instruction } from "./instructions.ts";
import type { Overload } from "./operators.ts";
import type { RuntimeFunction } from "./runtime.ts";
import type { ValueType } from "./types.ts";

export interface ExpressionFunction {
  /** `math.abs`, `size`; a method begins with a dot, its first parameter is what stands before it. */
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** Takes any number of arguments of one type, at least 1, by applying itself to two at a time. */
  readonly isVariadic?: true;
  readonly doc: string;
}

type Emit = (code: CodeWriter) => void;

const ops =
  (...names: readonly Instruction[]): Emit =>
  (code) =>
    code.op(...names);
const calls =
  (name: RuntimeFunction): Emit =>
  (code) =>
    code.call(name);

const pure = (params: readonly ValueType[], result: ValueType, emit: Emit): Overload => ({ params, result, emit });
const failing = (params: readonly ValueType[], result: ValueType, emit: Emit): Overload => ({
  params,
  result,
  canFail: true,
  emit,
});
const allocating = (params: readonly ValueType[], result: ValueType, emit: Emit): Overload => ({
  params,
  result,
  allocates: true,
  emit,
});

const onDouble = (emit: Emit): readonly Overload[] => [pure(["double"], "double", emit)];

/** For functions whose result is a double whatever the number they are given. */
const onNumber = (emit: Emit): readonly Overload[] => [
  pure(["double"], "double", emit),
  pure(["int"], "double", (code) => {
    code.op("f64.convert_i64_s");
    emit(code);
  }),
];

const identity = (type: ValueType): Overload => pure([type], type, () => {});

/** Keeps one of two integers. */
const choose =
  (comparison: Instruction): Emit =>
  (code) =>
    code.withLocals(["i64", "i64"], (left, right) => {
      code.set(right);
      code.tee(left);
      code.get(right);
      code.get(left);
      code.get(right);
      code.op(comparison, "select");
    });

const absoluteInt: Emit = (code) =>
  code.withLocals(["i64"], (value) => {
    code.tee(value);
    code.i64(-(2n ** 63n));
    code.op("i64.eq");
    code.failIf();
    code.get(value);
    code.i64(0n);
    code.get(value);
    code.op("i64.sub");
    code.get(value);
    code.i64(0n);
    code.op("i64.ge_s", "select");
  });

const signOfInt: Emit = (code) =>
  code.withLocals(["i64"], (value) => {
    code.tee(value);
    code.i64(0n);
    code.op("i64.gt_s");
    code.get(value);
    code.i64(0n);
    code.op("i64.lt_s", "i32.sub", "i64.extend_i32_s");
  });

/** 0 and NaN are their own signs. */
const signOfDouble: Emit = (code) =>
  code.withLocals(["f64"], (value) => {
    code.set(value);
    code.get(value);
    code.f64(1);
    code.get(value);
    code.op("f64.copysign");
    code.get(value);
    code.f64(0);
    code.op("f64.eq");
    code.get(value);
    code.get(value);
    code.op("f64.ne", "i32.or", "select");
  });

const isBeyond =
  (comparison: "f64.eq" | "f64.lt"): Emit =>
  (code) => {
    code.op("f64.abs");
    code.f64(Number.POSITIVE_INFINITY);
    code.op(comparison);
  };

const isNotANumber: Emit = (code) =>
  code.withLocals(["f64"], (value) => {
    code.tee(value);
    code.get(value);
    code.op("f64.ne");
  });

/** Cuts the fraction off. What is not strictly within 64 bits fails, as does NaN. */
const intOfDouble: Emit = (code) =>
  code.withLocals(["f64"], (value) => {
    code.tee(value);
    code.op("f64.abs");
    code.f64(2 ** 63);
    code.op("f64.lt", "i32.eqz");
    code.failIf();
    code.get(value);
    code.op("i64.trunc_f64_s");
  });

const intOfText: Emit = (code) =>
  code.withLocals(["i64"], (text) => {
    code.tee(text);
    code.call("text_is_int");
    code.op("i32.eqz");
    code.failIf();
    code.get(text);
    code.call("int_of_text");
  });

/** Shifting by 64 and more leaves nothing; a negative count fails. To the right, zeros come in. */
const shift =
  (direction: "i64.shl" | "i64.shr_u"): Emit =>
  (code) =>
    code.withLocals(["i64", "i64"], (value, count) => {
      code.tee(count);
      code.i64(0n);
      code.op("i64.lt_s");
      code.failIf();
      code.set(value);
      code.get(value);
      code.get(count);
      code.op(direction);
      code.i64(0n);
      code.get(count);
      code.i64(64n);
      code.op("i64.lt_s", "select");
    });

const bitwise = (name: Instruction): readonly Overload[] => [pure(["int", "int"], "int", ops(name))];
const onTexts = (name: RuntimeFunction): readonly Overload[] => [pure(["string", "string"], "bool", calls(name))];

const sizes: readonly Overload[] = [
  pure(["string"], "int", calls("text_size")),
  pure(["bytes"], "int", (code) => {
    code.i64(32n);
    code.op("i64.shr_u");
  }),
];

const least: Omit<ExpressionFunction, "name" | "doc"> = {
  isVariadic: true,
  overloads: [pure(["int", "int"], "int", choose("i64.lt_s")), pure(["double", "double"], "double", ops("f64.min"))],
};

const greatest: Omit<ExpressionFunction, "name" | "doc"> = {
  isVariadic: true,
  overloads: [pure(["int", "int"], "int", choose("i64.gt_s")), pure(["double", "double"], "double", ops("f64.max"))],
};

export const expressionFunctions: readonly ExpressionFunction[] = [
  {
    name: "int",
    overloads: [identity("int"), failing(["double"], "int", intOfDouble), failing(["string"], "int", intOfText)],
    doc: "A double without its fraction, or the decimal number that a text is. Fails beyond 64 bits and for any other text.",
  },
  {
    name: "double",
    overloads: [identity("double"), pure(["int"], "double", ops("f64.convert_i64_s"))],
    doc: "The nearest double.",
  },
  {
    name: "string",
    overloads: [
      identity("string"),
      allocating(["int"], "string", calls("text_of_int")),
      allocating(["bool"], "string", calls("text_of_bool")),
    ],
    doc: "The value as text.",
  },
  { name: "size", overloads: sizes, doc: "Characters (code points) of a text, or bytes." },
  { name: ".size", overloads: sizes, doc: "The same, as a method." },
  { name: ".contains", overloads: onTexts("text_contains"), doc: "Whether the text holds the other." },
  { name: ".startsWith", overloads: onTexts("text_starts_with"), doc: "Whether the text begins with the other." },
  { name: ".endsWith", overloads: onTexts("text_ends_with"), doc: "Whether the text ends with the other." },
  {
    name: "math.abs",
    overloads: [failing(["int"], "int", absoluteInt), pure(["double"], "double", ops("f64.abs"))],
    doc: "The value without its sign. Fails for the smallest int.",
  },
  {
    name: "math.sign",
    overloads: [pure(["int"], "int", signOfInt), pure(["double"], "double", signOfDouble)],
    doc: "-1, 0 or 1.",
  },
  { name: "math.ceil", overloads: onDouble(ops("f64.ceil")), doc: "The next whole number upwards." },
  { name: "math.floor", overloads: onDouble(ops("f64.floor")), doc: "The next whole number downwards." },
  { name: "math.round", overloads: onDouble(calls("round")), doc: "The nearest whole number, halves away from zero." },
  { name: "math.trunc", overloads: onDouble(ops("f64.trunc")), doc: "The number without its fraction." },
  { name: "math.least", ...least, doc: "The smallest argument; NaN when one is NaN." },
  { name: "math.greatest", ...greatest, doc: "The largest argument; NaN when one is NaN." },
  { name: "math.min", ...least, doc: "Another name for `math.least`." },
  { name: "math.max", ...greatest, doc: "Another name for `math.greatest`." },
  { name: "math.sqrt", overloads: onNumber(ops("f64.sqrt")), doc: "The square root; NaN below 0." },
  {
    name: "math.pow",
    overloads: [
      pure(["double", "double"], "double", calls("pow")),
      pure(["double", "int"], "double", (code) => {
        code.op("f64.convert_i64_s");
        code.call("pow");
      }),
    ],
    doc: "The first argument to the power of the second.",
  },
  { name: "math.exp", overloads: onNumber(calls("exp")), doc: "e to the power of the argument." },
  { name: "math.log", overloads: onNumber(calls("log")), doc: "The natural logarithm." },
  { name: "math.log2", overloads: onNumber(calls("log2")), doc: "The logarithm to base 2." },
  { name: "math.log10", overloads: onNumber(calls("log10")), doc: "The logarithm to base 10." },
  { name: "math.isNaN", overloads: [pure(["double"], "bool", isNotANumber)], doc: "Whether the number is NaN." },
  {
    name: "math.isInf",
    overloads: [pure(["double"], "bool", isBeyond("f64.eq"))],
    doc: "Whether the number is infinite.",
  },
  {
    name: "math.isFinite",
    overloads: [pure(["double"], "bool", isBeyond("f64.lt"))],
    doc: "Whether the number is neither infinite nor NaN.",
  },
  { name: "math.bitAnd", overloads: bitwise("i64.and"), doc: "The bits that both have." },
  { name: "math.bitOr", overloads: bitwise("i64.or"), doc: "The bits that either has." },
  { name: "math.bitXor", overloads: bitwise("i64.xor"), doc: "The bits that only one has." },
  {
    name: "math.bitNot",
    overloads: [
      pure(["int"], "int", (code) => {
        code.i64(-1n);
        code.op("i64.xor");
      }),
    ],
    doc: "All bits turned over.",
  },
  {
    name: "math.bitShiftLeft",
    overloads: [failing(["int", "int"], "int", shift("i64.shl"))],
    doc: "The bits moved up. Fails for a negative count.",
  },
  {
    name: "math.bitShiftRight",
    overloads: [failing(["int", "int"], "int", shift("i64.shr_u"))],
    doc: "The bits moved down, zeros coming in. Fails for a negative count.",
  },
];

export const functionsByName: ReadonlyMap<string, ExpressionFunction> = new Map(
  expressionFunctions.map((entry) => [entry.name, entry]),
);
