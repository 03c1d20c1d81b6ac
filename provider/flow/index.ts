// Flow as a resource of the provider.

import { importTarget } from "../access.ts";
import type { PlannedConnections } from "../connection/planned.ts";
import type { Resource, RowChange } from "../resource.ts";
import type { View } from "../wire/views.ts";
import { settleMove } from "./ahead.ts";
import { checkFlow } from "./check.ts";
import { diffFlow } from "./diff.ts";
import { readInputs } from "./inputs.ts";
import type { ModuleShelf } from "./modules.ts";
import { lostByReplacement } from "./replacement.ts";
import { createFlow, deleteFlow, previewFlow, readFlow, updateFlow } from "./resource.ts";
import { flowViews, viewSteps } from "./views.ts";

export const flowToken = "flowfusion:index:Flow";

export function flowResource(shelf: ModuleShelf, connections: PlannedConnections): Resource {
  const parts = { shelf, connections, takenOver: new Set<string>() };
  return {
    token: flowToken,
    // Two flows of one name cannot run on one gateway, and view rows are keyed by name.
    deleteBeforeReplace: true,
    // A resource that is renamed in the program, with an alias, keeps the name that it drew from its first one.
    check: (news, name, olds) => checkFlow(news, readInputs(olds).name ?? name, shelf),
    diff: async (olds, news) => diffFlow(readInputs(olds), readInputs(news), await shelf.builtIns()),
    beforeReplace: async (changes, { state, news }, operation) => {
      const [before, after] = [readInputs(state), readInputs(news)];
      const settled = await settleMove(changes, { before, after, generation: Number(state.generation) }, operation);
      if (settled.some(({ replaces }) => replaces)) operation.warn(lostByReplacement(before, await shelf.builtIns()));
      return settled;
    },
    preview: (news, state, operation) => previewFlow(news, state, { ...operation, ...parts }),
    create: (news, operation) => createFlow(news, { ...operation, ...parts }),
    update: (news, state, operation) => updateFlow(news, state, { ...operation, ...parts }),
    read: (id, known, operation) => readFlow(id, known, { ...operation, ...parts }),
    importTarget: (id, environment) => importTarget(id, "flows", environment),
    delete: (state, operation) => deleteFlow(state, { ...operation, ...parts }),
    viewSteps: (rows) => viewSteps(rows.before, rowsOf(rows), rows.changes, rows.found),
  };
}

function rowsOf({ name, before, inputs: wire }: RowChange): readonly View[] {
  if (wire === undefined) return [];
  const inputs = readInputs(wire);
  // While the nodes are not known there is nothing to compare; each row that is there has to be accounted for.
  const isPending = inputs.unknowns.some(
    (steps) => steps.length === 1 && (steps[0] === "nodes" || steps[0] === "wires"),
  );
  return isPending ? before : flowViews(name, inputs);
}
