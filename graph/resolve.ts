// Turns a parsed graph into the canonical one, with the modules at hand: every rule of a flow that can be checked
// before fusion is checked here, and all violations are reported at once.

import { encodeGraph } from "./canonical.ts";
import { Diagnostics } from "./diagnostics.ts";
import { graphLimits } from "./limits.ts";
import { compareText, pathOf, quote, wireKey } from "./names.ts";
import { checkAgainst, compileSchema, type SchemaProblem } from "./schema.ts";
import { didYouMean } from "./suggest.ts";
import type {
  CanonicalGraph,
  CanonicalNode,
  FlowGraph,
  ModuleDescription,
  ModuleDescriptions,
  NodeId,
  NodeModule,
  PortSpec,
} from "./types.ts";
import { type Props, readProps } from "./values.ts";
import { checkWires } from "./wires.ts";

/** Throws FF_GRAPH_INVALID with every problem of the graph. */
export function resolveGraph(graph: FlowGraph, catalog: ModuleDescriptions): CanonicalGraph {
  const diagnostics = new Diagnostics();
  checkCounts(graph, diagnostics);
  diagnostics.throwIfAny("FF_GRAPH_INVALID", "The graph");

  const nodes: CanonicalNode[] = [];
  const ids = [...graph.nodes.keys()].sort(compareText);
  for (const id of ids) {
    const node = resolveNode(id, graph, catalog, diagnostics);
    if (node !== undefined) nodes.push(node);
  }
  const wires = [...graph.wires].sort((a, b) => compareText(wireKey(a), wireKey(b)));
  checkWires(ids, wires, new Map(nodes.map((node) => [node.id, node])), diagnostics);
  diagnostics.throwIfAny("FF_GRAPH_INVALID", "The graph");

  const canonical = { nodes, wires };
  checkSize(canonical, diagnostics);
  diagnostics.throwIfAny("FF_GRAPH_INVALID", "The graph");
  return canonical;
}

function checkCounts(graph: FlowGraph, diagnostics: Diagnostics): void {
  if (graph.nodes.size === 0) diagnostics.report("FF_GRAPH_EMPTY", "nodes", () => "0 nodes given, at least 1 needed");
  for (const [what, given, allowed] of [
    ["nodes", graph.nodes.size, graphLimits.nodesMax],
    ["wires", graph.wires.length, graphLimits.wiresMax],
  ] as const) {
    if (given > allowed) diagnostics.report("FF_GRAPH_LIMIT", what, () => `${given} ${what} given, ${allowed} allowed`);
  }
}

function checkSize(graph: CanonicalGraph, diagnostics: Diagnostics): void {
  const given = encodeGraph(graph).length;
  const allowed = graphLimits.graphBytesMax;
  if (given > allowed)
    diagnostics.report("FF_GRAPH_LIMIT", "", () => `${given} bytes when encoded, ${allowed} allowed`);
}

/** Gives the node even when its properties are wrong, so that its wires can be checked; undefined without a module. */
function resolveNode(
  id: NodeId,
  graph: FlowGraph,
  catalog: ModuleDescriptions,
  diagnostics: Diagnostics,
): CanonicalNode | undefined {
  const { type, props } = graph.nodes.get(id)!;
  const module = catalog.get(type);
  if (module === undefined) {
    diagnostics.report("FF_GRAPH_UNKNOWN_TYPE", pathOf("nodes", id, "type"), () => {
      return `no module for ${quote(type)} is known${didYouMean(type, catalog.keys())}`;
    });
    return undefined;
  }
  checkModule(id, type, module, diagnostics);
  const { manifest } = module;
  return {
    id,
    type,
    module: module.digest,
    inputs: manifest.inputs.map(barePort),
    outputs: manifest.outputs.map(barePort),
    props: resolveProps(id, props, module, diagnostics),
    stateVersion: manifest.stateVersion,
    acceptsStateFrom: manifest.acceptsStateFrom ?? manifest.stateVersion,
    ...(manifest.subscribes && { subscribes: { property: manifest.subscribes.property } }),
    ...(manifest.delivers && { delivers: { to: manifest.delivers.to } }),
  };
}

const barePort = (port: PortSpec): PortSpec => ({
  name: port.name,
  type: port.type,
  ...(port.optional === true && { optional: true }),
});

/** A catalog may be put together by hand, so what loading a module guarantees is asked again. */
function checkModule(id: NodeId, type: string, module: ModuleDescription, diagnostics: Diagnostics): void {
  const fail = (message: string) =>
    diagnostics.report("FF_GRAPH_MODULE_UNFIT", pathOf("nodes", id, "type"), () => message);
  const { manifest } = module;
  const wasm = "wasm" in module ? (module as NodeModule).wasm : undefined;
  const allowed = graphLimits.portsPerSideMax;
  if (manifest.name !== type) fail(`the module given for ${quote(type)} calls itself ${quote(manifest.name)}`);
  if (wasm?.length === 0) fail(`the module of ${quote(type)} is empty`);
  for (const side of ["inputs", "outputs"] as const) {
    const given = manifest[side].length;
    if (given > allowed) fail(`${quote(type)} has ${given} ${side}, ${allowed} allowed`);
  }
}

function resolveProps(id: NodeId, given: Props, module: ModuleDescription, diagnostics: Diagnostics): Props {
  const at = ["nodes", id, "props"];
  const draft = readProps(given, at, diagnostics);
  if (draft === undefined) return {};
  const problems = checkSchema(id, draft, module, diagnostics);
  for (const problem of problems) {
    diagnostics.report("FF_GRAPH_PROPERTY", pathOf(...at, ...problem.at), () => problem.message);
  }
  const told = new Set(problems.map((problem) => pathOf(...problem.at)));
  for (const fault of module.expressions?.check(draft) ?? []) {
    if (!told.has(pathOf(...fault.at))) diagnostics.report(fault.code, pathOf(...at, ...fault.at), () => fault.message);
  }
  if (problems.length > 0) return {};
  // Once more, since the defaults that were filled in have to meet the same rules and order.
  const props = readProps(draft, at, diagnostics) ?? {};
  checkSubscription(id, props, module, diagnostics);
  return props;
}

function checkSchema(
  id: NodeId,
  draft: Props,
  { manifest }: ModuleDescription,
  diagnostics: Diagnostics,
): SchemaProblem[] {
  try {
    return checkAgainst(compileSchema(manifest.props), draft);
  } catch (cause) {
    diagnostics.report("FF_GRAPH_MODULE_UNFIT", pathOf("nodes", id, "type"), () => {
      return `the property schema of ${quote(manifest.name)} cannot be used: ${(cause as Error).message}`;
    });
    return [];
  }
}

function checkSubscription(id: NodeId, props: Props, module: ModuleDescription, diagnostics: Diagnostics): void {
  const property = module.manifest.subscribes?.property;
  if (property === undefined) return;
  const patterns = props[property];
  if (Array.isArray(patterns) && patterns.length > 0 && patterns.every((item) => typeof item === "string")) return;
  const path = pathOf("nodes", id, "props", property);
  diagnostics.report(
    "FF_GRAPH_PROPERTY",
    path,
    () => "the node subscribes to tags by this property: a list of tag patterns expected",
  );
}
