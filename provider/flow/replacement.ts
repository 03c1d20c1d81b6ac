// What a Flow loses when another takes its place: no gateway hands state to another, and under another name a flow is another.

import { FlowFusionError, type ModuleCatalog, parseGraph } from "@flowfusion/graph";
import type { FlowInputs } from "./inputs.ts";

const remedy = "Under another resource name too it runs there before it ends here; its state begins anew either way.";

export function lostByReplacement(inputs: FlowInputs, builtIns: ModuleCatalog): string {
  return `The flow is deleted and made again: it pauses in between, and ${lossOf(inputs, builtIns)}. ${remedy}`;
}

/** Each node whose state begins anew, and each of a type of the program's own, whose state nobody knows here. */
export function lossOf({ document }: FlowInputs, builtIns: ModuleCatalog): string {
  const nodes = nodesOf(document);
  const own = nodes.filter(([, type]) => !builtIns.has(type)).map(([id]) => id);
  const anew = nodes.filter(([, type]) => (builtIns.get(type)?.manifest.stateVersion ?? 0) > 0).map(([id]) => id);
  const some = [...anew, ...own.map((id) => `${id} (if it has any)`)];
  return some.length > 0 ? `the state of ${some.join(", ")} begins anew` : "no node of it has state to lose";
}

function nodesOf(document: FlowInputs["document"]): [id: string, type: string][] {
  try {
    return [...parseGraph(document).nodes].map(([id, { type }]): [string, string] => [id, type]).sort();
  } catch (error) {
    if (error instanceof FlowFusionError) return [];
    throw error;
  }
}
