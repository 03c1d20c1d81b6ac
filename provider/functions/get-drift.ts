// getDrift: where a running flow differs from one that was declared, for programs that watch others, such as one that reads
// another stack's outputs on a schedule.

import { parseFlowName } from "@flowfusion/graph";
import { checkAccess } from "../access.ts";
import { failure } from "../checks.ts";
import { diffFlow } from "../flow/diff.ts";
import { readInputs } from "../flow/inputs.ts";
import type { ModuleShelf } from "../flow/modules.ts";
import { isObject, type WireObject } from "../wire/values.ts";
import { checkFlowName, clientFor, type ProviderFunction, present } from "./function.ts";
import { runningFlow, versionOf } from "./get-flow.ts";

export function getDrift(shelf: ModuleShelf): ProviderFunction {
  return {
    token: "flowfusion:index:getDrift",
    argumentNames: ["gateway", "name", "nodes", "wires", "digest"],
    check: (given) => [
      ...checkAccess(given.gateway),
      ...checkFlowName(given),
      ...(isObject(given.nodes) ? [] : [failure(["nodes"], "is the output `nodes` of the Flow")]),
      ...(given.wires === undefined || given.wires === null
        ? [failure(["wires"], "is the output `wires` of the Flow")]
        : []),
    ],
    async call(given, signal) {
      const name = parseFlowName(String(given.name));
      const flow = await runningFlow(clientFor(given), given, signal);
      if (flow === undefined) return { name, exists: false, hasDrift: true, changes: [] };
      const { nodes, wires } = flow.graph;
      const place = { gateway: given.gateway!, name };
      const declared = readInputs({ ...place, nodes: given.nodes!, wires: given.wires! });
      const running = readInputs({ ...place, nodes, wires } as WireObject);
      const changes = diffFlow(declared, running, await shelf.builtIns()).map(({ path, kind }) => ({ path, kind }));
      const isOtherModule = typeof given.digest === "string" && given.digest !== flow.artefact;
      return present({
        ...versionOf(flow),
        ...{ exists: true, hasDrift: changes.length > 0 || isOtherModule, changes },
      });
    },
  };
}
