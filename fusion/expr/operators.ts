// What operators do with each pair of types, as CEL defines it: integers that overflow and divisions by zero fail,
// numbers follow IEEE 754, and numbers of different types compare by their exact values.

import type { CodeWriter } from "./code.ts";
import type { Instruction } from "./instructions.ts";
import type { BinaryOperator } from "./syntax.ts";
import type { ValueType } from "./types.ts";

/** An operation on values of given types. */
export interface Overload {
  readonly params: readonly ValueType[];
  readonly result: ValueType;
  /** Whether there may be no result. */
  readonly canFail?: true;
  /** Whether it takes room that lasts until the end of the call, which only a whole message has. */
  readonly allocates?: true;
  /** Replaces the arguments, which lie on the stack, with the result. */
  emit(code: CodeWriter): void;
}

const plain = (params: readonly ValueType[], result: ValueType, ...ops: readonly Instruction[]): Overload => ({
  params,
  result,
  emit: (code) => code.op(...ops),
});

const concatenating = (params: readonly ValueType[], result: ValueType): Overload => ({
  params,
  result,
  allocates: true,
  emit: (code) => code.call("text_concat"),
});

const twoInts = ["int", "int"] as const;
const twoDoubles = ["double", "double"] as const;
const twoTexts = ["string", "string"] as const;
const twoByteStrings = ["bytes", "bytes"] as const;

const int = (emit: (code: CodeWriter, left: number, right: number) => void): Overload => ({
  params: twoInts,
  result: "int",
  canFail: true,
  emit: (code) =>
    code.withLocals(["i64", "i64"], (left, right) => {
      code.set(right);
      code.set(left);
      emit(code, left, right);
    }),
});

/** Overflow shows in the signs: of a sum when it differs from both, of a difference when it differs as the operands do. */
const intAdd = int((code, left, right) =>
  code.withLocals(["i64"], (sum) => {
    code.get(left);
    code.get(right);
    code.op("i64.add");
    code.tee(sum);
    code.get(left);
    code.op("i64.xor");
    code.get(sum);
    code.get(right);
    code.op("i64.xor", "i64.and");
    failIfNegative(code);
    code.get(sum);
  }),
);

const intSubtract = int((code, left, right) =>
  code.withLocals(["i64"], (difference) => {
    code.get(left);
    code.get(right);
    code.op("i64.sub");
    code.set(difference);
    code.get(left);
    code.get(right);
    code.op("i64.xor");
    code.get(left);
    code.get(difference);
    code.op("i64.xor", "i64.and");
    failIfNegative(code);
    code.get(difference);
  }),
);

function failIfNegative(code: CodeWriter): void {
  code.i64(0n);
  code.op("i64.lt_s");
  code.failIf();
}

const intMultiply = int((code, left, right) => {
  code.get(left);
  code.get(right);
  code.call("multiply_overflows");
  code.failIf();
  code.get(left);
  code.get(right);
  code.op("i64.mul");
});

const intMin = -(2n ** 63n);

const intDivide = int((code, left, right) => {
  failIfZero(code, right);
  code.get(left);
  code.i64(intMin);
  code.op("i64.eq");
  code.get(right);
  code.i64(-1n);
  code.op("i64.eq", "i32.and");
  code.failIf();
  code.get(left);
  code.get(right);
  code.op("i64.div_s");
});

const intRemainder = int((code, left, right) => {
  failIfZero(code, right);
  code.get(left);
  code.get(right);
  code.op("i64.rem_s");
});

function failIfZero(code: CodeWriter, local: number): void {
  code.get(local);
  code.op("i64.eqz");
  code.failIf();
}

const arithmetic: Partial<Record<BinaryOperator, readonly Overload[]>> = {
  "+": [
    intAdd,
    plain(twoDoubles, "double", "f64.add"),
    concatenating(twoTexts, "string"),
    concatenating(twoByteStrings, "bytes"),
  ],
  "-": [intSubtract, plain(twoDoubles, "double", "f64.sub")],
  "*": [intMultiply, plain(twoDoubles, "double", "f64.mul")],
  "/": [intDivide, plain(twoDoubles, "double", "f64.div")],
  "%": [intRemainder],
};

