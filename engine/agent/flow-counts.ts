// What flows count, asked for a few flows at a time: while it is counted and handed over, no message is run.

import type { FlowName } from "@flowfusion/graph";
import type { DataPlane, DataPlaneStats, Pulse } from "../dataplane/types.ts";

const flowsAtOnce = 10;

export const statsOfFlows = (dataPlane: DataPlane, names: readonly FlowName[]): Promise<DataPlaneStats> =>
  inParts(names, (some) => dataPlane.stats(some));

export const pulseOfFlows = (dataPlane: DataPlane, names: readonly FlowName[]): Promise<Pulse> =>
  inParts(names, (some) => dataPlane.pulse(some));

async function inParts<T extends { readonly flows: readonly F[] }, F>(
  names: readonly FlowName[],
  ask: (names: readonly FlowName[]) => Promise<T>,
): Promise<T> {
  let answer = await ask(names.slice(0, flowsAtOnce));
  const flows = [...answer.flows];
  for (let at = flowsAtOnce; at < names.length; at += flowsAtOnce) {
    answer = await ask(names.slice(at, at + flowsAtOnce));
    flows.push(...answer.flows);
  }
  return { ...answer, flows };
}
