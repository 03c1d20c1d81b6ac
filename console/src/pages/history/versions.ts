// What is said of versions, and which two are compared. Pure.

import type { FlowVersion, FlowVersionDetail } from "@flowfusion/client";
import type { FlowGraph } from "@flowfusion/graph";

/** With which version one is compared when nobody chose: the last before it that is there to be compared. */
export function predecessorOf(versions: readonly FlowVersion[], generation: number): number | undefined {
  return versions.find((version) => version.generation < generation && version.artefact !== undefined)?.generation;
}

/** A whole number of the query, such as "12". */
export function generationOf(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

export const graphOf = ({ nodes, wires }: NonNullable<FlowVersionDetail["graph"]>): FlowGraph => ({
  nodes: new Map(nodes.map(({ id, type, props }) => [id, { type, props }])),
  wires,
});
