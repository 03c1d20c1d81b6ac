// Which wires may be drawn, and why others may not: the rules are those of the graph package, asked one wire at a time.

import { type NodeId, type PortSpec, type Wire, type WiredNode, wireRefusals } from "@flowfusion/graph";
import type { Catalog } from "./catalog.ts";
import type { Draft } from "./draft.ts";

export interface PortEnd {
  readonly node: NodeId;
  readonly side: "input" | "output";
  readonly port: string;
}

export interface PossibleEnd extends PortEnd {
  readonly type: PortSpec["type"];
  /** Why the wire would be refused; absent when it may be drawn. */
  readonly refusal?: string;
}

/** The wire between two ports, whichever was taken first; undefined for two of the same side. */
export function wireBetween(a: PortEnd, b: PortEnd): Wire | undefined {
  if (a.side === b.side) return undefined;
  const [from, to] = a.side === "output" ? [a, b] : [b, a];
  return { source: from.node, sourcePort: from.port, target: to.node, targetPort: to.port };
}

/** Why no wire can lead from one port to the other, in words; undefined when one can. */
export function refusalBetween(draft: Draft, catalog: Catalog, a: PortEnd, b: PortEnd): string | undefined {
  const wire = wireBetween(a, b);
  if (wire === undefined) return `a wire leads from an output to an input; both ports are ${a.side}s`;
  return refusalOf(wire, draft, wiredNodes(draft, catalog));
}

/** Every port at which a wire that begins at `start` could end, those that refuse it included. */
export function possibleEnds(draft: Draft, catalog: Catalog, start: PortEnd): PossibleEnd[] {
  const nodes = wiredNodes(draft, catalog);
  const side = start.side === "output" ? "input" : "output";
  return [...nodes.values()].flatMap((node) =>
    (side === "input" ? node.inputs : node.outputs).map((port): PossibleEnd => {
      const end = { node: node.id, side, port: port.name, type: port.type } as const;
      const refusal = refusalOf(wireBetween(start, end)!, draft, nodes);
      return refusal === undefined ? end : { ...end, refusal };
    }),
  );
}

const refusalOf = (wire: Wire, { wires }: Draft, nodes: ReadonlyMap<NodeId, WiredNode>): string | undefined =>
  wireRefusals(wire, wires, nodes)[0]?.message;

/** Nodes whose type the catalogue knows, with their ports. */
function wiredNodes({ nodes }: Draft, catalog: Catalog): Map<NodeId, WiredNode> {
  const wired = new Map<NodeId, WiredNode>();
  for (const [id, { type }] of nodes) {
    const manifest = catalog.get(type)?.manifest;
    if (manifest !== undefined) wired.set(id, { id, type, inputs: manifest.inputs, outputs: manifest.outputs });
  }
  return wired;
}
