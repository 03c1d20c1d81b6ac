// Fuses in the caller's thread and tells each step, for a process that does nothing else. The bytes are those of `fuse`.

import type { CanonicalGraph, ModuleCatalog } from "@flowfusion/graph";
import { configureNodes, type FusedFlow, finish, linkRequest } from "./fuse.ts";
import { type LinkStep, linkHere } from "./link/link-here.ts";

export type FuseStep = "configure" | LinkStep;

/** `onStep` is told each step when it is done, with the size of what it gave, bytes. Throws as `fuse` does. */
export async function fuseInSteps(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  onStep: (step: FuseStep, sizeBytes: number) => void,
): Promise<FusedFlow> {
  const configured = configureNodes(graph, catalog);
  onStep(
    "configure",
    configured.reduce((sum, { wasm }) => sum + wasm.length, 0),
  );
  const request = linkRequest(graph, catalog, configured);
  return finish(await linkHere(request, (step, wasm) => onStep(step, wasm?.length ?? 0)), graph);
}
