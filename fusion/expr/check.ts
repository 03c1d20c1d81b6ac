// Gives every part of an expression its type, for one type of `value`. What has none is reported, all of it at once, and
// becomes a part that fails when it is evaluated: an expression may have no meaning for a text and still be wanted for
// the numbers that come by the same wire, and `||` may pass over a part that fails.

import { didYouMean } from "@flowfusion/graph";
import { functionsByName } from "./functions.ts";
import { binaryOverload, equality, negations, not, type Overload } from "./operators.ts";
import type { Expression, ExpressionProblem } from "./syntax.ts";
import { typeName, type ValueType } from "./types.ts";

type VariableName = "value" | "quality" | "timestamp" | "topic";

/** An expression of which every part has a type; `type` is absent where it always fails. */
export type Typed =
  | { readonly kind: "failure"; readonly type?: undefined; readonly canFail: true }
  | {
      readonly kind: "constant";
      readonly type: ValueType;
      readonly value: null | boolean | bigint | number | string;
      readonly canFail: false;
    }
  | { readonly kind: "variable"; readonly type: ValueType; readonly name: VariableName; readonly canFail: boolean }
  | {
      readonly kind: "operation";
      readonly type: ValueType;
      readonly operands: readonly Typed[];
      readonly overload: Overload;
      readonly canFail: boolean;
    }
  | {
      readonly kind: "logical";
      readonly type: "bool";
      readonly operator: "&&" | "||";
      readonly left: Typed;
      readonly right: Typed;
      readonly canFail: boolean;
    }
  | {
      readonly kind: "conditional";
      readonly type: ValueType;
      readonly condition: Typed;
      readonly whenTrue: Typed;
      readonly whenFalse: Typed;
      readonly canFail: boolean;
    }
  | {
      readonly kind: "member";
      readonly type: "bool";
      readonly item: Typed;
      readonly list: readonly { readonly item: Typed; readonly equals: Overload }[];
      readonly canFail: boolean;
    };

/** A part that was reported and stays without a type. */
const failure: Typed = { kind: "failure", canFail: true };

const qualityConstants: ReadonlyMap<string, bigint> = new Map([
  ["good", 0n],
  ["uncertain", 1n],
  ["bad", 2n],
]);

export class Checker {
  readonly problems: ExpressionProblem[] = [];
  /** Whether the expression asks for the message's value. */
  usesValue = false;
  readonly #valueType: ValueType;

  constructor(valueType: ValueType) {
    this.#valueType = valueType;
  }

  check(expression: Expression): Typed {
    switch (expression.kind) {
      case "invalid":
        return failure;
      case "literal":
        return constant(expression.value);
      case "name":
        return this.#name(expression.name, expression.at);
      case "unary":
        return this.#unary(expression);
      case "binary":
        return this.#binary(expression);
      case "logical":
        return this.#logical(expression);
      case "conditional":
        return this.#conditional(expression);
      case "call":
        return this.#call(expression);
      case "member":
        return this.#member(expression);
    }
  }

