// The order in which a person writes a graph down: each source, and after it what its messages come to, output by output, sinks
// last. A node that is put into a wire stands between its neighbours and moves no other line, so that a pull request shows the
// change alone.

import type { CanonicalGraph, CanonicalNode, Wire } from "@flowfusion/graph";

interface ReadGraph {
  readonly nodes: readonly CanonicalNode[];
  readonly wires: readonly Wire[];
}

export function inReadingOrder({ nodes, wires }: CanonicalGraph): ReadGraph {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const outputOf = ({ source, sourcePort }: Wire) =>
    known.get(source)!.outputs.findIndex(({ name }) => name === sourcePort);
  const inputOf = ({ target, targetPort }: Wire) =>
    known.get(target)!.inputs.findIndex(({ name }) => name === targetPort);
  const leaving = Map.groupBy(
    wires.toSorted((a, b) => outputOf(a) - outputOf(b)),
    ({ source }) => source,
  );
  const isFed = new Set(wires.map(({ target }) => target));

  // A node is put before all that it leads to, last branch first.
  const found = new Set<CanonicalNode["id"]>();
  const ordered: CanonicalNode[] = [];
  const visit = (node: CanonicalNode): void => {
    if (found.has(node.id)) return;
    found.add(node.id);
    for (const { target } of (leaving.get(node.id) ?? []).toReversed()) visit(known.get(target)!);
    ordered.unshift(node);
  };
  for (const node of nodes.filter(({ id }) => !isFed.has(id)).toReversed()) visit(node);

  const rank = new Map(ordered.map(({ id }, index) => [id, index]));
  const byEnds = (a: Wire, b: Wire) =>
    rank.get(a.target)! - rank.get(b.target)! ||
    inputOf(a) - inputOf(b) ||
    rank.get(a.source)! - rank.get(b.source)! ||
    outputOf(a) - outputOf(b);
  return { nodes: ordered, wires: wires.toSorted(byEnds) };
}
