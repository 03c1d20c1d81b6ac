// A step of a trace for people: where it happened, what came of it, one below the other.

import type { StepDocument } from "@flowfusion/fusion";

export function stepText({ depth, node, type, input, tickAt, ns, fuel, emissions, trap }: StepDocument): string {
  const indent = "  ".repeat(depth + 1);
  const place = tickAt === undefined ? `${node}.${input}` : `${node} at its tick`;
  const lines = emissions.map(({ output, message }) => `${indent}  ${output}: ${JSON.stringify(message)}`);
  const outcome = trap === undefined ? [] : [`${indent}  stops the flow: ${trap}`];
  return [`${indent}${place} (${type}, ${ns} ns, ${fuel} fuel)`, ...lines, ...outcome].join("\n");
}
