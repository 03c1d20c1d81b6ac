// Graph and modules → Flow.wasm: configure the nodes, plan, write the glue, link, optimise, and add the sections that
// make the result explain itself. The same graph and modules give the same bytes on every machine.

import { type CanonicalGraph, type Digest, encodeGraph, type ModuleCatalog, sha256 } from "@flowfusion/graph";
import { sectionNames } from "./artefact/format.ts";
import { appendCustomSection } from "./binary/edit.ts";
import { Configurator, type ConfiguredNode } from "./configure/configure.ts";
import { planFlow } from "./glue/plan.ts";
import { profileFunctionsApart } from "./glue/profile.ts";
import { encodeProperties } from "./glue/properties.ts";
import { writeGlue } from "./glue/wat.ts";
import { linkModules } from "./link/link-modules.ts";
import type { LinkRequest } from "./link/link-request.ts";
import { linkable } from "./link/linkable.ts";
import { moduleOf, nodeWasm } from "./node-wasm.ts";

/** Changes whenever the same input may give other bytes. */
export const fuserVersion = "0.7.0";

/** A flow of more inputs calls them; see `functionsApart`. */
const inlinedInputsMax = 16;

export interface FusedFlow {
  readonly wasm: Uint8Array;
  /** Digest of `wasm`. */
  readonly digest: Digest;
}

/**
 * Fuses a resolved graph. `catalog` must be the one that the graph was resolved against.
 * Throws a FlowFusionError: `FF_FLOW_CONFIGURE` when a node refuses its properties, `FF_FUSE_LINK` when the linker refuses
 * a module.
 */
export async function fuse(graph: CanonicalGraph, catalog: ModuleCatalog): Promise<FusedFlow> {
  return finish(await linkModules(linkRequest(graph, catalog, configureNodes(graph, catalog))), graph);
}

/** Adds to what was linked what makes it an artefact. */
export function finish(linked: Uint8Array, graph: CanonicalGraph): FusedFlow {
  const wasm = describe(linked, graph);
  return { wasm, digest: sha256(wasm) };
}

/** The glue of a flow, as WebAssembly text, for people to read. Throws as `fuse` does. */
export function glueText(graph: CanonicalGraph, catalog: ModuleCatalog): string {
  return linkRequest(graph, catalog, configureNodes(graph, catalog)).glue;
}

/** The graph's nodes as modules to link, configured where that can be done now. */
export function configureNodes(graph: CanonicalGraph, catalog: ModuleCatalog): ConfiguredNode[] {
  const configurator = new Configurator();
  // Nodes that run one module share what is made of it.
  const linkables = new Map<Uint8Array, Uint8Array>();
  return graph.nodes.map((node) => {
    const module = nodeWasm(node, catalog);
    const wasm = linkables.get(module) ?? linkable(module).wasm;
    linkables.set(module, wasm);
    return configurator.configure(node, wasm, encodeProperties(node.props, moduleOf(node, catalog).manifest.props));
  });
}

export function linkRequest(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  nodes: readonly ConfiguredNode[],
): LinkRequest {
  const plan = planFlow(graph, catalog, (index) => nodes[index]!.unconfiguredBecause === undefined);
  return {
    glue: writeGlue(plan),
    nodes: nodes.map(({ wasm }, index) => ({ name: `n${index}`, wasm })),
    apart: functionsApart(graph),
  };
}

/**
 * Functions of the glue that stay functions. Those that one function calls for each node in turn would make that one as
 * large as the flow, beyond what gateways accept, and none of them is worth it, but for the inputs of a flow that has few.
 * The general ways of messages would make the fast one many times as large, which engines then compile the worse.
 */
function functionsApart(graph: CanonicalGraph): string[] {
  const inputs = graph.nodes.filter(({ subscribes }) => subscribes !== undefined).length;
  const perInput = inputs > inlinedInputsMax ? ["input_*"] : [];
  return [
    "configure_node_*",
    "save_node_*",
    "load_node_*",
    "settle_*",
    "input_whole_*",
    "whole_*",
    "scalar_*",
    "run_*",
    ...profileFunctionsApart,
    ...perInput,
  ];
}

function describe(wasm: Uint8Array, graph: CanonicalGraph): Uint8Array {
  const provenance = {
    fuser: fuserVersion,
    modules: Object.fromEntries(graph.nodes.map((node) => [node.type, node.module]).sort()),
  };
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const sections: [string, Uint8Array][] = [
    [sectionNames.graph, encodeGraph(graph)],
    [sectionNames.provenance, json(provenance)],
    [sectionNames.names, json(graph.nodes.map((node) => node.id))],
  ];
  return sections.reduce((bytes, [name, content]) => appendCustomSection(bytes, name, content), wasm);
}
