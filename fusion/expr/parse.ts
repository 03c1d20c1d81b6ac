// Tokens → expression, by the grammar of CEL, one function for each of its rules. What the language has beyond the part
// that is compiled (maps, macros, unsigned integers, …) is refused by name, with its place.

import { expressionLimits } from "../limits.ts";
import { type Token, tokenise } from "./lex.ts";
import { type BinaryOperator, type Expression, ExpressionError, type ExpressionProblem } from "./syntax.ts";

export interface Parsed {
  /** Absent when the text is no expression at all. */
  readonly expression?: Expression;
  readonly problems: readonly ExpressionProblem[];
}

export function parseExpression(source: string): Parsed {
  const { charsMax } = expressionLimits;
  try {
    if (source.length > charsMax) throw tooMuch(0, `${source.length} characters`, charsMax);
    const parser = new Parser(tokenise(source));
    return { expression: parser.parse(), problems: parser.problems };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { problems: [{ code: error.code, at: error.at, message: error.message }] };
  }
}

const tooMuch = (at: number, given: string, allowed: number): ExpressionError =>
  new ExpressionError(at, `${given} given, ${allowed} allowed`, "FF_EXPR_LIMIT");

/** Operators of two sides, the loosest first; those of one row bind alike, from left to right. */
const binaryRows: readonly (readonly BinaryOperator[])[] = [
  ["<", "<=", ">", ">=", "==", "!="],
  ["+", "-"],
  ["*", "/", "%"],
];
/** `in` binds as comparisons do. */
const relationRow = 0;

const reserved: ReadonlySet<string> = new Set(
  ["as", "break", "const", "continue", "else", "for", "function", "if", "import", "in", "let", "loop"].concat([
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
  ]),
);
const macros: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "filter", "has", "map"]);
/** Namespaces of functions: `math.abs` is one name. */
const namespaces: ReadonlySet<string> = new Set(["math"]);
const intMax = 2n ** 63n - 1n;

class Parser {
  /** What was refused, and did not hinder reading on. */
  readonly problems: ExpressionProblem[] = [];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #parts = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#conditional();
    if (this.#token.kind !== "end") throw this.#unexpected("an operator or the end");
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    return this.#tokens[this.#next++]!;
  }

