// The expressions that can be compiled, as a tree: what parse.ts makes of a text, and check.ts gives types to.

import type { ErrorCode } from "@flowfusion/graph";

export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">=";

/** `at`: offset in the text, in UTF-16 units, of what a message about this node points to. */
export type Expression = { readonly at: number } & (
  | { readonly kind: "literal"; readonly value: null | boolean | bigint | number | string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "logical"; readonly operator: "&&" | "||"; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  /** The name of a method begins with a dot (`.contains`), its first argument is what stands before. */
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: "member"; readonly item: Expression; readonly list: readonly Expression[] }
  /** What a problem was reported for already. */
  | { readonly kind: "invalid" }
);

type ExpressionCode = Extract<ErrorCode, `FF_EXPR_${string}`>;

export interface ExpressionProblem {
  readonly code: ExpressionCode;
  readonly at: number;
  readonly message: string;
}

/** Ends the reading of a text that is no expression. */
export class ExpressionError extends Error {
  readonly at: number;
  readonly code: ExpressionCode;

  constructor(at: number, message: string, code: ExpressionCode = "FF_EXPR_SYNTAX") {
    super(message);
    this.at = at;
    this.code = code;
  }
}

/** "line 1, column 7", both counted from 1; a column is a UTF-16 unit, as in editors. */
export function positionText(source: string, at: number): string {
  const before = source.slice(0, at).split("\n");
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}
