// Where nodes lie when nobody has placed them: layered from left to right, as messages flow. The same graph always gives
// the same picture, whatever order its nodes are declared in.

import { Graph, layout } from "@dagrejs/dagre";
import { type FlowGraph, type NodeId, wireKey } from "@flowfusion/graph";
import type { Catalog } from "./catalog.ts";
import type { Draft, Layout, Point } from "./draft.ts";

/** A node on the canvas, in pixels at 100 %; the page draws nodes with these sizes. */
export const nodeSize = { width: 208, headHeight: 56, portHeight: 24, footHeight: 8 } as const;
/** Nodes lie on this grid. */
export const gridSize = 8;
const gap = { betweenLayers: 56, betweenNodes: 32 } as const;

export const nodeHeight = (ports: { readonly inputs: number; readonly outputs: number }): number =>
  nodeSize.headHeight + Math.max(ports.inputs, ports.outputs, 1) * nodeSize.portHeight + nodeSize.footHeight;

export function layoutOf({ nodes, wires }: FlowGraph, catalog: Catalog): Layout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", ranksep: gap.betweenLayers, nodesep: gap.betweenNodes });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = [...nodes.keys()].sort();
  for (const id of ids) {
    const manifest = catalog.get(nodes.get(id)!.type)?.manifest;
    const ports = { inputs: manifest?.inputs.length ?? 1, outputs: manifest?.outputs.length ?? 1 };
    graph.setNode(id, { width: nodeSize.width, height: nodeHeight(ports) });
  }
  for (const key of wires.map((wire) => [wireKey(wire), wire] as const).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [name, { source, target }] = key;
    if (nodes.has(source) && nodes.has(target)) graph.setEdge(source, target, {}, name);
  }
  layout(graph);
  const corners = ids.map((id): [NodeId, Point] => {
    const { x, y, width, height } = graph.node(id) as { x: number; y: number; width: number; height: number };
    return [id, { x: onGrid(x - width / 2), y: onGrid(y - height / 2) }];
  });
  return new Map(corners);
}

/** The draft with a place for every node: those that have none are laid out below all that have. */
export function withPlaces(draft: Draft, catalog: Catalog): Draft {
  const lost = new Map([...draft.nodes].filter(([id]) => !draft.layout.has(id)));
  if (lost.size === 0) return draft;
  if (lost.size === draft.nodes.size) return { ...draft, layout: layoutOf(draft, catalog) };
  const below = Math.max(...[...draft.layout].filter(([id]) => draft.nodes.has(id)).map(([, { y }]) => y)) + 200;
  const wires = draft.wires.filter(({ source, target }) => lost.has(source) && lost.has(target));
  const found = [...layoutOf({ nodes: lost, wires }, catalog)].map(
    ([id, { x, y }]) => [id, { x, y: onGrid(y + below) }] as const,
  );
  return { ...draft, layout: new Map([...draft.layout, ...found]) };
}

export const onGrid = (value: number): number => Math.round(value / gridSize) * gridSize;
