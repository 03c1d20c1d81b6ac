// What another implementation of the Common Expression Language says: @bufbuild/cel, which is held to the language's own
// conformance tests. It evaluates what the node compiles, with the message's fields as variables.

import { CelScalar, celFunc, isCelError, run } from "@bufbuild/cel";
import type { Message, MessageValue } from "@flowfusion/graph";

/** `failed`: the expression has no result. */
export type Outcome = { readonly value: MessageValue } | "failed";

const { DOUBLE, INT, BOOL, STRING, BYTES } = CelScalar;

const onDouble = (name: string, compute: (value: number) => number) =>
  celFunc(`math.${name}`, [DOUBLE], DOUBLE, compute);
const onNumber = (name: string, compute: (value: number) => number) => [
  onDouble(name, compute),
  celFunc(`math.${name}`, [INT], DOUBLE, (value) => compute(Number(value))),
];
const predicate = (name: string, test: (value: number) => boolean) => celFunc(`math.${name}`, [DOUBLE], BOOL, test);
const onBits = (name: string, compute: (a: bigint, b: bigint) => bigint) =>
  celFunc(`math.${name}`, [INT, INT], INT, (a, b) => BigInt.asIntN(64, compute(a, b)));

function choosing(name: string, prefersFirst: (a: bigint | number, b: bigint | number) => boolean) {
  const chooseInt = (values: readonly bigint[]) => values.reduce((a, b) => (prefersFirst(a, b) ? a : b));
  const chooseDouble = (values: readonly number[]) =>
    values.some(Number.isNaN) ? Number.NaN : name.match(/least|min/) ? Math.min(...values) : Math.max(...values);
  return [1, 2, 3].flatMap((count) => [
    celFunc(`math.${name}`, new Array(count).fill(INT), INT, (...values) => chooseInt(values as bigint[])),
    celFunc(`math.${name}`, new Array(count).fill(DOUBLE), DOUBLE, (...values) => chooseDouble(values as number[])),
  ]);
}

const intMin = -(2n ** 63n);

function shifted(compute: (a: bigint, count: bigint) => bigint) {
  return (value: bigint, count: bigint) => {
    if (count < 0n) throw new Error("negative count");
    return count > 63n ? 0n : compute(value, count);
  };
}

/** The functions under `math` that the other implementation does not bring, in JavaScript's own arithmetic. */
const mathFunctions = [
  celFunc("math.abs", [INT], INT, (value) => {
    if (value === intMin) throw new Error("overflow");
    return value < 0n ? -value : value;
  }),
  onDouble("abs", Math.abs),
  celFunc("math.sign", [INT], INT, (value) => (value > 0n ? 1n : value < 0n ? -1n : 0n)),
  onDouble("sign", Math.sign),
  onDouble("ceil", Math.ceil),
  onDouble("floor", Math.floor),
  onDouble("trunc", Math.trunc),
  // JavaScript rounds halves up, the node away from zero.
  onDouble("round", (value) => (value < 0 ? -Math.round(-value) : Math.round(value))),
  ...onNumber("sqrt", Math.sqrt),
  ...onNumber("exp", Math.exp),
  ...onNumber("log", Math.log),
  ...onNumber("log2", Math.log2),
  ...onNumber("log10", Math.log10),
  celFunc("math.pow", [DOUBLE, DOUBLE], DOUBLE, (base, exponent) => base ** exponent),
  celFunc("math.pow", [DOUBLE, INT], DOUBLE, (base, exponent) => base ** Number(exponent)),
  ...choosing("least", (a, b) => a < b),
  ...choosing("min", (a, b) => a < b),
  ...choosing("greatest", (a, b) => a > b),
  ...choosing("max", (a, b) => a > b),
  predicate("isNaN", Number.isNaN),
  predicate("isInf", (value) => Math.abs(value) === Number.POSITIVE_INFINITY),
  predicate("isFinite", Number.isFinite),
  onBits("bitAnd", (a, b) => a & b),
  onBits("bitOr", (a, b) => a | b),
  onBits("bitXor", (a, b) => a ^ b),
  celFunc("math.bitNot", [INT], INT, (value) => ~value),
  onBits(
    "bitShiftLeft",
    shifted((a, count) => a << count),
  ),
  onBits(
    "bitShiftRight",
    shifted((a, count) => BigInt.asUintN(64, a) >> count),
  ),
];

function notOffered(): never {
  throw new Error("not offered by the node");
}

/**
 * The other implementation converts texts as JavaScript does, to which "" is 0 and "x" is NaN; the language does not.
 * What the node leaves out of the language (docs/guides/expressions.md) has no result.
 */
const conversions = [
  celFunc("int", [STRING], INT, (text) => {
    const value = /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
    if (value === undefined || BigInt.asIntN(64, value) !== value) throw new Error("no int");
    return value;
  }),
  celFunc("double", [STRING], DOUBLE, notOffered),
  celFunc("string", [DOUBLE], STRING, notOffered),
  celFunc("string", [BYTES], STRING, notOffered),
];

/**
 * Evaluates an expression for a message. An int64 becomes a double where the expression has no meaning for an int: that
 * is how the node takes numbers (docs/guides/expressions.md).
 */
export function evaluate(expression: string, message: Message): Outcome {
  const outcome = evaluateWith(expression, message, message.value);
  if (outcome !== "no overload") return outcome;
  return typeof message.value === "bigint" ? evaluateAsDouble(expression, message) : "failed";
}

/** The same with an int64 as a double, where there is no telling which of the two the node takes. */
export function evaluateAsDouble(expression: string, message: Message): Outcome {
  const outcome = evaluateWith(expression, message, Number(message.value));
  return outcome === "no overload" ? "failed" : outcome;
}

function evaluateWith(expression: string, message: Message, value: MessageValue): Outcome | "no overload" {
  const result = run(
    expression,
    {
      value,
      topic: message.topic,
      timestamp: message.timestampNs,
      quality: BigInt(message.quality),
      good: 0n,
      uncertain: 1n,
      bad: 2n,
    },
    { funcs: [...mathFunctions, ...conversions] },
  );
  if (!isCelError(result)) return { value: result as MessageValue };
  return /overload|type mismatch/.test(result.message) ? "no overload" : "failed";
}
