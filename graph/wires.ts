// The rules of wires: both ends exist, types fit, none is there twice, none leads back, and no input that a node needs
// is left without one.

import { findCycles } from "./cycles.ts";
import { Diagnostics } from "./diagnostics.ts";
import type { Diagnostic } from "./errors.ts";
import { graphLimits } from "./limits.ts";
import { pathOf, quote, wireKey } from "./names.ts";
import { didYouMean } from "./suggest.ts";
import type { CanonicalNode, NodeId, PortSpec, PortType, Wire } from "./types.ts";

/** What the rules ask of a node. */
export type WiredNode = Pick<CanonicalNode, "id" | "type" | "inputs" | "outputs">;
type Nodes = ReadonlyMap<NodeId, WiredNode>;

/** What wires are checked against, and where it is told what is wrong with them. */
interface Checks {
  readonly declared: ReadonlySet<NodeId>;
  readonly nodes: Nodes;
  readonly diagnostics: Diagnostics;
}

/** Nodes of a cycle that a message names; the rest is counted. */
const cycleNamesMax = 12;

/**
 * `ids` are all declared nodes, `nodes` those whose module is known: a wire at a node of unknown type is not another
 * problem.
 */
export function checkWires(
  ids: readonly NodeId[],
  wires: readonly Wire[],
  nodes: Nodes,
  diagnostics: Diagnostics,
): void {
  const checks = { declared: new Set(ids), nodes, diagnostics };
  const seen = new Set<string>();
  const reached = new Set<string>();
  for (const wire of wires) {
    const key = wireKey(wire);
    if (seen.has(key)) reportDuplicate(wire, diagnostics);
    seen.add(key);
    if (checkEnds(wire, checks)) reached.add(pathOf(wire.target, wire.targetPort));
  }
  checkUnwired(nodes, reached, diagnostics);
  checkCycles(ids, wires, diagnostics);
}

/** Why a wire cannot be added to those of a graph that has no cycle yet; empty when it can. For editors. */
export function wireRefusals(wire: Wire, wires: readonly Wire[], nodes: Nodes): readonly Diagnostic[] {
  const diagnostics = new Diagnostics();
  const key = wireKey(wire);
  const allowed = graphLimits.wiresMax;
  checkEnds(wire, { declared: new Set(nodes.keys()), nodes, diagnostics });
  if (wires.some((other) => wireKey(other) === key)) reportDuplicate(wire, diagnostics);
  else if (wires.length >= allowed) {
    diagnostics.report("FF_GRAPH_LIMIT", "wires", () => `${wires.length + 1} wires given, ${allowed} allowed`);
  }
  if (diagnostics.isEmpty) checkCycles([...nodes.keys()], [...wires, wire], diagnostics);
  return diagnostics.list;
}

function reportDuplicate(wire: Wire, diagnostics: Diagnostics): void {
  diagnostics.report("FF_GRAPH_DUPLICATE_WIRE", pathOf("wires", wireKey(wire)), () => "the wire is declared twice");
}

/** Gives whether the wire leads to an input. */
function checkEnds(wire: Wire, checks: Checks): boolean {
  const output = findPort("output", wire, checks);
  const input = findPort("input", wire, checks);
  if (output !== undefined && input !== undefined && !fits(output.type, input.type)) {
    checks.diagnostics.report("FF_GRAPH_PORT_TYPES", pathOf("wires", wireKey(wire)), () => {
      return `output \`${output.name}\` gives ${output.type}, input \`${input.name}\` takes ${input.type}`;
    });
  }
  return input !== undefined;
}

function checkCycles(ids: readonly NodeId[], wires: readonly Wire[], diagnostics: Diagnostics): void {
  for (const cycle of findCycles(ids, wires)) {
    diagnostics.report("FF_GRAPH_CYCLE", pathOf("wires", wireKey(cycle.closedBy)), () => describeCycle(cycle.nodes));
  }
}

/** Equal, or one of the two is `any`. */
const fits = (output: PortType, input: PortType): boolean => output === input || output === "any" || input === "any";

function findPort(
  kind: "input" | "output",
  wire: Wire,
  { declared, nodes, diagnostics }: Checks,
): PortSpec | undefined {
  const path = pathOf("wires", wireKey(wire));
  const [id, name] = kind === "input" ? [wire.target, wire.targetPort] : [wire.source, wire.sourcePort];
  if (!declared.has(id)) {
    diagnostics.report(
      "FF_GRAPH_UNKNOWN_NODE",
      path,
      () => `no node ${quote(id)} is declared${didYouMean(id, declared)}`,
    );
    return undefined;
  }
  const node = nodes.get(id);
  if (node === undefined) return undefined;
  const ports = kind === "input" ? node.inputs : node.outputs;
  const port = ports.find((candidate) => candidate.name === name);
  if (port === undefined) {
    diagnostics.report("FF_GRAPH_UNKNOWN_PORT", path, () => {
      const names = ports.map((candidate) => candidate.name);
      const known = names.length === 0 ? `it has no ${kind}` : `its ${kind}s are ${names.join(", ")}`;
      return `node ${quote(id)} of type ${quote(node.type)} has no ${kind} ${quote(name)} (${known})${didYouMean(name, names)}`;
    });
  }
  return port;
}

function checkUnwired(nodes: Nodes, reached: ReadonlySet<string>, diagnostics: Diagnostics): void {
  for (const { id, inputs } of nodes.values()) {
    for (const { name, optional } of inputs) {
      if (optional === true || reached.has(pathOf(id, name))) continue;
      diagnostics.report("FF_GRAPH_UNWIRED_INPUT", pathOf("nodes", id), () => `no wire leads to input \`${name}\``);
    }
  }
}

function describeCycle(ids: readonly NodeId[]): string {
  const shown = ids.slice(0, cycleNamesMax);
  const rest = ids.length > shown.length ? ` → … ${ids.length - shown.length} more …` : "";
  return `${shown.join(" → ")}${rest} → ${ids[0]} is a cycle of ${ids.length} ${ids.length === 1 ? "node" : "nodes"}`;
}
