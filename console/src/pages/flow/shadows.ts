// What a graph lost, to be drawn as a shadow where it lay. Pure.

import type { GraphDiff, NodeId, Wire } from "@flowfusion/graph";
import { type Catalog, type Layout, withoutDefaults } from "../../editor/index.ts";
import type { Scene } from "./node-data.ts";

export const noShadows: Scene["removed"] = { nodes: new Map(), wires: [], layout: new Map() };

/** `kept`: the nodes that are still there; `layout`: where those lay that are gone. */
export function shadowsOf(diff: GraphDiff, kept: Iterable<string>, layout: Layout, catalog: Catalog): Scene["removed"] {
  const gone = diff.nodes.filter(({ change }) => change === "removed");
  const shown = new Set<string>([...kept, ...gone.map(({ id }) => id)]);
  return {
    nodes: new Map(gone.map(({ id, from }) => [id, withoutDefaults(from!, catalog)])),
    wires: diff.wires
      .filter(({ change }) => change === "removed")
      .map(({ key }) => wireOf(key))
      .filter(({ source, target }) => shown.has(source) && shown.has(target)),
    layout,
  };
}

function wireOf(key: string): Wire {
  const [source, sourcePort, target, targetPort] = key.split(/\.| -> /) as [NodeId, string, NodeId, string];
  return { source, sourcePort, target, targetPort };
}
