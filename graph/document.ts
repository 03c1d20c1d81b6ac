// A canonical graph, written the way people write graphs. All properties are explicit, so that a default that changes
// in a later module version shows as a difference.

import { wireKey } from "./names.ts";
import type { CanonicalGraph, GraphDocument } from "./types.ts";

export function graphDocument(graph: CanonicalGraph): GraphDocument {
  return {
    nodes: Object.fromEntries(graph.nodes.map(({ id, type, props }) => [id, { type, props }])),
    wires: Object.fromEntries(graph.wires.map((wire) => [wireKey(wire), {}])),
  };
}
