// What is selected: nodes by id and wires by key.

import { type NodeId, wireKey } from "@flowfusion/graph";
import type { Draft } from "./draft.ts";

export interface Selection {
  readonly nodes: ReadonlySet<NodeId>;
  readonly wires: ReadonlySet<string>;
}

export const nothingSelected: Selection = { nodes: new Set(), wires: new Set() };

export const isNothing = ({ nodes, wires }: Selection): boolean => nodes.size === 0 && wires.size === 0;

export const selectNodes = (ids: Iterable<NodeId>): Selection => ({ nodes: new Set(ids), wires: new Set() });

export const selectAll = ({ nodes, wires }: Draft): Selection => ({
  nodes: new Set(nodes.keys()),
  wires: new Set(wires.map(wireKey)),
});

/** With one node more, or without it where it was in. */
export function toggled({ nodes, wires }: Selection, id: NodeId): Selection {
  const rest = new Set([...nodes].filter((node) => node !== id));
  return { nodes: nodes.has(id) ? rest : new Set([...nodes, id]), wires };
}

/** Whether nodes were added to those that were selected, or taken from them: nothing was chosen anew. */
export function isStepFrom(before: Selection, after: Selection): boolean {
  const [few, many] = before.nodes.size < after.nodes.size ? [before.nodes, after.nodes] : [after.nodes, before.nodes];
  return few.size > 0 && few.size < many.size && [...few].every((id) => many.has(id));
}

/** Without what the draft no longer has. */
export function pruned(selection: Selection, { nodes, wires }: Draft): Selection {
  const keys = new Set(wires.map(wireKey));
  const stays = {
    nodes: new Set([...selection.nodes].filter((id) => nodes.has(id))),
    wires: new Set([...selection.wires].filter((key) => keys.has(key))),
  };
  const isSame = stays.nodes.size === selection.nodes.size && stays.wires.size === selection.wires.size;
  return isSame ? selection : stays;
}
