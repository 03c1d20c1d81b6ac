// Drafts as they travel over the API: graphs that the gateway fuses, and what they would do.

import type { Digest, FusePhase } from "@flowfusion/graph";
import type { ProblemDocument } from "./types.ts";

export interface FusedDraft {
  /** Lies in the gateway's store, to be tried and deployed. */
  readonly artefact: Digest;
  readonly sizeBytes: number;
  readonly graphDigest: Digest;
  readonly nodes: number;
  readonly wires: number;
  readonly phases: readonly FusePhase[];
}

export type DraftEvent =
  | ({ readonly kind: "phase" } & FusePhase)
  | ({ readonly kind: "fused" } & FusedDraft)
  | { readonly kind: "failed"; readonly problem: ProblemDocument };
