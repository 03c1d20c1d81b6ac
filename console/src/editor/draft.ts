// A flow that is being edited: its graph and, apart from it, where its nodes lie on the canvas. Layout never reaches the
// graph, so it cannot change the digest. Drafts are values: every change gives a new one that shares what stayed.

import {
  type FlowGraph,
  type GraphDocument,
  type GraphNode,
  type NodeId,
  type PropValue,
  parseGraph,
  wireKey,
} from "@flowfusion/graph";
import type { Catalog } from "./catalog.ts";

/** Upper left corner of a node, in pixels of the canvas at 100 %. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Layout = ReadonlyMap<NodeId, Point>;
export type Props = { readonly [name: string]: PropValue };

export interface Draft extends FlowGraph {
  readonly layout: Layout;
}

export const emptyDraft: Draft = { nodes: new Map(), wires: [], layout: new Map() };

/** Throws FF_GRAPH_SYNTAX when the document is not of the shape of a graph. */
export function draftOf(document: unknown, layout: Layout = new Map()): Draft {
  return { ...parseGraph(document), layout };
}

/** A flow that runs, as a person would have written it: what a property has by default is left out. */
export function draftOfRunning(document: GraphDocument, layout: Layout, catalog: Catalog): Draft {
  const draft = draftOf(document, layout);
  const nodes = [...draft.nodes].map(([id, node]) => [id, withoutDefaults(node, catalog)] as const);
  return { ...draft, nodes: new Map(nodes) };
}

export function documentOf({ nodes, wires }: FlowGraph): GraphDocument {
  return {
    nodes: Object.fromEntries([...nodes].map(([id, { type, props }]) => [id, { type, props }])),
    wires: Object.fromEntries(wires.map((wire) => [wireKey(wire), {}])),
  };
}

/** What the schema of a node's properties gives where nothing is said. */
export function defaultsOf(type: string, catalog: Catalog): Props {
  const properties = (catalog.get(type)?.manifest.props.properties ?? {}) as { readonly [name: string]: Props };
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]) =>
      schema.default === undefined ? [] : [[name, schema.default]],
    ),
  );
}

/** What a person would say of the node. */
export function withoutDefaults({ type, props }: GraphNode, catalog: Catalog): GraphNode {
  const defaults = defaultsOf(type, catalog);
  const said = Object.entries(props).filter(([name, value]) => !isSame(value, defaults[name]));
  return { type, props: Object.fromEntries(said) };
}

const isSame = (a: PropValue, b: PropValue | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
