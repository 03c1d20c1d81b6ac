// What a swap does to each node's state, known from the two graphs alone: the same rule that `load_state` follows.

import type { CanonicalGraph, CanonicalNode } from "@flowfusion/graph";

export interface StateImpact {
  /** Nodes whose state carries over as it is. */
  readonly kept: readonly string[];
  /** Nodes whose state carries over from an older version that their module still reads. */
  readonly migrated: readonly { readonly node: string; readonly fromVersion: number; readonly toVersion: number }[];
  /** Nodes of the new graph that have state and begin anew, and nodes whose state is discarded. */
  readonly reset: readonly { readonly node: string; readonly why: string }[];
}

export function stateImpact(from: CanonicalGraph | undefined, to: CanonicalGraph): StateImpact {
  if (!from) return { kept: [], migrated: [], reset: [] };
  const before = new Map(from.nodes.map((node) => [node.id, node]));
  const after = new Set(to.nodes.map((node) => node.id));
  const kept: string[] = [];
  const migrated: StateImpact["migrated"][number][] = [];
  const reset: { node: string; why: string }[] = [];
  for (const node of to.nodes) {
    const old = before.get(node.id);
    if (!old || (old.stateVersion === 0 && (node.stateVersion === 0 || old.type === node.type))) continue;
    const why = whyReset(old, node);
    if (why !== undefined) reset.push({ node: node.id, why });
    else if (old.stateVersion === node.stateVersion) kept.push(node.id);
    else migrated.push({ node: node.id, fromVersion: old.stateVersion, toVersion: node.stateVersion });
  }
  for (const node of from.nodes) {
    if (node.stateVersion > 0 && !after.has(node.id)) reset.push({ node: node.id, why: "the node was removed" });
  }
  return { kept, migrated, reset };
}

function whyReset(from: CanonicalNode, to: CanonicalNode): string | undefined {
  if (from.type !== to.type) return `its type changed from ${from.type} to ${to.type}`;
  if (to.stateVersion === 0) return "it has no state any more";
  if (from.stateVersion > to.stateVersion)
    return `it reads state up to version ${to.stateVersion}, version ${from.stateVersion} was saved`;
  if (from.stateVersion < to.acceptsStateFrom)
    return `it reads state from version ${to.acceptsStateFrom}, version ${from.stateVersion} was saved`;
  return undefined;
}
