// What an expression means for each kind of value that a message may have. `value` has a type of its own for each kind,
// so every part has a type before anything runs, and a message costs no look at types but the one at its kind.
//
//   kind      `value` is
//   none      null
//   boolean   bool
//   int64     int; a double where the expression has a meaning only for doubles
//   float64   double
//   text      string
//   bytes     bytes
//
// An expression is accepted when it has a meaning for one kind at least. One that has a meaning for int64 must have one
// for float64: which of the two a number comes as is the driver's choice, and nobody wants to find out at run time. For
// a kind without a meaning it is compiled all the same, its impossible parts failing, since `||` and `&&` may pass over
// them.

import { MessageKind } from "@flowfusion/graph";
import { Checker, type Typed } from "./check.ts";
import { parseExpression } from "./parse.ts";
import type { Expression, ExpressionProblem } from "./syntax.ts";
import { typeName, type ValueType } from "./types.ts";

type ValueKind = keyof typeof MessageKind;

export interface Variant {
  readonly kinds: readonly ValueKind[];
  /** The type of `value`. */
  readonly valueType: ValueType;
  readonly typed: Typed;
}

export interface Analysis {
  /** One for each kind, or one for all when the expression does not ask for the value. Empty when it is refused. */
  readonly variants: readonly Variant[];
  readonly problems: readonly ExpressionProblem[];
}

interface Reading {
  readonly valueType: ValueType;
  readonly typed: Typed;
  readonly usesValue: boolean;
  readonly problems: readonly ExpressionProblem[];
}

const kinds = Object.keys(MessageKind) as ValueKind[];

/** `result`: the type that the result must have; any when absent. */
export function analyseExpression(source: string, result?: ValueType): Analysis {
  const { expression, problems } = parseExpression(source);
  if (expression === undefined) return { variants: [], problems };
  const read = (valueType: ValueType) => readAs(expression, valueType, result);
  const double = read("double");
  if (!double.usesValue) {
    const all = [...problems, ...double.problems];
    return { variants: all.length > 0 ? [] : [{ kinds, valueType: "double", typed: double.typed }], problems: all };
  }
  const int = read("int");
  const others = [read("bool"), read("string"), read("null"), read("bytes")];
  const refusals = [...problems, ...refusalsOf(double, int, others)];
  if (refusals.length > 0) return { variants: [], problems: refusals };
  const variant = (kind: ValueKind, { valueType, typed }: Reading): Variant => ({ kinds: [kind], valueType, typed });
  const [bool, string, none, bytes] = others as [Reading, Reading, Reading, Reading];
  return {
    variants: [
      variant("float64", double),
      variant("int64", int.problems.length > 0 && double.problems.length === 0 ? double : int),
      variant("boolean", bool),
      variant("text", string),
      variant("none", none),
      variant("bytes", bytes),
    ],
    problems: [],
  };
}

function readAs(expression: Expression, valueType: ValueType, result: ValueType | undefined): Reading {
  const checker = new Checker(valueType);
  const typed = checker.check(expression);
  const { problems, usesValue } = checker;
  if (result === undefined || typed.type === undefined || typed.type === result) {
    return { valueType, typed, usesValue, problems };
  }
  const message = `the result is of type ${typeName(typed.type)}, ${typeName(result)} expected`;
  const problem = { code: "FF_EXPR_TYPE", at: expression.at, message } as const;
  return { valueType, typed: { kind: "failure", canFail: true }, usesValue, problems: [...problems, problem] };
}

function refusalsOf(double: Reading, int: Reading, others: readonly Reading[]): readonly ExpressionProblem[] {
  if (double.problems.length === 0) return [];
  if (int.problems.length === 0) {
    const why = "a number may come as a float64, so that `value` is a double; int(value) makes an int of it";
    return double.problems.map((problem) => ({ ...problem, message: `${problem.message} (${why})` }));
  }
  if (others.some(({ problems }) => problems.length === 0)) return [];
  return [double, int, ...others].reduce(nearerToMeaning).problems;
}

/** Of two readings that both fail, the one that is likelier meant: fewer problems, or a first one further on. */
function nearerToMeaning(a: Reading, b: Reading): Reading {
  const byCount = a.problems.length - b.problems.length;
  if (byCount !== 0) return byCount < 0 ? a : b;
  return b.problems[0]!.at > a.problems[0]!.at ? b : a;
}
