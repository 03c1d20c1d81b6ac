// From JavaScript to an expression: what a function node computes from `msg.payload` and `msg.topic`. Numbers are doubles on
// both sides. What has no counterpart is refused, never guessed.

import type { Expression, Node } from "acorn";
import { byName, double, quoted, Unmappable } from "./mapping.ts";

/** What names stand for; `fields` gathers the fields of a payload that are read. */
export interface Scope {
  /** What the message's value is at this point. */
  readonly payload: Text;
  readonly topic: Text;
  readonly variables: ReadonlyMap<string, Text>;
  readonly isFedByRegister: boolean;
  readonly fields: Set<string>;
  readonly remarks: Set<string>;
}

/** An expression with how tightly its outermost operator binds. */
export interface Text {
  readonly text: string;
  readonly binds: number;
}

const atom = (text: string): Text => ({ text, binds: 10 });
export const value = atom("value");
export const topic = atom("topic");

const binary: { readonly [operator: string]: readonly [operator: string, binds: number] } = byName({
  ...{ "||": ["||", 1], "&&": ["&&", 2] },
  ...{ "==": ["==", 3], "===": ["==", 3], "!=": ["!=", 3], "!==": ["!=", 3] },
  ...{ "<": ["<", 3], "<=": ["<=", 3], ">": [">", 3], ">=": [">=", 3] },
  ...{ "+": ["+", 4], "-": ["-", 4], "*": ["*", 5], "/": ["/", 5] },
});

const mathFunctions: { readonly [name: string]: string } = byName({
  ...{ abs: "math.abs", ceil: "math.ceil", floor: "math.floor", trunc: "math.trunc", sign: "math.sign" },
  ...{ min: "math.least", max: "math.greatest", sqrt: "math.sqrt", pow: "math.pow", exp: "math.exp" },
  ...{ log: "math.log", log2: "math.log2", log10: "math.log10" },
});
const constants: { readonly [name: string]: number } = byName({
  PI: Math.PI,
  E: Math.E,
  LN2: Math.LN2,
  SQRT2: Math.SQRT2,
});
const textMethods: { readonly [name: string]: string } = byName({
  ...{ startsWith: "startsWith", endsWith: "endsWith", includes: "contains" },
});

export function join(operator: string, left: Text, right: Text): Text {
  const [sign, binds] = binary[operator]!;
  return { text: `${wrap(left, binds)} ${sign} ${wrap(right, binds + 1)}`, binds };
}

export const not = (operand: Text): Text => ({ text: `!${wrap(operand, 7)}`, binds: 7 });

export const choose = (condition: Text, yes: Text, no: Text): Text => ({
  text: `${wrap(condition, 1)} ? ${wrap(yes, 1)} : ${wrap(no, 0)}`,
  binds: 0,
});

const wrap = ({ text, binds }: Text, atLeast: number): string => (binds < atLeast ? `(${text})` : text);
const call = (name: string, ...args: readonly Text[]): Text =>
  atom(`${name}(${args.map(({ text }) => text).join(", ")})`);
const roundedHalfUp = (operand: Text): Text => call("math.floor", join("+", operand, atom("0.5")));

export function translate(node: Expression | Node, scope: Scope): Text {
  const expression = node as Expression;
  const of = (part: Expression | Node) => translate(part, scope);
  switch (expression.type) {
    case "Literal":
      return literal(expression.value);
    case "Identifier": {
      const known = scope.variables.get(expression.name);
      if (known === undefined) throw new Unmappable(`it uses ${expression.name}, which is nothing of the message`);
      return known;
    }
    case "MemberExpression":
      return member(expression, scope);
    case "CallExpression":
      return called(expression, scope);
    case "UnaryExpression":
      if (expression.operator === "!") return not(of(expression.argument));
      if (expression.operator === "+") return of(expression.argument);
      if (expression.operator === "-") return negative(of(expression.argument));
      throw new Unmappable(`expressions have no ${expression.operator}`);
    case "LogicalExpression":
    case "BinaryExpression": {
      const { operator } = expression;
      const [left, right] = [of(expression.left), of(expression.right)];
      if (operator === "%") return remainder(left, right);
      if (operator === "**") return call("math.pow", left, right);
      if (binary[operator] === undefined) throw new Unmappable(`expressions have no ${operator}`);
      return join(operator, left, right);
    }
    case "ConditionalExpression":
      return choose(of(expression.test), of(expression.consequent), of(expression.alternate));
    case "ParenthesizedExpression":
      return of(expression.expression);
    default:
      throw new Unmappable(`it has a ${plain(expression.type)}, and expressions have none`);
  }
}

const plain = (type: string): string =>
  type.replaceAll(/(?!^)([A-Z])/g, (_, letter: string) => ` ${letter.toLowerCase()}`).toLowerCase();

function literal(given: unknown): Text {
  if (typeof given === "number") return atom(double(given));
  if (typeof given === "string") return atom(quoted(given));
  if (typeof given === "boolean" || given === null) return atom(String(given));
  throw new Unmappable("it has a regular expression or a big integer, and expressions have none");
}

