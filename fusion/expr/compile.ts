// Typed expressions → the body of the function that a node calls for their results:
//
//   evaluate(expression: i32, meta: i32, bits: i64, message: i32) -> i32
//
// The answer is the kind of the result, -1 when there is none, or -2 when `message` is 0 and the expression takes more
// of a message than its value, kind and quality, which `bits` and `meta` are.
//
// For each expression one block that tests the kind of the message's value and computes. A part that fails branches to
// the end of its block, or to where `&&` or `||` around it goes on; nothing traps, nothing is stored on the way.

import { MessageKind } from "@flowfusion/graph";
import type { Typed } from "./check.ts";
import { CodeWriter, type Label } from "./code.ts";
import type { ExpressionRuntime } from "./runtime.ts";
import { type ValueType, wasmTypes } from "./types.ts";
import type { Variant } from "./variants.ts";

const parameter = { expression: 0, meta: 1, bits: 2, message: 3 } as const;
const parameterCount = 4;
const noResult = -1;
const wantsMessage = -2;

/** `meta` holds the kind below and the quality above. */
const kindMask = 0xff;
const qualityShift = 8;
const qualityMask = 0xff;

/** Where the fields of a message lie; see graph/message.ts. */
const field = { timestamp: 0, topicLength: 18, bodyLength: 20, topic: 24 } as const;

const resultKinds: Record<ValueType, number> = {
  int: MessageKind.int64,
  double: MessageKind.float64,
  bool: MessageKind.boolean,
  string: MessageKind.text,
  bytes: MessageKind.bytes,
  null: MessageKind.none,
};

/** Puts a text literal where it will lie in the node's memory, and gives it as expressions hold texts. */
export type PlaceText = (text: string) => bigint;

/** `expressions`: by number; undefined where the node has no expression under that number. */
export function compileExpressions(
  expressions: readonly (readonly Variant[] | undefined)[],
  runtime: ExpressionRuntime,
  placeText: PlaceText,
): Uint8Array {
  const code = new CodeWriter(parameterCount, (name) => runtime.functionIndex(name));
  for (const [index, variants] of expressions.entries()) {
    if (variants === undefined) continue;
    code.block(undefined, (next) => {
      code.get(parameter.expression);
      code.i32(index);
      code.op("i32.ne");
      code.branchIf(next);
      for (const variant of variants) writeVariant(code, variant, next, runtime, placeText);
    });
  }
  code.i32(noResult);
  return code.finish();
}

function writeVariant(
  code: CodeWriter,
  variant: Variant,
  next: Label,
  { resultGlobal }: ExpressionRuntime,
  placeText: PlaceText,
): void {
  const { typed, kinds } = variant;
  if (typed.type === undefined) return;
  const { type } = typed;
  const writer = new ExpressionWriter(code, variant, placeText);
  const compute = () => {
    if (isText(type) || needsMessage(typed)) answerWithoutMessage(code);
    code.failingTo(next, () => writer.write(typed));
    toBits(code, type);
    code.setGlobal(resultGlobal);
    code.i32(resultKinds[type]);
    code.op("return");
  };
  const [kind, ...others] = kinds;
  if (others.length > 0) {
    compute();
    return;
  }
  code.get(parameter.meta);
  code.i32(kindMask);
  code.op("i32.and");
  code.i32(MessageKind[kind!]);
  code.op("i32.eq");
  code.if(undefined, compute);
}

const isText = (type: ValueType): boolean => type === "string" || type === "bytes";

/** Whether it reads more of a message than value, kind and quality, or takes room. */
function needsMessage(typed: Typed): boolean {
  switch (typed.kind) {
    case "failure":
    case "constant":
      return false;
    case "variable":
      return typed.name === "timestamp" || typed.name === "topic" || isText(typed.type);
    case "operation":
      return typed.overload.allocates === true || typed.operands.some(needsMessage);
    case "logical":
      return needsMessage(typed.left) || needsMessage(typed.right);
    case "conditional":
      return [typed.condition, typed.whenTrue, typed.whenFalse].some(needsMessage);
    case "member":
      return needsMessage(typed.item) || typed.list.some(({ item }) => needsMessage(item));
  }
}

function answerWithoutMessage(code: CodeWriter): void {
  code.get(parameter.message);
  code.op("i32.eqz");
  code.if(undefined, () => {
    code.i32(wantsMessage);
    code.op("return");
  });
}

function toBits(code: CodeWriter, type: ValueType): void {
  if (type === "double") code.op("i64.reinterpret_f64");
  else if (wasmTypes[type] === "i32") code.op("i64.extend_i32_u");
}

class ExpressionWriter {
  readonly #code: CodeWriter;
  readonly #variant: Variant;
  readonly #placeText: PlaceText;

  constructor(code: CodeWriter, variant: Variant, placeText: PlaceText) {
    this.#code = code;
    this.#variant = variant;
    this.#placeText = placeText;
  }

