// Unfinished work, kept in this browser: a page that is closed, or a gateway that is away, costs nobody a draft.

import type { NodeId } from "@flowfusion/graph";
import { type Draft, documentOf, draftOf, type Layout, type Point } from "../../editor/index.ts";

export interface KeptDraft {
  readonly draft: Draft;
  /** The generation that it began from; undefined for a flow that is new. */
  readonly generation: number | undefined;
}

const keyPrefix = "flowfusion.draft.";
const keyOf = (flow: string): string => `${keyPrefix}${flow}`;

/** The flows that a draft is kept of. */
export const keptDraftNames = (): string[] =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith(keyPrefix))
    .map((key) => key.slice(keyPrefix.length))
    .filter((flow) => keptDraft(flow) !== undefined)
    .sort();

export function keepDraft(flow: string, { draft, generation }: KeptDraft): void {
  const text = JSON.stringify({ graph: documentOf(draft), layout: Object.fromEntries(draft.layout), generation });
  try {
    localStorage.setItem(keyOf(flow), text);
  } catch {
    // No room, or no storage: the draft lives as long as the page.
  }
}

export const forgetDraft = (flow: string): void => localStorage.removeItem(keyOf(flow));

/** What was kept, unless it is damaged; then it is forgotten. */
export function keptDraft(flow: string): KeptDraft | undefined {
  const text = localStorage.getItem(keyOf(flow));
  if (text === null) return undefined;
  try {
    const { graph, layout, generation } = JSON.parse(text) as { graph: unknown; layout: object; generation?: number };
    return { draft: draftOf(graph, layoutFrom(layout)), generation };
  } catch {
    forgetDraft(flow);
    return undefined;
  }
}

export function layoutFrom(places: object): Layout {
  const points = Object.entries(places as { readonly [id: string]: Partial<Point> | null });
  return new Map(
    points.flatMap(([id, point]): [NodeId, Point][] =>
      Number.isFinite(point?.x) && Number.isFinite(point?.y) ? [[id as NodeId, { x: point!.x!, y: point!.y! }]] : [],
    ),
  );
}
