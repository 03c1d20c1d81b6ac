// Fuses in the caller's thread, for tests of thousands of graphs: unoptimised if they like, which takes an eighth of the
// time. Optimised, the bytes are those of `fuse`, as long as no module is so large that the linker's process leaves it as it is.

import type { CanonicalGraph, ModuleCatalog } from "@flowfusion/graph";
import { configureNodes, finish, linkRequest } from "../fuse.ts";
import { link } from "../link/linker.ts";
import { assemble, optimise } from "../link/optimiser.ts";

export function fuseHere(graph: CanonicalGraph, catalog: ModuleCatalog, isOptimised: boolean): Uint8Array {
  const { glue, nodes, apart } = linkRequest(graph, catalog, configureNodes(graph, catalog));
  const linked = link([{ name: "glue", wasm: assemble(glue) }, ...nodes]);
  return finish(isOptimised ? optimise(linked, apart) : linked, graph).wasm;
}
