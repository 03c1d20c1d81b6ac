// Variants of a graph: the same wires, other nodes.

import { type AnyGraph, type Graph, type Inputs, isGraph, isNodeSpec, type Nodes, type Outputs } from "./graph.ts";
import { describe, type NodeSpec } from "./node.ts";
import { mistake } from "./place.ts";

/** Nodes that take the place of others, by the ids of those: each has the ports of the one that it replaces. */
export type Overlay<N> = {
  readonly [Id in keyof N]?: N[Id] extends NodeSpec<infer I, infer O>
    ? NodeSpec<I, O>
    : N[Id] extends Graph<infer M, infer _, infer __>
      ? Overlay<M>
      : Overlay<N[Id]>;
};

/**
 * A graph with some of its nodes replaced, for example for a test bench: wires stay as they are, so that a node can only be
 * replaced by one with the same ports. Nodes of a sub-flow are reached by its id.
 *
 * @example
 *     const bench = ff.overlay(plant, { alarms: ff.file({ path: "alarms.jsonl" }), oven: { hot: ff.filter({ op: ">", value: 30 }) } });
 */
export function overlay<const N extends Nodes, I extends Inputs, O extends Outputs>(
  base: Graph<N, I, O>,
  changes: Overlay<N>,
): Graph<N, I, O> {
  if (!isGraph(base)) throw mistake(`overlay: the first argument is made by ff.graph, ${describe(base)} given`);
  return { ...base, nodes: replaced(base.nodes, changes, "overlay") as N };
}

function replaced(nodes: Nodes, changes: object, path: string): Nodes {
  const result: Record<string, Nodes[string]> = { ...nodes };
  for (const [id, change] of Object.entries(changes)) {
    if (change === undefined) continue;
    const old = Object.hasOwn(nodes, id) ? nodes[id] : undefined;
    if (old === undefined)
      throw mistake(`${path}: there is no node "${id}" to replace; the nodes: ${Object.keys(nodes).join(", ")}`);
    result[id] = replacement(old, change, `${path}.${id}`);
  }
  return result;
}

function replacement(old: NodeSpec | AnyGraph | Nodes, change: unknown, path: string): Nodes[string] {
  if (!isNodeSpec(old)) {
    if (isNodeSpec(change) || typeof change !== "object" || change === null)
      throw mistake(`${path}: an object of the nodes to replace inside it expected, ${describe(change)} given`);
    return isGraph(old) ? { ...old, nodes: replaced(old.nodes, change, path) } : replaced(old as Nodes, change, path);
  }
  if (!isNodeSpec(change))
    throw mistake(`${path}: a node is made by a builder such as ff.filter({ … }), ${describe(change)} given`);
  for (const side of ["inputs", "outputs"] as const) {
    const [was, is] = [portsText(old[side]), portsText(change[side])];
    if (was !== is)
      throw mistake(`${path}: "${change.type}" has the ${side} ${is}, "${old.type}" has ${was}`, change.place);
  }
  return change;
}

const portsText = (ports: object): string =>
  Object.entries(ports)
    .map(([name, type]) => `${name} (${type})`)
    .sort()
    .join(", ") || "none";