export const negations: readonly Overload[] = [
  {
    params: ["int"],
    result: "int",
    canFail: true,
    emit: (code) =>
      code.withLocals(["i64"], (value) => {
        code.tee(value);
        code.i64(intMin);
        code.op("i64.eq");
        code.failIf();
        code.i64(0n);
        code.get(value);
        code.op("i64.sub");
      }),
  },
  plain(["double"], "double", "f64.neg"),
];

export const not: Overload = plain(["bool"], "bool", "i32.eqz");

type Ordering = "<" | "<=" | ">" | ">=";
const suffixes: Record<Ordering, "lt" | "le" | "gt" | "ge"> = { "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
const mirrored: Record<Ordering, Ordering> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

function orderings(operator: Ordering): Overload[] {
  const suffix = suffixes[operator];
  return [
    plain(twoInts, "bool", `i64.${suffix}_s`),
    plain(twoDoubles, "bool", `f64.${suffix}`),
    { params: ["int", "double"], result: "bool", emit: (code) => compareMixed(code, operator) },
    {
      params: ["double", "int"],
      result: "bool",
      emit: (code) => {
        exchange(code);
        compareMixed(code, mirrored[operator]);
      },
    },
    ...[twoTexts, twoByteStrings].map(
      (params): Overload => ({
        params,
        result: "bool",
        emit: (code) => {
          code.call("text_compare");
          code.i32(0);
          code.op(`i32.${suffix}_s`);
        },
      }),
    ),
    plain(["bool", "bool"], "bool", `i32.${suffix}_u`),
  ];
}

/** A double below an int on the stack: turns the two round. */
function exchange(code: CodeWriter): void {
  code.withLocals(["f64", "i64"], (double, int) => {
    code.set(int);
    code.set(double);
    code.get(int);
    code.get(double);
  });
}

/** -1, 0, 1, or 2 when the double is NaN, to which nothing compares. */
function compareMixed(code: CodeWriter, operator: Ordering): void {
  code.call("compare_int_double");
  code.withLocals(["i32"], (order) => {
    code.tee(order);
    code.i32(0);
    code.op(`i32.${suffixes[operator]}_s`);
    code.get(order);
    code.i32(2);
    code.op("i32.ne", "i32.and");
  });
}

/** Equality of any two types; values of types that nothing relates are never equal. */
export function equality(left: ValueType, right: ValueType): Overload {
  const params = [left, right];
  if (left === right) return { params, result: "bool", emit: equalities[left] };
  const isMixed = (left === "int" || left === "double") && (right === "int" || right === "double");
  if (isMixed) {
    return {
      params,
      result: "bool",
      emit: (code) => {
        if (left === "double") exchange(code);
        code.call("compare_int_double");
        code.op("i32.eqz");
      },
    };
  }
  return { params, result: "bool", emit: (code) => constantAfterDrop(code, 0) };
}

function constantAfterDrop(code: CodeWriter, value: 0 | 1): void {
  code.op("drop", "drop");
  code.i32(value);
}

const equalities: Record<ValueType, (code: CodeWriter) => void> = {
  int: (code) => code.op("i64.eq"),
  double: (code) => code.op("f64.eq"),
  bool: (code) => code.op("i32.eq"),
  string: (code) => code.call("text_equal"),
  bytes: (code) => code.call("text_equal"),
  null: (code) => constantAfterDrop(code, 1),
};

function inequality(left: ValueType, right: ValueType): Overload {
  const equal = equality(left, right);
  return {
    ...equal,
    emit: (code) => {
      equal.emit(code);
      code.op("i32.eqz");
    },
  };
}

/** The operation of a binary operator on two types; undefined when there is none. */
export function binaryOverload(operator: BinaryOperator, left: ValueType, right: ValueType): Overload | undefined {
  if (operator === "==") return equality(left, right);
  if (operator === "!=") return inequality(left, right);
  return overloadsOf(operator).find(({ params }) => params[0] === left && params[1] === right);
}

const overloadsOf = (operator: Exclude<BinaryOperator, "==" | "!=">): readonly Overload[] =>
  arithmetic[operator] ?? orderings(operator as Ordering);
