// What a draft would change in a flow that runs: for the colours of the canvas at each keystroke, and as the list that a
// deploy shows.

import {
  type CanonicalGraph,
  type CanonicalNode,
  diffGraphs,
  type FlowGraph,
  type GraphDiff,
  type GraphDocument,
  type NodeId,
  parseGraph,
} from "@flowfusion/graph";
import type { Catalog } from "./catalog.ts";
import { defaultsOf } from "./draft.ts";

export type Change = "added" | "removed" | "updated";

/**
 * A draft may be compared before it is whole, so nothing is asked of the catalogue but the defaults of properties.
 * `running` is what the gateway says of the flow; absent when nothing runs.
 */
export function compareWithRunning(running: GraphDocument | undefined, draft: FlowGraph, catalog: Catalog): GraphDiff {
  const before = running === undefined ? emptyGraph : comparable(parseGraph(running), catalog);
  return diffGraphs(before, comparable(draft, catalog));
}

const emptyGraph: CanonicalGraph = { nodes: [], wires: [] };

/** What becomes of each node and wire, by id and key. */
export function changesOf(diff: GraphDiff): ReadonlyMap<string, Change> {
  return new Map<string, Change>([
    ...diff.nodes.map(({ id, change }) => [id, change] as const),
    ...diff.wires.map(({ key, change }) => [key, change] as const),
  ]);
}

/** Modules and ports are left out: they are the catalogue's, and the same on both sides. */
function comparable({ nodes, wires }: FlowGraph, catalog: Catalog): CanonicalGraph {
  return {
    nodes: [...nodes].map(([id, { type, props }]): CanonicalNode => {
      const explicit = sorted({ ...defaultsOf(type, catalog), ...props });
      return { ...bare, id: id as NodeId, type, props: explicit };
    }),
    wires,
  };
}

const bare = {
  module: "sha256:" as CanonicalNode["module"],
  inputs: [],
  outputs: [],
  stateVersion: 0,
  acceptsStateFrom: 0,
};

/** Keys in order at every level, as canonical properties have them. */
function sorted<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "object" && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ),
  ) as Value;
}
