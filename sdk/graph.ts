// What a flow consists of, apart from where it runs: nodes and wires. A graph with inputs and outputs stands in another
// graph as a node does; a function that returns one is a sub-flow.

import { describe, type InputPort, type NodePorts, type NodeSpec, type OutputPort, type Wire } from "./node.ts";
import { mistake } from "./place.ts";

/** Ports of a graph by name: which port of its own nodes each of them is. */
export type Inputs = { readonly [name: string]: InputPort };
/** As {@link Inputs}, for what comes out. */
export type Outputs = { readonly [name: string]: OutputPort };

/**
 * The nodes of a graph by id: nodes, graphs with ports of their own, or objects of those. An id inside a graph or an object
 * gets the outer one before it, `line1-hot`, so that the same sub-flow can be used twice.
 */
export interface Nodes {
  readonly [id: string]: NodeSpec | AnyGraph | Nodes;
}

/** Any {@link Graph}, whatever its nodes. */
export interface AnyGraph {
  /** Tells a graph from a node and from an object of nodes. */
  readonly kind: "graph";
}

/** Nodes and wires, as {@link graph} returns them: what a `Flow` runs, a test simulates, and another graph holds. */
export interface Graph<N extends Nodes = Nodes, I extends Inputs = Inputs, O extends Outputs = Outputs>
  extends AnyGraph {
  /** The nodes by id. */
  readonly nodes: N;
  /** Draws the wires between their ports. */
  wires(nodes: FlowPorts<N>): readonly Wire[];
  /** Which ports of its nodes its inputs are. */
  inputs(nodes: FlowPorts<N>): I;
  /** Which ports of its nodes its outputs are. */
  outputs(nodes: FlowPorts<N>): O;
}

/** What `wires` receives for one entry of `nodes`: its ports, or the entries below it. */
export type PortsOf<P> =
  P extends Graph<infer _, infer I, infer O> ? I & O : P extends NodeSpec ? NodePorts<P> : FlowPorts<P>;

/** The ports of a graph's nodes by id, as `wires` receives them. */
export type FlowPorts<N> = { readonly [Id in keyof N]: PortsOf<N[Id]> };

/** What {@link graph} is made of. */
export interface GraphParts<N extends Nodes, I extends Inputs, O extends Outputs> {
  /** The nodes by id. */
  nodes: N;
  /** Draws the wires between the nodes' ports: `(n) => [n.temps.out.to(n.hot.in)]`. None when absent. */
  wires?: (nodes: FlowPorts<N>) => readonly Wire[];
  /** The inputs that the graph has where it stands in another: `(n) => ({ in: n.hot.in })`. None when absent. */
  inputs?: (nodes: FlowPorts<N>) => I;
  /** The outputs that it has there: `(n) => ({ alarms: n.hot.pass })`. None when absent. */
  outputs?: (nodes: FlowPorts<N>) => O;
}

/**
 * Puts nodes and wires together, apart from a gateway. Spread it into a `Flow`, simulate it in a test, or use it in the
 * `nodes` of another graph, where its inputs and outputs are what can be wired.
 *
 * @example
 *     const line = (name: string, limit: number) =>
 *       ff.graph({
 *         nodes: { temps: ff.tagInput({ tags: [`${name}/temp`] }), hot: ff.filter({ op: ">", value: limit }) },
 *         wires: (n) => [n.temps.out.to(n.hot.in)],
 *         outputs: (n) => ({ alarms: n.hot.pass }),
 *       });
 *
 *     const plant = ff.graph({
 *       nodes: { oven: line("oven", 90), press: line("press", 60), alarms: ff.file({ path: "alarms.jsonl" }) },
 *       wires: (n) => [n.oven.alarms.to(n.alarms.in), n.press.alarms.to(n.alarms.in)],
 *     });
 *     // its nodes: oven-temps, oven-hot, press-temps, press-hot, alarms
 */
export function graph<
  const N extends Nodes,
  I extends Inputs = Record<never, InputPort>,
  O extends Outputs = Record<never, OutputPort>,
>(parts: GraphParts<N, I, O>): Graph<N, I, O> {
  if (typeof parts !== "object" || parts === null)
    throw mistake(`graph: { nodes, wires, inputs, outputs } expected, ${describe(parts)} given`);
  const { nodes, wires = () => [], inputs = () => ({}) as I, outputs = () => ({}) as O, ...others } = parts;
  if (typeof nodes !== "object" || nodes === null || Array.isArray(nodes))
    throw mistake(`graph: nodes is an object of nodes by id, ${describe(nodes)} given`);
  for (const [name, draw] of Object.entries({ wires, inputs, outputs }))
    if (typeof draw !== "function") throw mistake(`graph: ${name} is a function, ${describe(draw)} given`);
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw mistake(`graph: there is no "${stranger}"; it has nodes, wires, inputs and outputs`);
  return { kind: "graph", nodes, wires, inputs, outputs };
}

export const isGraph = (value: unknown): value is Graph =>
  typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "graph";

export const isNodeSpec = (value: unknown): value is NodeSpec =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as { type?: unknown }).type === "string" &&
  typeof (value as { inputs?: unknown }).inputs === "object" &&
  typeof (value as { outputs?: unknown }).outputs === "object";
