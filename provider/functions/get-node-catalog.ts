// getNodeCatalog: the node types that flows may be made of, on a gateway or, where none is named, as this provider has them.

import type { NodeManifest } from "@flowfusion/graph";
import { checkAccess } from "../access.ts";
import type { ModuleShelf } from "../flow/modules.ts";
import { clientFor, type ProviderFunction, present } from "./function.ts";

export function getNodeCatalog(shelf: ModuleShelf): ProviderFunction {
  return {
    token: "flowfusion:index:getNodeCatalog",
    argumentNames: ["gateway"],
    check: ({ gateway }) => (gateway === undefined || gateway === null ? [] : checkAccess(gateway)),
    async call(given, signal) {
      const isLocal = given.gateway === undefined || given.gateway === null;
      const types = isLocal
        ? [...(await shelf.builtIns()).values()].map(({ manifest, digest }) => entry(manifest, digest, "built-in"))
        : (await clientFor(given).nodeTypes({ signal })).map(({ manifest, module, source }) =>
            entry(manifest, module, source),
          );
      return { types: types.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1)) };
    },
  };
}

function entry({ name, version, doc, inputs, outputs, props }: NodeManifest, digest: string, source: string) {
  return present({ name, version, doc, source, digest, inputs, outputs, props });
}
