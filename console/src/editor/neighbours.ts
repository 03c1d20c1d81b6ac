// From node to node by keyboard: along the wires first, else to what lies nearest in that direction.

import type { NodeId } from "@flowfusion/graph";
import type { Draft, Point } from "./draft.ts";

export type Direction = "left" | "right" | "up" | "down";

export function neighbourOf(draft: Draft, from: NodeId, direction: Direction): NodeId | undefined {
  const origin = draft.layout.get(from);
  if (origin === undefined) return undefined;
  const wired = draft.wires.flatMap(({ source, target }) => {
    if (direction === "right" && source === from) return [target];
    return direction === "left" && target === from ? [source] : [];
  });
  const others = wired.length > 0 ? new Set(wired) : [...draft.nodes.keys()].filter((id) => id !== from);
  return nearest(draft, others, origin, wired.length > 0 ? undefined : direction);
}

/** The first node that a reader meets: the one at the left, and of those the highest. */
export function firstNode({ nodes, layout }: Draft): NodeId | undefined {
  return inReadingOrder([...nodes.keys()], layout)[0];
}

/** From left to right, then from top to bottom: the order in which the Tab key goes through a canvas. */
export function inReadingOrder(ids: readonly NodeId[], layout: Draft["layout"]): NodeId[] {
  const at = (id: NodeId): Point => layout.get(id) ?? { x: 0, y: 0 };
  return ids.toSorted((a, b) => at(a).x - at(b).x || at(a).y - at(b).y || (a < b ? -1 : 1));
}

function nearest(
  { layout }: Draft,
  ids: Iterable<NodeId>,
  origin: Point,
  direction: Direction | undefined,
): NodeId | undefined {
  let best: { readonly id: NodeId; readonly cost: number } | undefined;
  for (const id of ids) {
    const at = layout.get(id);
    if (at === undefined) continue;
    const [along, across] = distances(origin, at, direction);
    if (direction !== undefined && along <= 0) continue;
    // What lies to the side counts double, so that "right" means right.
    const cost = Math.abs(along) + 2 * Math.abs(across);
    if (best === undefined || cost < best.cost || (cost === best.cost && id < best.id)) best = { id, cost };
  }
  return best?.id;
}

function distances(from: Point, to: Point, direction: Direction | undefined): readonly [along: number, across: number] {
  const [x, y] = [to.x - from.x, to.y - from.y];
  switch (direction) {
    case "left":
      return [-x, y];
    case "up":
      return [-y, x];
    case "down":
      return [y, x];
    default:
      return [x, y];
  }
}
