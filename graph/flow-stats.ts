// What a gateway tells of the flows that it runs: declared here alone, for the data plane that counts it and for those who are shown
// it by the API.

import type { TrapCause } from "./trap-cause.ts";
import type { Digest, FlowName } from "./types.ts";

/** `broken`: the flow did not start, or its circuit breaker is open; `reason` says why. */
export type FlowCondition = "running" | "restarting" | "broken";

/** How a flow runs: fused into one module, or node by node and traced. */
export type FlowMode = "fused" | "development";

export interface FlowStats {
  readonly name: FlowName;
  readonly digest: Digest;
  readonly condition: FlowCondition;
  readonly mode: FlowMode;
  /** When development mode ends by itself, ms since the Unix epoch. */
  readonly developmentEndsAtMs?: number;
  /** While the circuit breaker is open: how long until the next try, ms. */
  readonly retryInMs?: number;
  readonly input: InputStats;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** All that was lost, at the input, at the circuit breaker and at sinks, those that the flow has no more included. */
  readonly dropped: number;
  /** Input dropped while the circuit breaker was open. */
  readonly droppedByBreaker: number;
  readonly traps: number;
  readonly restarts: number;
  /** Since the gateway's start. */
  readonly deadLetters: number;
  /** That can still be looked at and replayed; of earlier starts too. */
  readonly deadLettersKept: number;
  /** Why they are kept in memory alone, while that is so. */
  readonly deadLetterError?: string;
  readonly lastTrap?: { readonly node: string; readonly cause: TrapCause; readonly atMs: number };
  /** The newest on disk that this gateway wrote or began from. */
  readonly checkpoint?: { readonly sequence: number; readonly savedAtMs: number; readonly stateBytes: number };
  /** Checkpoints that could not be written since the start. */
  readonly checkpointFailures: number;
  /** Why the last checkpoint could not be written, while that is so. */
  readonly checkpointError?: string;
  /** Time of one call into the flow, µs. */
  readonly executeP50Us: number;
  readonly executeP99Us: number;
  readonly nodes: readonly NodeStats[];
  readonly sinks: readonly SinkStats[];
}

/** The queue in front of a flow: messages that came in faster than the flow could run them, and those that never entered it. */
export interface InputStats {
  readonly queued: number;
  readonly queuedBytes: number;
  /** By cause: `input_full`, and `input_removed` for those that waited when their input went. */
  readonly dropped: { readonly [cause: string]: number };
}

export interface NodeStats {
  readonly node: string;
  readonly messagesIn: number;
  /** Emissions by output port. */
  readonly messagesOut: readonly number[];
  readonly traps: number;
  /** Of calls that were profiled, which are few: messages, and units of fuel that the node's own code used. */
  readonly profiled?: { readonly messages: number; readonly fuel: number };
}

export interface SinkStats {
  readonly node: string;
  readonly kind: string;
  /** Messages that wait, in memory and on disk. */
  readonly queued: number;
  /** Bytes of those in memory. */
  readonly queuedBytes: number;
  /** Bytes of the files on disk in which any wait. */
  readonly diskBytes: number;
  /** What they may take; 0: nothing goes to disk. */
  readonly diskBytesMax: number;
  readonly sent: number;
  /** Messages of an earlier start that were found on disk. */
  readonly recovered: number;
  /** By cause, for example `queue_full`. */
  readonly dropped: { readonly [cause: string]: number };
  readonly lastError?: string;
  /** How long sending has failed by now; absent while it goes through, as far as was tried. */
  readonly failingMs?: number;
}

export interface IngestStats {
  readonly connections: number;
  readonly frames: number;
  readonly bytes: number;
  readonly tags: number;
  /** Updates that no flow subscribes to. */
  readonly unrouted: number;
  /** Frames refused, by cause: `malformed`, `too_large`. */
  readonly refused: { readonly [cause: string]: number };
}

/** What the gateway keeps of the tag updates that came in last. */
export interface RecorderStats {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly batches: number;
  /** Batches too large to record. */
  readonly skipped: number;
}

export interface SwapReport {
  /** The longest time during which the flow took no input, ms. 0 when nothing ran before. */
  readonly pauseMs: number;
  /** Bytes of state handed over. */
  readonly stateBytes: number;
  readonly state: StateReport;
}

/** What became of each node's state when a new version took over. */
export interface StateReport {
  readonly kept: readonly string[];
  /** Kept from an older version of the state that the node's module still reads. */
  readonly migrated: readonly { readonly node: string; readonly fromVersion: number; readonly toVersion: number }[];
  readonly reset: readonly { readonly node: string; readonly why: string }[];
}

export interface ReplayReport {
  readonly replayed: number;
  /** Of them, those that the flow died of again; they are dead letters anew. */
  readonly deadAgain: number;
  readonly refused: readonly { readonly id: number; readonly why: string }[];
}
