// From a compiled program to an instance that runs; every failure on the way is a refusal that names the node.

import { type FlowLimits, type FlowParts, FlowTrap, FusedInstance, withExpressions } from "@flowfusion/fusion";
import { type CanonicalGraph, type Digest, FlowFusionError, type ModuleCatalog } from "@flowfusion/graph";
import type { Endpoints } from "../sinks/endpoint.ts";
import { type OnSteps, TracedInstance } from "./development/traced-instance.ts";
import type { FlowInstance } from "./instance.ts";
import type { CheckedModule } from "./types.ts";

/** A compiled program. */
export interface LoadedProgram {
  readonly digest: Digest;
  readonly generation: number;
  readonly graph: CanonicalGraph;
  readonly module: WebAssembly.Module;
  readonly parts?: FlowParts;
  readonly limits: FlowLimits;
  /** What its nodes are made of, when it is to run node by node. */
  readonly nodes?: ModuleCatalog;
  readonly endpoints?: Endpoints;
}

/** How a flow runs node by node: what its nodes are made of, and who is told of the steps. */
export interface Tracing {
  readonly nodes: ModuleCatalog;
  readonly onSteps: OnSteps;
}

/** A configured instance, with state where there is some; fused, or node by node. Throws a FlowFusionError. */
export function launch(
  program: LoadedProgram,
  state: Uint8Array | undefined,
  tracing: Tracing | undefined,
): FlowInstance {
  const { graph, module, limits, parts } = program;
  const instance = guarded(program, () =>
    tracing
      ? new TracedInstance(graph, tracing.nodes, limits, tracing.onSteps)
      : new FusedInstance(module, limits, parts),
  );
  guarded(program, () => instance.configure());
  if (state) loadState(program, instance, state);
  return instance;
}

/** Throws a FlowFusionError when a node refuses its part of the state. */
export function loadState(program: LoadedProgram, instance: FlowInstance, state: Uint8Array): void {
  guarded(program, () => instance.loadState(state));
}

/**
 * Makes room for a state like this one. What it gives loads it ahead into the nodes whose state `loadState` replaces; it
 * throws as `loadState` does.
 */
export function preload(program: LoadedProgram, instance: FlowInstance, state: Uint8Array): () => void {
  const load = guarded(program, () => instance.preload?.(state));
  return () => guarded(program, () => load?.());
}

/** The modules of a graph's nodes. Throws `FF_DEVELOPMENT_MODULES` when one is missing. */
export function nodesOf(graph: CanonicalGraph, modules: readonly CheckedModule[]): ModuleCatalog {
  const nodes: ModuleCatalog = new Map(
    modules.map((module) => [module.manifest.name, withExpressions(module)] as const),
  );
  const missing = graph.nodes.filter(({ type, module }) => nodes.get(type)?.digest !== module);
  if (missing.length === 0) return nodes;
  const names = missing.map(({ id, type, module }) => `${id} (${type}, ${module})`).join(", ");
  throw new FlowFusionError("FF_DEVELOPMENT_MODULES", `the modules of these nodes are missing: ${names}`);
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
