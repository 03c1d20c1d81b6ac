// "Copy as Pulumi code": the program that declares what the canvas shows, for a pull request.

import type { CanonicalGraph, ModuleDescriptions } from "@flowfusion/graph";
import { customTypes, flowProgram } from "@flowfusion/sdk/program";
import type { Catalog } from "./catalog.ts";

export interface PulumiCode {
  readonly text: string;
  /** Modules that the program expects beside it. */
  readonly files: readonly string[];
}

export function pulumiCode(name: string, graph: CanonicalGraph, catalog: Catalog): PulumiCode {
  const builtins: ModuleDescriptions = new Map(
    [...catalog.values()]
      .filter(({ source }) => source === "built-in")
      .map(({ name: type, module, manifest }) => [type, { manifest, digest: module }]),
  );
  return {
    text: flowProgram({ name, graph, builtins }),
    files: customTypes({ graph, builtins }).map((type) => `${type}.wasm`),
  };
}
