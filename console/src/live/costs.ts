// What each node costs, from samples: time and fuel for a message, and its share of what the flow uses. Pure.

import type { LiveNode, TraceStep } from "@flowfusion/client";

interface Cost {
  /** A message, smoothed over samples; absent before the first. */
  readonly ns?: number;
  readonly fuel?: number;
}

export type Costs = ReadonlyMap<string, Cost>;
export type Measure = "time" | "fuel";

export interface Heat {
  /** ns or units of fuel for a message. */
  readonly perMessage: number;
  /** Of what all nodes use in a second, 0 to 1. */
  readonly share: number;
}

/** How much a new sample counts against those before. One that took long was often cold or cut short by others. */
const weight = { longer: 0.1, shorter: 0.5 } as const;

const smoothed = (before: number | undefined, now: number): number =>
  before === undefined ? now : before + (now - before) * (now > before ? weight.longer : weight.shorter);

/** What a node does by time is no cost of a message. */
export function withCosts(known: Costs, nodes: readonly LiveNode[], steps: readonly TraceStep[]): Costs {
  const costs = new Map(known);
  for (const { node, fuelPerMessage } of nodes) {
    if (fuelPerMessage !== undefined) costs.set(node, { ...costs.get(node), fuel: fuelPerMessage });
  }
  for (const { node, input, ns, trap } of steps) {
    if (input === "tick" || trap !== undefined) continue;
    const before = costs.get(node);
    costs.set(node, { ...before, ns: smoothed(before?.ns, ns) });
  }
  return costs;
}

/** Nodes that were measured. One that is seldom called is cold, however dear a call of it is. */
export function heatOf(costs: Costs, nodes: readonly LiveNode[], measure: Measure): ReadonlyMap<string, Heat> {
  const measured = nodes.flatMap(({ node, inPerS }) => {
    const cost = costs.get(node);
    const perMessage = measure === "time" ? cost?.ns : cost?.fuel;
    return perMessage === undefined ? [] : [{ node, perMessage, used: perMessage * inPerS }];
  });
  const total = measured.reduce((sum, { used }) => sum + used, 0);
  return new Map(
    measured.map(({ node, perMessage, used }) => [node, { perMessage, share: total === 0 ? 0 : used / total }]),
  );
}
