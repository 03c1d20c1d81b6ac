// What passes between the gateway and the process that works on a draft.

import type { FlowLimits } from "@flowfusion/fusion";
import type { MessageDocument } from "@flowfusion/graph";
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

/**
 * - `check`: the graph against its modules, expressions compiled, nodes configured; size of those modules.
 * - `link`: glue and nodes in one module.
 * - `optimise`: that module optimised.
 * - `verify`: the artefact read and metered as a deploy does.
 */
export type FusePhaseName = "check" | "link" | "optimise" | "verify";

export interface FusePhase {
  readonly phase: FusePhaseName;
  readonly ms: number;
  /** Of what the phase gave. */
  readonly sizeBytes: number;
}

export interface Fused {
  readonly wasm: Uint8Array;
  readonly nodes: number;
  readonly wires: number;
}

/** What two flows would have done with the same tag updates. */
export interface Compared {
  /** Tag updates that both were given, and how many were to be. */
  readonly updates: number;
  readonly recorded: number;
  /** Times of the first and the last of them, ISO 8601; absent when there was none. */
  readonly from?: string;
  readonly to?: string;
  readonly isEqual: boolean;
  readonly sinks: readonly ComparedSink[];
  /** Absent where there is no flow before. */
  readonly deadLettersBefore?: ComparedDeadLetters;
  readonly deadLettersAfter: ComparedDeadLetters;
  /** Why a flow stopped. */
  readonly trapBefore?: ComparedTrap;
  readonly trapAfter?: ComparedTrap;
}

interface ComparedSink {
  readonly node: string;
  /** Messages; absent where the flow has no such sink. */
  readonly before?: number;
  readonly after?: number;
  /** The first message that differs; a side is absent where the flow emits nothing there. */
  readonly difference?: { readonly index: number; readonly before?: MessageDocument; readonly after?: MessageDocument };
}

/** Messages that the flow died of, and went on without. */
export interface ComparedDeadLetters {
  readonly count: number;
  readonly first?: ComparedTrap;
}

export interface ComparedTrap {
  readonly node?: string;
  readonly cause: string;
  /** What the flow was given; absent for a tick. */
  readonly message?: MessageDocument;
}

export interface JobResult {
  readonly fuse: Fused;
  readonly compare: Compared;
}

/** From the process; the last but for phases. */
export type JobAnswer =
  | { readonly phase: FusePhase }
  | { readonly result: JobResult[keyof JobResult] }
  | { readonly error: RemoteError };
