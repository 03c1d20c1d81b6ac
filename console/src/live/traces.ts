// Steps of samples as the way of each message through the graph. Pure.

import type { TraceStep } from "@flowfusion/client";

/** What one message, or one tick, set off: its steps, in the order in which they happened. */
export interface Trace {
  /** Counts the messages and ticks that were traced. */
  readonly reading: number;
  readonly steps: readonly TraceStep[];
}

const tracesMax = 60;

/** Those of before, with what new steps add; the newest are kept. */
export function withTraces(known: readonly Trace[], steps: readonly TraceStep[]): readonly Trace[] {
  if (steps.length === 0) return known;
  const byReading = new Map(known.map((trace) => [trace.reading, trace]));
  for (const step of steps) {
    const before = byReading.get(step.reading)?.steps ?? [];
    byReading.set(step.reading, { reading: step.reading, steps: [...before, step] });
  }
  return [...byReading.values()].sort((a, b) => a.reading - b.reading).slice(-tracesMax);
}

/** Of `wires`, as `source.output -> target.input`, those that the message came over, up to the step of this index. */
export function wiresUpTo({ steps }: Trace, index: number, wires: ReadonlySet<string>): ReadonlySet<string> {
  const reached = steps.slice(0, index + 1);
  const keys = reached.flatMap(({ node, input }, position) =>
    reached
      .slice(0, position)
      .flatMap((from) => from.emissions.map(({ output }) => `${from.node}.${output} -> ${node}.${input}`)),
  );
  return new Set(keys.filter((key) => wires.has(key)));
}

/** What the trace is about, in a line: its first message, and whether it stopped the flow. */
export function summaryOfTrace({ steps }: Trace): { readonly text: string; readonly isTrap: boolean } {
  const [first] = steps;
  const text =
    first?.message === undefined
      ? (first?.node ?? "")
      : `${first.message.topic} ${JSON.stringify(first.message.value)}`;
  return { text, isTrap: steps.some(({ trap }) => trap !== undefined) };
}
