// Expressions in a node's properties. A manifest names them (`"expressions": { "property": "expression" }`), fusion
// compiles them into the module, and the node asks for their results here. Expression number 0 is the first of the
// property's list, or the only one. An expression without a result is one that failed, for example by dividing by zero.

import { allocate } from "./arena";
import { expression_result_bits } from "./expression-runtime";
import { Kind, Message, Quality } from "./message";
import { Outcome, Scalar } from "./scalar";

/**
 * The kind of the result, whose 64 bits are then in `expression_result_bits`; -1 when there is none. A message is given
 * as its `meta`, its bits and its address; with 0 for the address the answer may be -2: it takes the whole message.
 */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@external("flowfusion", "evaluate")
declare function evaluate(expression: u32, meta: u32, bits: u64, message: usize): i32;

const wantsMessage: i32 = -2;

export namespace Expression {
  /** Whether the expression is true of the message; false when it has no result. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function isTrueOf(expression: u32, message: Message): bool {
    const kind = evaluate(expression, message.meta, message.bits, changetype<usize>(message));
    return kind == Kind.boolean && expression_result_bits != 0;
  }

  /** The same by the scalar way: 1, 0, or below 0 when it takes the whole message. */
  // @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
  @inline
  export function isTrueOfScalar(expression: u32, meta: u32, bits: u64): i32 {
    const kind = evaluate(expression, meta, bits, 0);
    return kind == wantsMessage ? -1 : <i32>(kind == Kind.boolean && expression_result_bits != 0);
  }

  /**
   * The message with the expression's result in place of its value, for the rest of this call; null when there is no
   * result. A number that is infinite or NaN makes the quality bad, as everywhere.
   */
  export function resultFor(expression: u32, message: Message): Message | null {
    const kind = evaluate(expression, message.meta, message.bits, changetype<usize>(message));
    if (kind < 0) return null;
    const bits = expression_result_bits;
    const isScalar = <u8>kind < Kind.text;
    const answer = isScalar && message.bodyLength == 0 ? message : withBody(message, isScalar ? 0 : <u32>(bits >> 32));
    answer.kind = <u8>kind;
    answer.bits = isScalar ? bits : 0;
    if (!isScalar) memory.copy(answer.bodyStart, <usize>(<u32>bits), answer.bodyLength);
    if (kind == Kind.float64) answer.setNumber(reinterpret<f64>(bits));
    return answer;
  }

  /** The message with no value and bad quality: what stands for a result that could not be had. */
  export function failureFor(message: Message): Message {
    const answer = message.bodyLength == 0 ? message : withBody(message, 0);
    answer.kind = Kind.none;
    answer.bits = 0;
    answer.quality = Quality.bad;
    return answer;
  }

  /**
   * What `resultFor` gives, emitted on port 0 by the scalar way; what `failureFor` gives where there is no result, or
   * nothing at all.
   */
  export function outcomeFor(expression: u32, meta: u32, bits: u64, dropsFailures: bool): i32 {
    const kind = evaluate(expression, meta, bits, 0);
    if (kind == wantsMessage) return Outcome.declined;
    if (kind < 0) return dropsFailures ? Outcome.nothing : Outcome.value(Kind.none, 0, Quality.bad);
    const quality = Scalar.quality(meta);
    if (kind == Kind.float64) return Outcome.number(reinterpret<f64>(expression_result_bits), quality);
    return Outcome.value(<u8>kind, expression_result_bits, quality);
  }
}

/** A message with the same timestamp, quality and topic, and room for a body. */
function withBody(message: Message, bodyLength: u32): Message {
  const size = (offsetof<Message>() + message.topicLength + bodyLength + 7) & ~7;
  const copy = changetype<Message>(allocate(size));
  store<u64>(changetype<usize>(copy) + size - 8, 0);
  memory.copy(changetype<usize>(copy), changetype<usize>(message), offsetof<Message>() + message.topicLength);
  copy.bodyLength = bodyLength;
  return copy;
}
