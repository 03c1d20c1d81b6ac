// Finds cycles among wires. Depth first with a stack of its own, since a long chain of nodes should not depend on how
// much of the call stack is left.

import type { NodeId, Wire } from "./types.ts";

export interface Cycle {
  /** In the order that messages would take; the first follows the last. */
  readonly nodes: readonly NodeId[];
  /** The wire that closes the cycle, back to the first node. */
  readonly closedBy: Wire;
}

/** One cycle for each wire that leads back; none when the graph is acyclic. Deterministic in the order given. */
export function* findCycles(ids: readonly NodeId[], wires: readonly Wire[]): Generator<Cycle> {
  const outgoing = new Map<NodeId, Wire[]>(ids.map((id) => [id, []]));
  for (const wire of wires) outgoing.get(wire.source)?.push(wire);
  const done = new Set<NodeId>();
  for (const start of ids) {
    const trail: { readonly id: NodeId; next: number }[] = [];
    const onTrail = new Map<NodeId, number>();
    const enter = (id: NodeId) => {
      onTrail.set(id, trail.length);
      trail.push({ id, next: 0 });
    };
    if (!done.has(start)) enter(start);
    while (trail.length > 0) {
      const here = trail.at(-1)!;
      const wire = outgoing.get(here.id)![here.next];
      here.next += 1;
      if (wire === undefined) {
        trail.pop();
        onTrail.delete(here.id);
        done.add(here.id);
        continue;
      }
      const position = onTrail.get(wire.target);
      if (position !== undefined) yield { nodes: trail.slice(position).map(({ id }) => id), closedBy: wire };
      else if (!done.has(wire.target) && outgoing.has(wire.target)) enter(wire.target);
    }
  }
}
