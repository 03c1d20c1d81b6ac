// With what state a flow goes back to the version before: with what the new version left, so that nothing of what came
// in meanwhile is forgotten; node by node with the state of the swap, where the new version left what its older self does
// not read; and with the state of the swap alone when a node refuses.

import { mergeStates, stateImpact } from "@flowfusion/fusion";
import type { CanonicalGraph } from "@flowfusion/graph";
import type { FlowInstance } from "./instance.ts";
import { type LoadedProgram, launch, loadState, type Tracing } from "./launch.ts";
import type { RollBackReport } from "./types.ts";

interface GoneBack {
  readonly instance: FlowInstance;
  readonly saved: Uint8Array | undefined;
  readonly stateFrom: RollBackReport["stateFrom"];
}

/** `fresh`: an instance of `program` without state. */
export function goBack(
  { program, tracing, fresh }: { program: LoadedProgram; tracing: Tracing | undefined; fresh: FlowInstance },
  left: { readonly graph: CanonicalGraph; readonly state: Uint8Array | undefined },
  atSwap: Uint8Array | undefined,
): GoneBack {
  let instance = fresh;
  if (left.state) {
    try {
      const saved = bestOf(left.graph, left.state, program.graph, atSwap);
      loadState(program, instance, saved);
      return { instance, saved, stateFrom: "new" };
    } catch {
      instance = launch(program, undefined, tracing);
    }
  }
  if (atSwap) loadState(program, instance, atSwap);
  return { instance, saved: atSwap, stateFrom: "before" };
}

function bestOf(from: CanonicalGraph, left: Uint8Array, to: CanonicalGraph, atSwap: Uint8Array | undefined) {
  const { migrated, reset } = stateImpact(from, to);
  return atSwap && migrated.length + reset.length > 0 ? mergeStates(left, atSwap, to) : left;
}
