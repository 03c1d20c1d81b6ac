// Checks a draft by the rules that the gateway fuses by. It takes schemas apart, so the page runs it in a worker.

import { checkExpressions } from "@flowfusion/fusion/expressions";
import {
  type CanonicalGraph,
  type Diagnostic,
  type Digest,
  encodeGraph,
  FlowFusionError,
  type FlowGraph,
  type ModuleDescriptions,
  resolveGraph,
  sha256,
} from "@flowfusion/graph";
import type { Catalog } from "./catalog.ts";

export type Checked =
  | {
      readonly isValid: true;
      readonly graph: CanonicalGraph;
      readonly digest: Digest;
      readonly diagnostics: readonly [];
    }
  | { readonly isValid: false; readonly diagnostics: readonly Diagnostic[] };

export function checkGraph(graph: FlowGraph, catalog: Catalog): Checked {
  try {
    const canonical = resolveGraph(graph, descriptionsOf(catalog));
    return { isValid: true, graph: canonical, digest: sha256(encodeGraph(canonical)), diagnostics: [] };
  } catch (error) {
    if (error instanceof FlowFusionError) return { isValid: false, diagnostics: error.diagnostics };
    throw error;
  }
}

function descriptionsOf(catalog: Catalog): ModuleDescriptions {
  return new Map(
    [...catalog].map(([name, { module, manifest }]) => {
      const place = manifest.expressions;
      const expressions = place && {
        check: (props: Parameters<typeof checkExpressions>[1]) => checkExpressions(place, props),
      };
      return [name, { manifest, digest: module, ...(expressions && { expressions }) }];
    }),
  );
}