  #is(...texts: readonly string[]): boolean {
    const { kind, text } = this.#token;
    return (kind === "symbol" || text === "in") && texts.includes(text);
  }

  #takeIf(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takeIf(text)) throw this.#unexpected(`\`${text}\``);
  }

  #unexpected(wanted: string): ExpressionError {
    const { kind, text, at } = this.#token;
    const given = kind === "end" ? "nothing more" : kind === "string" || kind === "bytes" ? "a text" : `\`${text}\``;
    return new ExpressionError(at, `${given} stands where ${wanted} is expected`);
  }

  #refuse(at: number, message: string): Expression {
    this.problems.push({ code: "FF_EXPR_SYNTAX", at, message });
    return { kind: "invalid", at };
  }

  #count<T extends Expression>(part: T): T {
    const { partsMax } = expressionLimits;
    if (++this.#parts > partsMax) throw tooMuch(part.at, `more than ${partsMax} names, values and operators`, partsMax);
    return part;
  }

  /** Bounds the recursion of `read`. */
  #nested<T>(read: () => T): T {
    const { nestingMax } = expressionLimits;
    if (this.#depth === nestingMax)
      throw tooMuch(this.#token.at, `more than ${nestingMax} levels of nesting`, nestingMax);
    this.#depth++;
    const result = read();
    this.#depth--;
    return result;
  }

  #conditional(): Expression {
    return this.#nested(() => {
      const condition = this.#logical("||", () => this.#logical("&&", () => this.#binary(relationRow)));
      const { at } = this.#token;
      if (!this.#takeIf("?")) return condition;
      const whenTrue = this.#logical("||", () => this.#logical("&&", () => this.#binary(relationRow)));
      this.#expect(":");
      return this.#count({ kind: "conditional", at, condition, whenTrue, whenFalse: this.#conditional() });
    });
  }

  #logical(operator: "&&" | "||", operand: () => Expression): Expression {
    let left = operand();
    while (this.#is(operator)) {
      const { at } = this.#take();
      left = this.#count({ kind: "logical", at, operator, left, right: operand() });
    }
    return left;
  }

  #binary(row: number): Expression {
    const operators = binaryRows[row];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(row + 1);
    while (this.#is(...operators) || (row === relationRow && this.#is("in"))) {
      const { text, at } = this.#take();
      if (text === "in") left = this.#count(this.#member(left, at));
      else {
        const operator = text as BinaryOperator;
        left = this.#count({ kind: "binary", at, operator, left, right: this.#binary(row + 1) });
      }
    }
    return left;
  }

  #member(item: Expression, at: number): Expression {
    if (!this.#is("[")) {
      this.#binary(relationRow + 1);
      return this.#refuse(at, "a list such as [1, 2] stands at the right of `in`");
    }
    this.#next++;
    const list = this.#list("]", expressionLimits.listItemsMax, "items");
    return { kind: "member", at, item, list };
  }

  /** Up to the closing bracket, which is taken; a comma may stand before it. */
  #list(closing: string, most: number, what: string): Expression[] {
    const items: Expression[] = [];
    while (!this.#takeIf(closing)) {
      if (items.length === most) throw tooMuch(this.#token.at, `more than ${most} ${what}`, most);
      items.push(this.#conditional());
      if (this.#takeIf(closing)) break;
      this.#expect(",");
    }
    return items;
  }

  #unary(): Expression {
    if (!this.#is("!", "-")) return this.#postfix();
    const { text, at } = this.#take();
    // A sign before a number belongs to it: the smallest int cannot be written in another way.
    if (text === "-" && (this.#token.kind === "int" || this.#token.kind === "double")) {
      return this.#after(this.#number(at, true));
    }
    const operand = this.#nested(() => this.#unary());
    return this.#count({ kind: "unary", at, operator: text as "!" | "-", operand });
  }

  #number(at: number, isNegative: boolean): Expression {
    const { kind, value } = this.#take();
    if (kind === "double") return this.#count({ kind: "literal", at, value: isNegative ? -(value as number) : value! });
    const int = value as bigint;
    if (int > (isNegative ? intMax + 1n : intMax)) return this.#refuse(at, `${int} is beyond 64 bits`);
    return this.#count({ kind: "literal", at, value: isNegative ? -int : int });
  }

  #postfix(): Expression {
    return this.#after(this.#primary());
  }

  /** Methods, and what is written like fields and elements, which no value here has. */
  #after(start: Expression): Expression {
    let receiver = start;
    while (this.#is(".", "[")) {
      const { text, at } = this.#take();
      if (text === "[") {
        this.#conditional();
        this.#expect("]");
        receiver = this.#refuse(at, "no value here has elements");
        continue;
      }
      const method = this.#token;
      if (method.kind !== "name") throw this.#unexpected("a name");
      this.#next++;
      if (!this.#takeIf("(")) receiver = this.#refuse(method.at, "no value here has fields");
      else receiver = this.#call(`.${method.text}`, method.at, [receiver]);
    }
    return receiver;
  }

  #call(name: string, at: number, before: readonly Expression[]): Expression {
    const known = this.problems.length;
    const given = this.#list(")", expressionLimits.argumentsMax, "arguments");
    const word = name.replace(/^\./, "");
    if (macros.has(word)) {
      // What a macro is given follows rules of its own.
      this.problems.length = known;
      return this.#refuse(at, `\`${word}\` is not part of these expressions`);
    }
    return this.#count({ kind: "call", at, name, arguments: [...before, ...given] });
  }

  #primary(): Expression {
    const { kind, text, at, value } = this.#token;
    switch (kind) {
      case "int":
      case "double":
        return this.#number(at, false);
      case "string":
        this.#next++;
        return this.#count({ kind: "literal", at, value: value! });
      case "uint":
      case "bytes":
        this.#next++;
        return this.#refuse(at, `${kind === "uint" ? "unsigned integers" : "bytes"} are not part of these expressions`);
      case "name":
        return this.#name(text, at);
      case "end":
        throw this.#unexpected("a value");
      case "symbol":
        return this.#enclosed(at);
    }
  }

  #name(text: string, at: number): Expression {
    if (reserved.has(text)) throw this.#unexpected("a value");
    this.#next++;
    if (text === "true" || text === "false") return this.#count({ kind: "literal", at, value: text === "true" });
    if (text === "null") return this.#count({ kind: "literal", at, value: null });
    if (this.#takeIf("(")) return this.#call(text, at, []);
    if (namespaces.has(text) && this.#takeIf(".")) {
      const member = this.#token;
      if (member.kind !== "name") throw this.#unexpected("the name of a function");
      this.#next++;
      this.#expect("(");
      return this.#call(`${text}.${member.text}`, at, []);
    }
    return this.#count({ kind: "name", at, name: text });
  }

  #enclosed(at: number): Expression {
    if (this.#takeIf("(")) {
      const inner = this.#conditional();
      this.#expect(")");
      return inner;
    }
    if (this.#takeIf("[")) {
      this.#list("]", expressionLimits.listItemsMax, "items");
      return this.#refuse(at, "a list stands only at the right of `in`");
    }
    if (this.#is("{")) throw new ExpressionError(at, "maps are not part of these expressions");
    throw this.#unexpected("a value");
  }
}
