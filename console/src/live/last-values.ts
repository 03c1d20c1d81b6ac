// From what sampled messages did to the last value at each node. Pure.

import type { LiveFlow, TraceStep } from "@flowfusion/client";

export interface LastValue {
  readonly topic: string;
  readonly value: string;
  /** Why the node stopped the flow, if it did. */
  readonly trap?: string;
}

/** Those of before, with what the steps of an update add. What a node emitted counts before what it got. */
export function withSteps(
  known: ReadonlyMap<string, LastValue>,
  steps: LiveFlow["steps"],
): ReadonlyMap<string, LastValue> {
  const values = new Map(known);
  for (const step of steps) {
    const message = messageOf(step);
    if (message === undefined && step.trap === undefined) continue;
    values.set(step.node, {
      topic: message?.topic ?? "",
      value: message === undefined ? "" : JSON.stringify(message.value),
      ...(step.trap !== undefined && { trap: step.trap }),
    });
  }
  return values;
}

const messageOf = ({ emissions, message }: TraceStep) =>
  emissions.findLast(({ output }) => output !== "log")?.message ?? message;
