// What `filter` and `switch` are configured with: an operator and the value to compare with, or an expression.
//
// A node keeps what decides over scalars, `op` and `number`, in globals of its own and asks `isMetByScalar` with them:
// globals are constants once a flow is fused, fields of an object are not.

import { Expression, Kind, Message, Properties, reject, Scalar, Topic } from "@flowfusion/nodekit-assemblyscript/assembly";

export enum Op {
  /** What no scalar meets: a comparison with text. */
  never,
  expression,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  equal,
  notEqual,
}

export class Condition {
  private op: Op = Op.equal;
  private isText: bool = false;
  number: f64 = 0;
  private text: Topic = new Topic();
  /** Number of the expression; below 0 where there is none. */
  private expression: i32 = -1;

  static isIn(properties: Properties, prefix: string): bool {
    return properties.has(prefix + "op") || properties.has(prefix + "expression");
  }

  /** Reads the properties under `prefix`: `expression`, which has the number `index`, or `op` and `value`. */
  configure(properties: Properties, prefix: string, index: i32): void {
    if (properties.has(prefix + "expression")) {
      this.expression = index;
      return;
    }
    this.op = parseOp(properties.text(prefix + "op"));
    const value = properties.find(prefix + "value");
    if (value === null) {
      reject("property " + prefix + "value is missing");
      return;
    }
    if (value.kind != Kind.text && !value.isNumeric) {
      reject("property " + prefix + "value is neither number, boolean nor text");
    }
    this.isText = value.kind == Kind.text;
    if ((this.isText || value.kind == Kind.boolean) && this.op != Op.equal && this.op != Op.notEqual) {
      reject("property " + prefix + "op: text and booleans know only == and !=");
    }
    if (!this.isText) {
      this.number = value.number;
      return;
    }
    this.text.set(value.bodyStart, value.bodyLength);
  }

  /** What `isMetByScalar` goes by. */
  get scalarOp(): Op {
    if (this.expression >= 0) return Op.expression;
    return this.isText ? Op.never : this.op;
  }

  isMetBy(message: Message): bool {
    if (this.expression >= 0) return Expression.isTrueOf(this.expression, message);
    if (!this.isText && message.isNumeric) return compare(this.op, message.number, this.number);
    return this.isText && message.kind == Kind.text && this.equalsText(message) == (this.op == Op.equal);
  }

  private equalsText(message: Message): bool {
    const length = this.text.length;
    return message.bodyLength == length && memory.compare(message.bodyStart, this.text.start, length) == 0;
  }
}

/** 1 or 0; below 0 when the expression with that number takes the whole message. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function isMetByScalar(op: Op, number: f64, expression: u32, meta: u32, bits: u64): i32 {
  if (op == Op.expression) return Expression.isTrueOfScalar(expression, meta, bits);
  return <i32>(op != Op.never && Scalar.isNumeric(meta) && compare(op, Scalar.number(meta, bits), number));
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function compare(op: Op, value: f64, number: f64): bool {
  switch (op) {
    case Op.greater:
      return value > number;
    case Op.greaterOrEqual:
      return value >= number;
    case Op.less:
      return value < number;
    case Op.lessOrEqual:
      return value <= number;
    case Op.equal:
      return value == number;
    default:
      return value != number;
  }
}

function parseOp(text: string): Op {
  if (text == ">") return Op.greater;
  if (text == ">=") return Op.greaterOrEqual;
  if (text == "<") return Op.less;
  if (text == "<=") return Op.lessOrEqual;
  if (text == "==") return Op.equal;
  if (text == "!=") return Op.notEqual;
  reject("unknown comparison " + text);
  return Op.equal;
}
