// Graph and modules → Flow.wasm: plan, write the glue, link, optimise, and add the sections that make the result
// explain itself. The same graph and modules give the same bytes on every machine.

import { type CanonicalGraph, type Digest, encodeGraph, type ModuleCatalog, sha256 } from "@flowfusion/graph";
import { sectionNames } from "./artefact/format.ts";
import { appendCustomSection } from "./binary/edit.ts";
import { planFlow } from "./glue/plan.ts";
import { writeGlue } from "./glue/wat.ts";
import type { LinkInput } from "./link/index-spaces.ts";
import { linkModules } from "./link/link-modules.ts";
import { linkable } from "./link/linkable.ts";
import { nodeWasm } from "./node-wasm.ts";

/** Changes whenever the same input may give other bytes. */
export const fuserVersion = "0.2.0";

/** A flow of more inputs calls them; see `functionsApart`. */
const inlinedInputsMax = 16;

export interface FusedFlow {
  readonly wasm: Uint8Array;
  /** Digest of `wasm`. */
  readonly digest: Digest;
}

/**
 * Fuses a resolved graph. `catalog` must be the one that the graph was resolved against.
 * Throws a FlowFusionError, `FF_FUSE_LINK` when the linker refuses a module.
 */
export async function fuse(graph: CanonicalGraph, catalog: ModuleCatalog): Promise<FusedFlow> {
  const linked = await linkModules({
    glue: glueText(graph, catalog),
    nodes: nodeInputs(graph, catalog),
    apart: functionsApart(graph),
  });
  return finish(linked, graph);
}

/** Adds to what was linked what makes it an artefact. */
export function finish(linked: Uint8Array, graph: CanonicalGraph): FusedFlow {
  const wasm = describe(linked, graph);
  return { wasm, digest: sha256(wasm) };
}

/** The glue of a flow, as WebAssembly text, for people to read. */
export function glueText(graph: CanonicalGraph, catalog: ModuleCatalog): string {
  return writeGlue(planFlow(graph, catalog));
}

/**
 * Functions of the glue that one function calls for each node in turn. Inlined, they would make that one as large as the
 * flow, beyond what gateways accept, and none of them is worth it, but for the inputs of a flow that has few.
 */
export function functionsApart(graph: CanonicalGraph): string[] {
  const inputs = graph.nodes.filter(({ subscribes }) => subscribes !== undefined).length;
  const perInput = inputs > inlinedInputsMax ? ["input_*"] : [];
  return ["configure_node_*", "save_node_*", "load_node_*", ...perInput];
}

/** Nodes that run one module share one array, so that it crosses to the linker's thread, and is read there, once. */
export function nodeInputs(graph: CanonicalGraph, catalog: ModuleCatalog): LinkInput[] {
  const linkables = new Map<Uint8Array, Uint8Array>();
  return graph.nodes.map((node, index) => {
    const module = nodeWasm(node, catalog);
    const wasm = linkables.get(module) ?? linkable(module).wasm;
    linkables.set(module, wasm);
    return { name: `n${index}`, wasm };
  });
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
