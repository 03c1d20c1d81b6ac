// What a flow goes back with: of each node the newest state that it can read. Where a later version of the flow left
// state of a node that this one does not accept, or none, the node gets what it had before.

import type { CanonicalGraph, CanonicalNode } from "@flowfusion/graph";
import { joinStates, type StateEntry, splitStates } from "./states.ts";

/** `newest` and `before`: states as `save_state` gives them. Throws `FF_FLOW_STATE_REFUSED` when one is damaged. */
export function mergeStates(newest: Uint8Array, before: Uint8Array, graph: CanonicalGraph): Uint8Array {
  const newer = splitStates(newest);
  const older = splitStates(before);
  return joinStates(
    graph.nodes.flatMap((node) => {
      const entry = newer.find((one) => isReadBy(node, one)) ?? older.find((one) => isReadBy(node, one));
      return entry ? [{ node: { ...node, stateVersion: entry.version }, state: entry.state }] : [];
    }),
  );
}

const isReadBy = ({ id, type, stateVersion, acceptsStateFrom }: CanonicalNode, entry: StateEntry): boolean =>
  entry.id === id && entry.type === type && entry.version <= stateVersion && entry.version >= acceptsStateFrom;
