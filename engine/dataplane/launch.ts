// From a compiled program to an instance that runs; every failure on the way is a refusal that names the node.

import { type FlowLimits, FlowTrap, FusedInstance, type StaticBytes } from "@flowfusion/fusion";
import { type CanonicalGraph, type Digest, FlowFusionError } from "@flowfusion/graph";
import type { Endpoints } from "../sinks/endpoint.ts";

/** A compiled program. */
export interface LoadedProgram {
  readonly digest: Digest;
  readonly generation: number;
  readonly graph: CanonicalGraph;
  readonly module: WebAssembly.Module;
  readonly statics?: readonly StaticBytes[];
  readonly limits: FlowLimits;
  readonly endpoints?: Endpoints;
}

/** A configured instance, with state where there is some. Throws a FlowFusionError. */
export function launch(program: LoadedProgram, state: Uint8Array | undefined): FusedInstance {
  const instance = guarded(program, () => new FusedInstance(program.module, program.limits, program.statics));
  guarded(program, () => instance.configure());
  if (state) loadState(program, instance, state);
  return instance;
}

/** Throws a FlowFusionError when a node refuses its part of the state. */
export function loadState(program: LoadedProgram, instance: FusedInstance, state: Uint8Array): void {
  guarded(program, () => instance.loadState(state));
}

/** The node that was running when `trap` happened; empty when none was. */
export function nodeOf(graph: CanonicalGraph, trap: FlowTrap): string {
  return graph.nodes[trap.nodeIndex]?.id ?? "";
}

export const asTrap = (error: unknown): FlowTrap =>
  error instanceof FlowTrap ? error : new FlowTrap("trap", -1, 0, error);

export const hasState = (graph: CanonicalGraph): boolean => graph.nodes.some(({ stateVersion }) => stateVersion > 0);

/** Lets a trap outside the data path be read like any other refusal. */
function guarded<T>(program: LoadedProgram, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FlowFusionError) throw error;
    const trap = asTrap(error);
    throw new FlowFusionError(
      "FF_FLOW_TRAP",
      `nodes.${nodeOf(program.graph, trap) || "?"}: ${trap.trapCause} while the flow was started: ${trap.message}`,
      { cause: error },
    );
  }
}