  #report(code: ExpressionProblem["code"], at: number, message: string): Typed {
    this.problems.push({ code, at, message });
    return failure;
  }

  #name(name: string, at: number): Typed {
    const quality = qualityConstants.get(name);
    if (quality !== undefined) return constant(quality);
    switch (name) {
      case "value":
        this.usesValue = true;
        return { kind: "variable", name, type: this.#valueType, canFail: false };
      case "quality":
        return { kind: "variable", name, type: "int", canFail: false };
      case "timestamp":
        // The time of a message is unsigned; what is beyond an int has no value here.
        return { kind: "variable", name, type: "int", canFail: true };
      case "topic":
        return { kind: "variable", name, type: "string", canFail: false };
      default: {
        const known = ["value", "quality", "timestamp", "topic", ...qualityConstants.keys()];
        return this.#report("FF_EXPR_UNKNOWN", at, `there is no \`${name}\`${didYouMean(name, known)}`);
      }
    }
  }

  #unary({ operator, operand, at }: Expression & { kind: "unary" }): Typed {
    const value = this.check(operand);
    if (value.type === undefined) return failure;
    const overload = (operator === "!" ? [not] : negations).find(({ params }) => params[0] === value.type);
    if (overload) return operation(overload, [value]);
    const wanted = operator === "!" ? "a bool" : "an int or a double";
    return this.#report("FF_EXPR_TYPE", at, `\`${operator}\` takes ${wanted}, ${typeName(value.type)} given`);
  }

  #binary({ operator, left, right, at }: Expression & { kind: "binary" }): Typed {
    const operands = [this.check(left), this.check(right)] as const;
    const [leftType, rightType] = [operands[0].type, operands[1].type];
    if (leftType === undefined || rightType === undefined) return failure;
    const overload = binaryOverload(operator, leftType, rightType);
    if (overload) return operation(overload, operands);
    const given = `${typeName(leftType)} ${operator} ${typeName(rightType)}`;
    const hint = mixHint(left, leftType, right, rightType, operator);
    return this.#report("FF_EXPR_TYPE", at, `there is no ${given}${hint}`);
  }

  #logical({ operator, left, right }: Expression & { kind: "logical" }): Typed {
    const [before, after] = [this.#bool(left, operator), this.#bool(right, operator)];
    if (before.type === undefined && after.type === undefined) return failure;
    const canFail = before.canFail || after.canFail;
    return { kind: "logical", type: "bool", operator, left: before, right: after, canFail };
  }

  /** A part that must be a bool; one that is not is reported and fails. */
  #bool(expression: Expression, what: string): Typed {
    const typed = this.check(expression);
    if (typed.type === undefined || typed.type === "bool") return typed;
    return this.#report("FF_EXPR_TYPE", expression.at, `\`${what}\` takes a bool, ${typeName(typed.type)} given`);
  }

  #conditional(expression: Expression & { kind: "conditional" }): Typed {
    const condition = this.#bool(expression.condition, "?:");
    const [whenTrue, whenFalse] = [this.check(expression.whenTrue), this.check(expression.whenFalse)];
    const type = whenTrue.type ?? whenFalse.type;
    if (condition.type === undefined || type === undefined) return failure;
    if (whenTrue.type !== undefined && whenFalse.type !== undefined && whenTrue.type !== whenFalse.type) {
      const given = `${typeName(whenTrue.type)} and ${typeName(whenFalse.type)}`;
      const hint = mixHint(expression.whenTrue, whenTrue.type, expression.whenFalse, whenFalse.type);
      const message = `the results of \`?:\` are ${given}, and must be of one type${hint}`;
      return this.#report("FF_EXPR_TYPE", expression.whenFalse.at, message);
    }
    const canFail = condition.canFail || whenTrue.canFail || whenFalse.canFail;
    return { kind: "conditional", type, condition, whenTrue, whenFalse, canFail };
  }

  #call({ name, arguments: given, at }: Expression & { kind: "call" }): Typed {
    const operands = given.map((argument) => this.check(argument));
    const known = functionsByName.get(name);
    if (known === undefined) return this.#report("FF_EXPR_UNKNOWN", at, unknownFunction(name));
    const types = operands.map(({ type }) => type);
    if (!types.every((type) => type !== undefined)) return failure;
    if (known.isVariadic && operands.length > 0) {
      const overload = known.overloads.find(({ params }) => types.every((type) => type === params[0]));
      if (overload) return operands.reduce((before, operand) => operation(overload, [before, operand]));
    }
    const overload = known.overloads.find(
      ({ params }) => params.length === types.length && params.every((type, index) => type === types[index]),
    );
    if (overload) return operation(overload, operands);
    const forms = known.overloads.map(({ params }) => callText(name, params, known.isVariadic));
    const message = `there is no ${callText(name, types)}, but ${[...new Set(forms)].join(" and ")}`;
    return this.#report("FF_EXPR_TYPE", given[firstMisfit(known.overloads, types)]?.at ?? at, message);
  }

  #member({ item, list }: Expression & { kind: "member" }): Typed {
    const sought = this.check(item);
    const items = list.map((entry) => this.check(entry));
    const { type } = sought;
    if (type === undefined || items.some((entry) => entry.type === undefined)) return failure;
    return {
      kind: "member",
      type: "bool",
      item: sought,
      list: items.map((entry) => ({ item: entry, equals: equality(type, entry.type!) })),
      canFail: sought.canFail || items.some(({ canFail }) => canFail),
    };
  }
}

/** The first argument that no overload takes which takes those before it. */
function firstMisfit(overloads: readonly Overload[], types: readonly ValueType[]): number {
  const fits = overloads.map(({ params }) => params.findIndex((type, index) => types[index] !== type));
  return Math.max(...fits);
}

function constant(value: null | boolean | bigint | number | string): Typed {
  return { kind: "constant", type: typeOf(value), value, canFail: false };
}

function typeOf(value: null | boolean | bigint | number | string): ValueType {
  if (value === null) return "null";
  const types = { boolean: "bool", bigint: "int", number: "double", string: "string" } as const;
  return types[typeof value as keyof typeof types];
}

const operation = (overload: Overload, operands: readonly Typed[]): Typed => ({
  kind: "operation",
  type: overload.result,
  operands,
  overload,
  canFail: overload.canFail === true || operands.some(({ canFail }) => canFail),
});

/** What to do about an int beside a double, the most frequent slip. */
function mixHint(
  left: Expression,
  leftType: ValueType,
  right: Expression,
  rightType: ValueType,
  operator?: string,
): string {
  const isMix = (leftType === "int" && rightType === "double") || (leftType === "double" && rightType === "int");
  if (!isMix) return "";
  if (operator === "%") return "; turn the double into an int with int(…)";
  const int = leftType === "int" ? left : right;
  if (int.kind === "literal") return `; write ${int.value}.0`;
  return "; turn one into the other's type with double(…) or int(…)";
}

function unknownFunction(name: string): string {
  const alternatives = [...functionsByName.keys()].filter((known) => known.startsWith(".") === name.startsWith("."));
  const other = name.startsWith(".") ? name.slice(1) : `math.${name}`;
  const hint = functionsByName.has(other) ? `, but \`${other}\`` : didYouMean(name, alternatives);
  return `there is no ${name.startsWith(".") ? "method" : "function"} \`${name.replace(/^\./, "")}\`${hint}`;
}

function callText(name: string, types: readonly ValueType[], isVariadic?: true): string {
  const names = types.map(typeName);
  if (isVariadic) return `${name}(${names[0]}, …)`;
  if (!name.startsWith(".")) return `${name}(${names.join(", ")})`;
  return `${names[0] ?? ""}${name}(${names.slice(1).join(", ")})`;
}