  write(typed: Typed): void {
    switch (typed.kind) {
      case "failure":
        this.#code.fail();
        return;
      case "constant":
        this.#constant(typed);
        return;
      case "variable":
        this.#variable(typed);
        return;
      case "operation":
        for (const operand of typed.operands) this.write(operand);
        typed.overload.emit(this.#code);
        return;
      case "logical":
        this.#logical(typed);
        return;
      case "conditional":
        this.write(typed.condition);
        this.#code.if(
          wasmTypes[typed.type],
          () => this.write(typed.whenTrue),
          () => this.write(typed.whenFalse),
        );
        return;
      case "member":
        this.#member(typed);
    }
  }

  #constant({ value }: Typed & { kind: "constant" }): void {
    if (typeof value === "bigint") this.#code.i64(value);
    else if (typeof value === "number") this.#code.f64(value);
    else if (typeof value === "string") this.#code.i64(this.#placeText(value));
    else this.#code.i32(value === true ? 1 : 0);
  }

  #variable({ name, type }: Typed & { kind: "variable" }): void {
    const code = this.#code;
    switch (name) {
      case "value":
        this.#value(type);
        return;
      case "quality":
        code.get(parameter.meta);
        code.i32(qualityShift);
        code.op("i32.shr_u");
        code.i32(qualityMask);
        code.op("i32.and", "i64.extend_i32_u");
        return;
      case "timestamp":
        code.withLocals(["i64"], (time) => {
          this.#load("i64.load", field.timestamp);
          code.tee(time);
          code.i64(0n);
          code.op("i64.lt_s");
          code.failIf();
          code.get(time);
        });
        return;
      case "topic":
        this.#load("i32.load16_u", field.topicLength);
        this.#textAfter(() => code.i32(field.topic));
    }
  }

  #value(type: ValueType): void {
    const code = this.#code;
    switch (type) {
      case "null":
        code.i32(0);
        return;
      case "bool":
        code.get(parameter.bits);
        code.op("i64.eqz", "i32.eqz");
        return;
      case "int":
        code.get(parameter.bits);
        return;
      case "double":
        code.get(parameter.bits);
        code.op(this.#variant.kinds[0] === "int64" ? "f64.convert_i64_s" : "f64.reinterpret_i64");
        return;
      case "string":
      case "bytes":
        this.#load("i32.load", field.bodyLength);
        this.#textAfter(() => {
          this.#load("i32.load16_u", field.topicLength);
          code.i32(field.topic);
          code.op("i32.add");
        });
    }
  }

  /** With a length on the stack: the text of that length which begins `offset` bytes into the message. */
  #textAfter(offset: () => void): void {
    const code = this.#code;
    code.op("i64.extend_i32_u");
    code.i64(32n);
    code.op("i64.shl");
    code.get(parameter.message);
    offset();
    code.op("i32.add", "i64.extend_i32_u", "i64.or");
  }

  #load(instruction: Parameters<CodeWriter["load"]>[0], offset: number): void {
    this.#code.get(parameter.message);
    this.#code.load(instruction, offset);
  }

  /**
   * The left side decides when it is false (`&&`) or true (`||`). When it fails, the right side may still decide;
   * otherwise all of it fails, as CEL has it.
   */
  #logical({ operator, left, right }: Typed & { kind: "logical" }): void {
    const code = this.#code;
    const decisive = operator === "&&" ? 0 : 1;
    code.withLocals(["i32"], (hasFailed) => {
      code.block("i32", (decided) => {
        if (left.canFail) {
          code.block(undefined, (goOn) => {
            code.block(undefined, (failed) => {
              code.i32(0);
              code.set(hasFailed);
              code.failingTo(failed, () => this.write(left));
              if (decisive === 1) code.op("i32.eqz");
              code.branchIf(goOn);
              code.i32(decisive);
              code.branch(decided);
            });
            code.i32(1);
            code.set(hasFailed);
          });
        } else {
          code.i32(decisive);
          this.write(left);
          if (decisive === 0) code.op("i32.eqz");
          code.branchIf(decided);
          code.op("drop");
        }
        this.write(right);
        if (!left.canFail) return;
        code.i32(decisive);
        code.op("i32.eq");
        code.if(
          "i32",
          () => code.i32(decisive),
          () => {
            code.get(hasFailed);
            code.failIf();
            code.i32(1 - decisive);
          },
        );
      });
    });
  }

  /** All items are computed, since one that fails lets the whole fail. */
  #member({ item, list }: Typed & { kind: "member" }): void {
    const code = this.#code;
    code.withLocals([wasmTypes[item.type!]], (sought) => {
      this.write(item);
      code.set(sought);
      code.i32(0);
      for (const entry of list) {
        code.get(sought);
        this.write(entry.item);
        entry.equals.emit(code);
        code.op("i32.or");
      }
    });
  }
}
