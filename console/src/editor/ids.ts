// Ids for nodes that are added or pasted: the name with the lowest number that is free.

import { graphLimits, isNodeId, type NodeId } from "@flowfusion/graph";

/** `filter`, then `filter-2`; a copy of `hot-2` becomes `hot-3`. */
export function freshId(wanted: string, isTaken: (id: NodeId) => boolean): NodeId {
  if (isNodeId(wanted) && !isTaken(wanted)) return wanted;
  const stem = wanted.replace(/-\d+$/, "");
  for (let number = 2; ; number += 1) {
    const ending = `-${number}`;
    const id = `${stem.slice(0, graphLimits.idCharsMax - ending.length)}${ending}`;
    if (!isNodeId(id)) throw new Error(`${JSON.stringify(wanted)} cannot begin a node id`);
    if (!isTaken(id)) return id;
  }
}
