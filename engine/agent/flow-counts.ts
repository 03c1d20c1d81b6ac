// What flows count, asked for a few flows at a time: while it is counted and handed over, no message is run.

import type { FlowName } from "@flowfusion/graph";
import type { DataPlane, DataPlaneStats, Pulse } from "../dataplane/types.ts";

const flowsAtOnce = 10;

export const statsOfFlows = (dataPlane: DataPlane, names: readonly FlowName[]): Promise<DataPlaneStats> =>
  whole(statsInParts(dataPlane, names));

/** One part at least, also where no flow is asked for. The counts of one flow are of one moment, those of a part no more. */
export const statsInParts = (dataPlane: DataPlane, names: readonly FlowName[]): AsyncGenerator<DataPlaneStats> =>
  inParts(names, (some) => dataPlane.stats(some));

export const pulseOfFlows = (dataPlane: DataPlane, names: readonly FlowName[]): Promise<Pulse> =>
  whole(inParts(names, (some) => dataPlane.pulse(some)));

async function* inParts<T>(names: readonly FlowName[], ask: (names: readonly FlowName[]) => Promise<T>) {
  let at = 0;
  do {
    yield ask(names.slice(at, at + flowsAtOnce));
    at += flowsAtOnce;
  } while (at < names.length);
}

/** What is not of a flow is as the last part tells it. */
async function whole<T extends { readonly flows: readonly F[] }, F>(parts: AsyncIterable<T>): Promise<T> {
  const flows: F[] = [];
  let last: T | undefined;
  for await (const part of parts) {
    flows.push(...part.flows);
    last = part;
  }
  return { ...last!, flows };
}