const negative = (operand: Text): Text =>
  /^[\d.]+$/.test(operand.text) ? atom(`-${operand.text}`) : { text: `-${wrap(operand, 7)}`, binds: 7 };

/** As JavaScript has it for fractions too: what is left keeps the sign of what was divided. */
function remainder(left: Text, right: Text): Text {
  return join("-", left, join("*", right, call("math.trunc", join("/", left, right))));
}

/** `msg.payload.temp` as `["msg", "payload", "temp"]`; undefined for anything else. */
export function pathOf(node: Node): string[] | undefined {
  const part = node as Expression;
  if (part.type === "Identifier") return [part.name];
  if (part.type !== "MemberExpression") return undefined;
  const before = pathOf(part.object);
  const property = part.property as Expression;
  const step = part.computed
    ? property.type === "Literal"
      ? String(property.value)
      : undefined
    : (property as { name?: string }).name;
  return before === undefined || step === undefined ? undefined : [...before, step];
}

function member(node: Node, scope: Scope): Text {
  const path = pathOf(node);
  const [root, name, ...rest] = path ?? [];
  if (root === "Math" && constants[name ?? ""] !== undefined) return atom(double(constants[name!]!));
  if (path?.at(-1) === "length") {
    const { object } = node as unknown as { object: Node };
    return call("double", call("size", translate(object, scope)));
  }
  if (root === "msg" && name === "topic" && rest.length === 0) return scope.topic;
  if (root === "msg" && name === "payload") return payload(rest, scope);
  if (["flow", "global", "context", "env"].includes(root ?? "")) throw new Unmappable(stateful(root!));
  throw new Unmappable(`it uses ${path?.join(".") ?? "an index"}, and messages have a value and a topic alone`);
}

const stateful = (what: string): string =>
  what === "env" ? "it reads the environment" : `it keeps state in ${what}, which needs a node of your own`;

function payload(rest: readonly string[], scope: Scope): Text {
  if (rest.length === 0) return scope.payload;
  if (scope.isFedByRegister && rest.length === 1 && rest[0] === "0") return scope.payload;
  if (scope.payload !== value) throw new Unmappable("it takes fields of what it has put into msg.payload");
  if (rest.some((step) => !/^[A-Za-z_$][\w$]*$/.test(step))) throw new Unmappable("it takes items of a list");
  scope.fields.add(rest.join("."));
  return value;
}

function called(node: Expression & { type: "CallExpression" }, scope: Scope): Text {
  const args = node.arguments.map((argument) => argument as Expression);
  const of = (part: Node) => translate(part, scope);
  const path = pathOf(node.callee);
  const [root, name] = path ?? [];
  if (root === "Math" && path!.length === 2) {
    if (name === "round") return roundedHalfUp(of(args[0]!));
    if (mathFunctions[name!] === undefined) throw new Unmappable(`expressions have no Math.${name}`);
    return call(mathFunctions[name!]!, ...args.map(of));
  }
  if (path?.join(".") === "Date.now") return join("/", call("double", atom("timestamp")), atom("1000000.0"));
  if (path?.length === 1) return converted(root!, args, scope);
  const { object, property } = node.callee as unknown as { object: Node; property: { name?: string } };
  const method = property?.name ?? "";
  if (method === "toFixed") {
    scope.remarks.add("toFixed gives a number here, and text in Node-RED");
    return fixed(of(object), args[0]);
  }
  if (method === "get" || method === "set") throw new Unmappable(stateful(root ?? "a context"));
  if (textMethods[method] === undefined) throw new Unmappable(`expressions have no ${path?.join(".") ?? method}()`);
  return atom(`${wrap(of(object), 10)}.${textMethods[method]}(${of(args[0]!).text})`);
}

function converted(name: string, args: readonly Expression[], scope: Scope): Text {
  const [first] = args;
  if (first === undefined) throw new Unmappable(`expressions have no ${name}()`);
  if (name === "Number" || name === "parseFloat") {
    const inner =
      first.type === "CallExpression"
        ? (first.callee as unknown as { object: Node; property?: { name?: string } })
        : undefined;
    if (inner?.property?.name === "toFixed")
      return fixed(translate(inner.object, scope), (first as unknown as { arguments: Expression[] }).arguments[0]);
    return translate(first, scope);
  }
  if (name === "parseInt") return call("math.trunc", translate(first, scope));
  if (name === "isNaN") return call("math.isNaN", translate(first, scope));
  throw new Unmappable(`it calls ${name}(), and expressions do not`);
}

function fixed(operand: Text, digits: Expression | undefined): Text {
  const count = digits === undefined ? 0 : (digits as { value?: unknown }).value;
  if (typeof count !== "number") throw new Unmappable("it rounds to a number of digits that is computed");
  const factor = atom(double(10 ** count));
  // toFixed rounds halves away from zero, as math.round does and Math.round does not.
  return count === 0 ? call("math.round", operand) : join("/", call("math.round", join("*", operand, factor)), factor);
}
