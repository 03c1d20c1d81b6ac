// Fuses a flow and tells what happened: what was linked, how large it was before and after, how messages travel over each
// wire, and how long each phase took. The bytes are those of `fuse`.

import { type CanonicalGraph, type Digest, type ModuleCatalog, type NodeId, wireKey } from "@flowfusion/graph";
import { describeModule } from "./binary/module.ts";
import { configureNodes, finish, linkRequest } from "./fuse.ts";
import { type Plan, planFlow } from "./glue/plan.ts";
import { scalarWires } from "./glue/scalar.ts";
import { defaultFlowLimits } from "./limits.ts";
import { linkHere } from "./link/link-here.ts";
import { meter } from "./meter/meter.ts";
import { moduleOf } from "./node-wasm.ts";

export interface FusionReport {
  readonly wasm: Uint8Array;
  readonly digest: Digest;
  readonly nodes: readonly ExplainedNode[];
  readonly wires: readonly ExplainedWire[];
  /** The module at the end of each phase, in order; the last is what is written. */
  readonly modules: readonly ExplainedModule[];
  /** In order. */
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
}

export interface ExplainedNode {
  readonly id: NodeId;
  readonly type: string;
  /** Digest of the type's module. */
  readonly module: Digest;
  /** Bytes of that module. */
  readonly moduleBytes: number;
  /** Bytes of what is linked of it: its expressions compiled in, configured, custom sections left out. */
  readonly linkedBytes: number;
  /** Why it is configured when the flow starts; absent when that was done while fusing. */
  readonly unconfiguredBecause?: string;
}

export interface ExplainedWire {
  /** As `wireKey` spells it. */
  readonly wire: string;
  /** How a message without a body travels: as a scalar, its value in locals, or copied whole from memory to memory. */
  readonly way: "scalar" | "copy";
}

export interface ExplainedModule {
  readonly name: "glue" | "nodes" | "linked" | "optimised" | "artefact" | "metered";
  readonly sizeBytes: number;
  readonly functions: number;
}

/** `nowMs`: a clock, for the phases. */
export async function explainFusion(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  nowMs: () => number,
): Promise<FusionReport> {
  const phases: { name: string; ms: number }[] = [];
  let began = nowMs();
  const endPhase = (name: string) => {
    const now = nowMs();
    phases.push({ name, ms: now - began });
    began = now;
  };
  const modules: ExplainedModule[] = [];
  const note = (name: ExplainedModule["name"], ...parts: readonly Uint8Array[]) =>
    modules.push({
      name,
      sizeBytes: sum(parts.map((part) => part.length)),
      functions: sum(parts.map((part) => describeModule(part).bodies.length)),
    });

  const configured = configureNodes(graph, catalog);
  endPhase("compile expressions and configure nodes");
  const request = linkRequest(graph, catalog, configured);
  endPhase("write the glue");
  const linked = await linkHere(request, (step, wasm) => {
    endPhase(stepNames[step]);
    if (step !== "load") note(stepModules[step], wasm!);
    if (step === "assemble") note("nodes", ...request.nodes.map((node) => node.wasm));
    // What is noted is no part of the next phase.
    began = nowMs();
  });
  const { wasm, digest } = finish(linked, graph);
  note("artefact", wasm);
  endPhase("describe the artefact");
  note("metered", meter(wasm, defaultFlowLimits));
  endPhase("meter, as a gateway does when it loads it");
  const nodes = graph.nodes.map((node, index) => ({
    id: node.id,
    type: node.type,
    module: node.module,
    moduleBytes: moduleOf(node, catalog).wasm.length,
    linkedBytes: configured[index]!.wasm.length,
    ...(configured[index]!.unconfiguredBecause !== undefined && {
      unconfiguredBecause: configured[index]!.unconfiguredBecause,
    }),
  }));
  return { wasm, digest, nodes, wires: waysOf(graph, planFlow(graph, catalog)), modules, phases };
}

const stepNames = {
  load: "load binaryen",
  assemble: "assemble the glue",
  link: "link",
  optimise: "optimise",
} as const;
const stepModules = { assemble: "glue", link: "linked", optimise: "optimised" } as const;

function waysOf(graph: CanonicalGraph, plan: Plan): ExplainedWire[] {
  const isScalar = scalarWires(plan);
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  return graph.wires.map((wire) => ({
    wire: wireKey(wire),
    way: isScalar(byId.get(wire.source)!, byId.get(wire.target)!) ? "scalar" : "copy",
  }));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
