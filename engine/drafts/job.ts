// What passes between the gateway and the process that works on a draft.

import type { FlowLimits } from "@flowfusion/fusion";
import type { FlowComparison, FusePhase } from "@flowfusion/graph";
import type { RemoteError } from "../dataplane/rpc.ts";

export interface FuseJob {
  readonly kind: "fuse";
  /** A graph as somebody wrote it, not looked at yet. */
  readonly document: unknown;
  /** The modules that its node types may be made of. */
  readonly modules: readonly Uint8Array[];
  /** What the flow would run under. */
  readonly limits: FlowLimits;
}

export interface CompareJob {
  readonly kind: "compare";
  /** Artefacts; without the first, the second is run alone. */
  readonly before?: Uint8Array;
  readonly after: Uint8Array;
  /** Not looked at yet: batches, each led by its length, or lines of JSON. */
  readonly recording: Uint8Array;
  /** Of the updates that one of the flows subscribes to, the newest so many. */
  readonly updatesMax: number;
  readonly limits: FlowLimits;
  /** No further updates are run after so long, ms. */
  readonly timeLimitMs: number;
}

export type Job = FuseJob | CompareJob;

export interface Fused {
  readonly wasm: Uint8Array;
  readonly nodes: number;
  readonly wires: number;
}

export interface JobResult {
  readonly fuse: Fused;
  readonly compare: FlowComparison;
}

/** From the process; the last but for phases. */
export type JobAnswer =
  | { readonly phase: FusePhase }
  | { readonly result: JobResult[keyof JobResult] }
  | { readonly error: RemoteError };
