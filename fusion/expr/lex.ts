// Text → tokens, as the lexis of CEL has them. What a literal stands for is worked out here, so that the parser sees values.

import { ExpressionError } from "./syntax.ts";

type TokenKind = "int" | "uint" | "double" | "string" | "bytes" | "name" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The text of a name or symbol; a word such as `in` or `true` is a name. */
  readonly text: string;
  /** Offset in UTF-16 units. */
  readonly at: number;
  /** Of an int, double or string. */
  readonly value?: bigint | number | string;
}

const blank = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y;
const number = /0[xX](?<hex>[0-9a-fA-F]+)|(?<double>(?:\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+))|(?<int>\d+)/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
const textStart = /(?<prefix>[rRbB]{0,2})(?<quote>"""|'''|"|')/y;
const symbol = /&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}]/y;

export function tokenise(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skip(source, 0); at < source.length; at = skip(source, at)) {
    const [token, end] = readToken(source, at);
    tokens.push(token);
    at = end;
  }
  return [...tokens, { kind: "end", text: "", at: source.length }];
}

function skip(source: string, at: number): number {
  return at + (matchAt(blank, source, at)?.[0].length ?? 0);
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function readToken(source: string, at: number): [Token, end: number] {
  const text = matchAt(textStart, source, at);
  if (text) return readText(source, at, text);
  const digits = matchAt(number, source, at);
  if (digits) return readNumber(source, at, digits);
  const [word] = matchAt(name, source, at) ?? matchAt(symbol, source, at) ?? [];
  if (word === undefined) {
    const character = String.fromCodePoint(source.codePointAt(at)!);
    throw new ExpressionError(at, `${JSON.stringify(character)} has no meaning here`);
  }
  return [{ kind: /^\w/.test(word) ? "name" : "symbol", text: word, at }, at + word.length];
}

function readNumber(source: string, at: number, match: RegExpExecArray): [Token, end: number] {
  const { hex, double } = match.groups!;
  const end = at + match[0].length;
  const isUnsigned = /[uU]/.test(source[end] ?? "") && double === undefined;
  const after = isUnsigned ? end + 1 : end;
  if (/\w/.test(source[after] ?? "")) throw new ExpressionError(at, "a number ends in letters");
  if (double === undefined) {
    const value = BigInt(hex === undefined ? match[0] : `0x${hex}`);
    return [{ kind: isUnsigned ? "uint" : "int", text: match[0], at, value }, after];
  }
  const value = Number(double);
  if (!Number.isFinite(value)) throw new ExpressionError(at, `${double} is beyond the range of a double`);
  return [{ kind: "double", text: double, at, value }, end];
}

function readText(source: string, at: number, match: RegExpExecArray): [Token, end: number] {
  const { prefix = "", quote = "" } = match.groups!;
  const isRaw = /r/i.test(prefix);
  let value = "";
  let place = at + match[0].length;
  while (!source.startsWith(quote, place)) {
    const isCut = place >= source.length || (quote.length === 1 && /[\n\r]/.test(source[place]!));
    if (isCut) throw new ExpressionError(at, "the text has no end");
    if (source[place] !== "\\" || isRaw) value += source[place++];
    else {
      const escaped = readEscape(source, place);
      value += escaped.value;
      place = escaped.end;
    }
  }
  if (!value.isWellFormed()) throw new ExpressionError(at, "the text holds half a surrogate pair");
  return [{ kind: /b/i.test(prefix) ? "bytes" : "string", text: quote, at, value }, place + quote.length];
}

const plainEscapes: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
  ...{ "\\": "\\", "?": "?", '"': '"', "'": "'", "`": "`" },
};
const codeEscape =
  /\\(?:[xX](?<x>[0-9a-fA-F]{2})|u(?<u>[0-9a-fA-F]{4})|U(?<long>[0-9a-fA-F]{8})|(?<octal>[0-3][0-7]{2}))/y;

function readEscape(source: string, at: number): { value: string; end: number } {
  const plain = plainEscapes[source[at + 1] ?? ""];
  if (plain !== undefined) return { value: plain, end: at + 2 };
  const match = matchAt(codeEscape, source, at);
  if (!match) throw new ExpressionError(at, "the escape after \\ is unknown");
  const { x, u, long, octal } = match.groups!;
  const code = octal === undefined ? Number.parseInt((x ?? u ?? long)!, 16) : Number.parseInt(octal, 8);
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (!isCharacter) throw new ExpressionError(at, `${match[0]} is no character`);
  return { value: String.fromCodePoint(code), end: at + match[0].length };
}
