// Inputs → the artefact that a gateway would run. Fusing is deterministic, so a preview does it too and knows the
// digest before anything is uploaded.

import { FusedCache } from "@flowfusion/fusion/cache";
import {
  type CanonicalGraph,
  type Digest,
  encodeGraph,
  FlowFusionError,
  parseGraph,
  resolveGraph,
  sha256,
} from "@flowfusion/graph";
import type { FlowInputs } from "./inputs.ts";
import type { ModuleShelf } from "./modules.ts";

export interface FlowPlan {
  readonly graph: CanonicalGraph;
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
  readonly graphDigest: Digest;
  /** Whether it was fused before. */
  readonly isCached: boolean;
}

export const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

const cache = new FusedCache();

/** Undefined while a part of the graph is not known yet. */
export async function planFlow(inputs: FlowInputs, shelf: ModuleShelf): Promise<FlowPlan | undefined> {
  if (inputs.unknowns.length > 0) return undefined;
  const { catalog, failures } = await shelf.catalogWith(inputs.modules);
  if (failures.length > 0) {
    const lines = failures.map(({ path, message }) => `\n  ${path}: ${message}`);
    throw new FlowFusionError("FF_PROVIDER_MODULE", `A custom module cannot be used:${lines.join("")}`, {
      diagnostics: failures,
    });
  }
  const graph = resolveGraph(parseGraph(inputs.document), catalog);
  const encoded = encodeGraph(graph);
  const { wasm, isKnown } = await cache.through(encoded, async () => {
    const { fuse } = await import("@flowfusion/fusion");
    return (await fuse(graph, catalog)).wasm;
  });
  return { graph, wasm: new Uint8Array(wasm), digest: sha256(wasm), graphDigest: sha256(encoded), isCached: isKnown };
}

/**
 * The graph of inputs that were good once, or undefined when the modules of today know it no more. The state has modules by
 * hash alone, so those that the program brings stand for them.
 */
export async function resolveKnown(
  inputs: FlowInputs,
  { modules }: FlowInputs,
  shelf: ModuleShelf,
): Promise<CanonicalGraph | undefined> {
  const { catalog } = await shelf.catalogWith(modules);
  try {
    return resolveGraph(parseGraph(inputs.document), catalog);
  } catch (error) {
    if (error instanceof FlowFusionError) return undefined;
    throw error;
  }
}
