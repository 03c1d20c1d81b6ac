// Copy and paste. What lies in the clipboard is a graph document with its layout: it can be pasted into a file, and what
// `flowfusion export --graph` writes can be pasted into a canvas.

import { type NodeId, parseGraph, wireKey } from "@flowfusion/graph";
import type { Catalog } from "./catalog.ts";
import type { Command } from "./commands.ts";
import { type Draft, documentOf, type Layout, type Point } from "./draft.ts";
import { freshId } from "./ids.ts";
import { layoutOf } from "./layout.ts";

/** How far from its original a copy lies when nothing says where to, in pixels. */
const offset = 40;

/** Wires go along when both their ends do. */
export function copyText(draft: Draft, ids: ReadonlySet<NodeId>): string {
  const part = {
    nodes: new Map([...draft.nodes].filter(([id]) => ids.has(id))),
    wires: draft.wires.filter(({ source, target }) => ids.has(source) && ids.has(target)),
  };
  const layout = Object.fromEntries([...draft.layout].filter(([id]) => ids.has(id)));
  return JSON.stringify({ ...documentOf(part), layout }, undefined, 2);
}

/**
 * The command that pastes `text`, with fresh ids, its upper left corner at `corner` or beside its original; undefined
 * when the text is no JSON object with nodes. Throws FF_GRAPH_SYNTAX when it is one and is wrong inside.
 */
export function pasteCommand(
  text: string,
  draft: Draft,
  catalog: Catalog,
  corner?: Point,
): Extract<Command, { kind: "add" }> | undefined {
  const content = readContent(text);
  if (content === undefined) return undefined;
  const { layout: places, ...document } = content;
  const graph = parseGraph(document);
  const layout = readLayout(places, graph.nodes.keys()) ?? layoutOf(graph, catalog);
  const shift = corner === undefined ? { x: offset, y: offset } : toCorner(layout, corner);
  const ids = new Map<NodeId, NodeId>();
  const taken = new Set([...draft.nodes.keys()]);
  for (const id of graph.nodes.keys()) {
    const fresh = freshId(id, (candidate) => taken.has(candidate));
    taken.add(fresh);
    ids.set(id, fresh);
  }
  return {
    kind: "add",
    nodes: [...graph.nodes].map(([id, node]) => {
      const { x, y } = layout.get(id)!;
      return { ...node, id: ids.get(id)!, at: { x: x + shift.x, y: y + shift.y } };
    }),
    wires: graph.wires
      .filter(({ source, target }) => ids.has(source) && ids.has(target))
      .filter((wire, index, all) => all.findIndex((other) => wireKey(other) === wireKey(wire)) === index)
      .map((wire) => ({ ...wire, source: ids.get(wire.source)!, target: ids.get(wire.target)! })),
  };
}

interface Content {
  readonly [key: string]: unknown;
  readonly layout?: unknown;
}

function readContent(text: string): Content | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "nodes" in value ? (value as Content) : undefined;
  } catch {
    return undefined;
  }
}

/** The layout, when it names a place for every node. */
function readLayout(value: unknown, ids: Iterable<NodeId>): Layout | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const layout = new Map<NodeId, Point>();
  for (const id of ids) {
    const point: unknown = Object.hasOwn(value, id) ? (value as Record<string, unknown>)[id] : undefined;
    const { x, y } = (point ?? {}) as { x?: unknown; y?: unknown };
    if (!Number.isFinite(x) || !Number.isFinite(y)) return undefined;
    layout.set(id, { x: x as number, y: y as number });
  }
  return layout;
}

function toCorner(layout: Layout, corner: Point): Point {
  const points = [...layout.values()];
  return {
    x: corner.x - Math.min(...points.map(({ x }) => x)),
    y: corner.y - Math.min(...points.map(({ y }) => y)),
  };
}
