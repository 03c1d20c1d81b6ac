// Graph and modules → Flow.wasm: plan, write the glue, link, optimise, and add the sections that make the result
// explain itself. The same graph and modules give the same bytes on every machine.

import {
  type CanonicalGraph,
  type Digest,
  encodeGraph,
  FlowFusionError,
  type ModuleCatalog,
  sha256,
} from "@flowfusion/graph";
import { artefactExports, sectionNames } from "./artefact/format.ts";
import { appendCustomSection, keepExports, stripCustomSections } from "./binary/edit.ts";
import { planFlow } from "./glue/plan.ts";
import { writeGlue } from "./glue/wat.ts";
import { linkable } from "./link/linkable.ts";
import { type LinkInput, linkModules } from "./link/toolchain.ts";

/** Changes whenever the same input may give other bytes. */
export const fuserVersion = "0.1.0";

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
  const linked = await linkModules(linkInputs(graph, catalog), (wasm) => keepExports(wasm, artefactExports));
  const wasm = describe(stripCustomSections(linked), graph);
  if (!WebAssembly.validate(wasm)) {
    throw new FlowFusionError("FF_FUSE_LINK", "the linked module is not valid WebAssembly");
  }
  return { wasm, digest: sha256(wasm) };
}

/** The glue of a flow, as WebAssembly text, for people to read. */
export function glueText(graph: CanonicalGraph, catalog: ModuleCatalog): string {
  return writeGlue(planFlow(graph, catalog));
}

function linkInputs(graph: CanonicalGraph, catalog: ModuleCatalog): LinkInput[] {
  const modules = graph.nodes.map((node, index) => ({
    name: `n${index}`,
    content: linkable(catalog.get(node.type)!.wasm).wasm,
  }));
  return [{ name: "glue", content: glueText(graph, catalog) }, ...modules];
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
