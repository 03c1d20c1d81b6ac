import { FlowFusionError, type Message, type MessageValue } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TestNode } from "../testing.ts";
import { evaluate, evaluateAsDouble, type Outcome } from "./oracle.ts";
import { expressions, messages } from "./random.ts";

/** Undefined when the expression is refused. */
function nodeFor(expression: string): TestNode | undefined {
  try {
    return new TestNode("expr", { expression, onError: "drop" });
  } catch (error) {
    const isRefusal =
      error instanceof FlowFusionError && error.diagnostics.every(({ code }) => code === "FF_EXPR_TYPE");
    if (isRefusal) return undefined;
    throw error;
  }
}

function typeOf(value: MessageValue): string {
  if (value === null || value instanceof Uint8Array) return "other";
  return { number: "double", bigint: "int", boolean: "bool", string: "string" }[typeof value as "number"];
}

/** Checks what the node makes of each message; gives how many were checked. */
function compare(expression: string, inputs: readonly Message[]): number {
  const node = nodeFor(expression);
  // The other implementation takes two signs for none, whatever follows.
  if (node === undefined || /!\(!|-\(-/.test(expression)) return 0;
  for (const message of inputs) {
    const [emission] = node.send(message);
    const outcome: Outcome = emission === undefined ? "failed" : { value: emission.message.value };
    const expected = [evaluate(expression, message)];
    if (typeof message.value === "bigint") expected.push(evaluateAsDouble(expression, message));
    expect(expected, `${expression} of ${String(message.value)}`).toContainEqual(outcome);
  }
  return inputs.length;
}

const inputs = fc.array(messages, { minLength: 4, maxLength: 8 });

describe("what another implementation of CEL gives", () => {
  it("is what a random expression gives for messages of its type", () => {
    let checked = 0;
    fc.assert(
      fc.property(expressions(false), inputs, ({ expression, valueType }, given) => {
        checked += compare(
          expression,
          given.filter(({ value }) => typeOf(value) === valueType),
        );
      }),
      { numRuns: 500 },
    );
    expect(checked).toBeGreaterThan(300);
  });

  it("is what a random expression without conditionals gives for any message", () => {
    let checked = 0;
    fc.assert(
      fc.property(expressions(true), inputs, ({ expression }, given) => {
        checked += compare(expression, given);
      }),
      { numRuns: 500 },
    );
    expect(checked).toBeGreaterThan(800);
  });
});
