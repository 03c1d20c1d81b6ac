// Drafts: graphs that somebody drew with this gateway at hand. Fused here, a draft becomes an artefact in the store like one
// that was uploaded, and is tried and deployed as such: nothing about swaps or rights is bypassed.

import type { FlowLimits } from "@flowfusion/fusion";
import { type Digest, type FlowComparison, type FlowName, type FusePhase, sha256 } from "@flowfusion/graph";
import type { DataPlane } from "../dataplane/types.ts";
import type { CompareJob } from "../drafts/job.ts";
import type { Workshop } from "../drafts/workshop.ts";
import type { Artefacts } from "./artefacts.ts";
import type { FusedDraft } from "./draft-schemas.ts";
import type { FlowManager } from "./flow-manager.ts";
import { grantLimits } from "./limits.ts";
import type { NodeTypes } from "./node-types.ts";
import { ApiError } from "./problem.ts";
import type { Releases } from "./releases.ts";

/** How long two flows are run on recorded tags. */
const COMPARE_MS = 5_000;
/** The same, on a recording that somebody sent. */
const REPLAY_MS = 30_000;

export interface DraftsParts {
  readonly workshop: Workshop;
  readonly nodeTypes: NodeTypes;
  readonly artefacts: Artefacts;
  readonly releases: Releases;
  readonly flows: FlowManager;
  readonly dataPlane: DataPlane;
  readonly limits: FlowLimits;
  readonly artefactBytesMax: number;
}

export class Drafts {
  readonly #parts: DraftsParts;

  constructor(parts: DraftsParts) {
    this.#parts = parts;
  }

  /** Throws `FF_GRAPH_*` with every problem of the graph, `FF_DRAFT_*` when the gateway takes no drafts or this one is too much. */
  async fuse(document: unknown, signal: AbortSignal, onPhase: (phase: FusePhase) => void): Promise<FusedDraft> {
    const { workshop, nodeTypes, artefacts, releases, limits, artefactBytesMax } = this.#parts;
    if (releases.areDemanded) {
      throw new ApiError(
        "FF_DRAFT_UNSIGNED",
        "this gateway runs signed releases only, and what is fused here is signed by nobody",
      );
    }
    const phases: FusePhase[] = [];
    const modules = await nodeTypes.modules(typesOf(document));
    const { wasm, nodes, wires } = await workshop.run({ kind: "fuse", document, modules, limits }, signal, (phase) => {
      phases.push(phase);
      onPhase(phase);
    });
    if (wasm.length > artefactBytesMax) {
      throw new ApiError("FF_ARTEFACT_LIMIT", `the artefact has ${wasm.length} bytes, ${artefactBytesMax} allowed`);
    }
    const { info } = await artefacts.put(sha256(wasm), wasm);
    return { artefact: info.digest, sizeBytes: info.sizeBytes, graphDigest: info.graphDigest, nodes, wires, phases };
  }

  /** What an artefact would have done with the tags that came in last, beside what the flow that runs would. */
  async compare(name: FlowName, artefact: Digest, updatesMax: number, signal: AbortSignal): Promise<FlowComparison> {
    const recording = await this.#parts.dataPlane.recording();
    return this.#run(name, artefact, { recording, updatesMax, timeLimitMs: COMPARE_MS }, signal);
  }

  /** The same on a recording that somebody has. Throws FF_RECORDING_INVALID when it is none. */
  async replay(name: FlowName, artefact: Digest, recording: Uint8Array, signal: AbortSignal): Promise<FlowComparison> {
    const updatesMax = Number.POSITIVE_INFINITY;
    return this.#run(name, artefact, { recording, updatesMax, timeLimitMs: REPLAY_MS }, signal);
  }

  async #run(
    name: FlowName,
    artefact: Digest,
    what: Pick<CompareJob, "recording" | "updatesMax" | "timeLimitMs">,
    signal: AbortSignal,
  ): Promise<FlowComparison> {
    const { workshop, artefacts, flows } = this.#parts;
    const current = flows.identify(name);
    const limits = grantLimits(this.#parts.limits, current?.options ?? {});
    const [after, before] = await Promise.all([
      artefacts.bytes(artefact),
      current && artefacts.bytes(current.artefact),
    ]);
    return workshop.run({ kind: "compare", ...(before && { before }), after, limits, ...what }, signal);
  }
}

/** The types that a graph names, as far as it is one. */
function typesOf(document: unknown): ReadonlySet<string> {
  const nodes = (document as { nodes?: unknown } | undefined)?.nodes;
  if (typeof nodes !== "object" || nodes === null) return new Set();
  return new Set(Object.values(nodes).map((node) => String((node as { type?: unknown } | null)?.type)));
}
