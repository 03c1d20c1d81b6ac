// What travels over the gateway's control API, as plain types. The gateway describes the same shapes as JSON Schema
// for its OpenAPI document; a type test in engine/agent holds the two equal.

import type { Diagnostic, Digest, FlowName, GraphDocument } from "@flowfusion/graph";

/** What a deploy may ask for besides the artefact. Limits can only be lower than what the gateway grants. */
export interface FlowOptions {
  readonly limits?: {
    readonly fuelPerMessage?: number;
    readonly fuelBurst?: number;
    readonly maxPagesPerMemory?: number;
  };
}

/** `broken`: the flow did not start, or its circuit breaker is open; `reason` says why. */
export type FlowCondition = "running" | "restarting" | "broken";

/** What became of each node's state when a new version took over. */
export interface StateReport {
  readonly kept: readonly string[];
  readonly reset: readonly { readonly node: string; readonly why: string }[];
}

export interface SwapReport {
  /** Time during which the flow took no input, ms. 0 when nothing ran before. */
  readonly pauseMs: number;
  /** Bytes of state handed over. */
  readonly stateBytes: number;
  readonly state: StateReport;
}

interface Recovery {
  /** Absent when the flow began without state. */
  readonly from?: {
    readonly sequence: number;
    readonly generation: number;
    readonly artefact: Digest;
    /** ISO 8601, UTC. */
    readonly savedAt: string;
    readonly stateBytes: number;
  };
  /** Checkpoints that were damaged, and are in quarantine, or that the flow refused. */
  readonly refused: readonly { readonly file: string; readonly why: string }[];
}

export interface FlowStatus {
  readonly name: FlowName;
  /** Counts the flow's versions, never goes back, also not after a delete. */
  readonly generation: number;
  readonly artefact: Digest;
  readonly graphDigest: Digest;
  /** The authored form, every property explicit. */
  readonly graph: GraphDocument;
  readonly options: FlowOptions;
  readonly condition: FlowCondition;
  readonly reason?: string;
  /** ISO 8601, UTC. */
  readonly deployedAt: string;
  readonly deployedBy: string;
  /** What the flow began with when the gateway started; absent when there was no checkpoint. */
  readonly recovery?: Recovery;
  /** Only in the answer to a deploy or roll-back. */
  readonly swap?: SwapReport;
}

export interface FlowVersion {
  readonly generation: number;
  readonly action: "deploy" | "rollback" | "delete";
  /** Absent for a delete. */
  readonly artefact?: Digest;
  /** For a roll-back: the generation whose artefact was taken. */
  readonly rolledBackTo?: number;
  readonly options: FlowOptions;
  readonly at: string;
  readonly by: string;
}

/** One page of a list; `next` is what to give as `after` for the page that follows, absent on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

export interface PageQuery {
  /** 1 to 200; 50 when absent. */
  readonly limit?: number;
  readonly after?: string;
}

export interface ArtefactInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly graphDigest: Digest;
}

export interface NodeStats {
  readonly node: string;
  readonly messagesIn: number;
  /** Emissions by output port. */
  readonly messagesOut: readonly number[];
  readonly traps: number;
}

export interface SinkStats {
  readonly node: string;
  readonly kind: string;
  /** Messages that wait, in memory and on disk. */
  readonly queued: number;
  /** Bytes of those in memory. */
  readonly queuedBytes: number;
  /** Bytes of the files on disk. */
  readonly diskBytes: number;
  readonly sent: number;
  /** Messages of an earlier start that were found on disk. */
  readonly recovered: number;
  /** By cause, for example `queue_full`. */
  readonly dropped: { readonly [cause: string]: number };
  readonly lastError?: string;
}

/** Messages that wait for a flow, and those that never entered it. */
export interface InputStats {
  readonly queued: number;
  readonly queuedBytes: number;
  /** By cause: `input_full`, `input_removed`. */
  readonly dropped: { readonly [cause: string]: number };
}

export interface FlowStats {
  readonly name: FlowName;
  readonly digest: Digest;
  readonly condition: FlowCondition;
  readonly input: InputStats;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Input dropped while the circuit breaker was open. */
  readonly droppedByBreaker: number;
  readonly traps: number;
  readonly restarts: number;
  readonly deadLetters: number;
  readonly lastTrap?: { readonly node: string; readonly cause: string; readonly atMs: number };
  /** The newest on disk that this gateway wrote or began from. */
  readonly checkpoint?: { readonly sequence: number; readonly savedAtMs: number; readonly stateBytes: number };
  readonly checkpointFailures: number;
  /** Why the last checkpoint could not be written, while that is so. */
  readonly checkpointError?: string;
  /** Time of one call into the flow, µs. */
  readonly executeP50Us: number;
  readonly executeP99Us: number;
  readonly nodes: readonly NodeStats[];
  readonly sinks: readonly SinkStats[];
}

export interface IngestStats {
  readonly connections: number;
  readonly frames: number;
  readonly bytes: number;
  readonly tags: number;
  /** Updates that no flow subscribes to. */
  readonly unrouted: number;
  /** Frames refused, by cause. */
  readonly refused: { readonly [cause: string]: number };
}

export interface GatewayInfo {
  /** Drawn when the data folder was made; stays the same over restarts. */
  readonly id: string;
  readonly version: string;
  readonly startedAt: string;
  /** Addresses that drivers push tag updates to. */
  readonly addresses: readonly string[];
  readonly flows: number;
  readonly limits: {
    readonly artefactBytesMax: number;
    readonly fuelPerMessage: number;
    readonly fuelBurst: number;
    readonly maxPagesPerMemory: number;
  };
  readonly ingest: IngestStats;
  /** Time from a frame's arrival to its emissions in the sink queues, µs. */
  readonly socketToSinkQueueP50Us: number;
  readonly socketToSinkQueueP99Us: number;
  readonly rssBytes: number;
  /** The data folder. Flows run on when it takes no writes; deploys and checkpoints do not work. */
  readonly storage: {
    readonly isWritable: boolean;
    /** Why it takes no writes. */
    readonly reason?: string;
    readonly freeBytes: number;
    readonly checkpointFailures: number;
    /** Damaged or refused when the gateway started. */
    readonly checkpointsRefused: number;
  };
}

/** What the gateway keeps of the tag updates that came in last. */
export interface RecorderInfo {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly batches: number;
  /** Batches too large to record. */
  readonly skipped: number;
}

export interface RecordingQuery {
  /** The newest so many; 10,000 when absent. */
  readonly updates?: number;
  /** Only tags that match one of these patterns. */
  readonly tags?: readonly string[];
  /** Only tags that this flow subscribes to. */
  readonly flow?: FlowName;
}

/** The steps of a deploy, in order. A refusal names the one that failed; nothing of the running flow changed. */
export type DeployStep = "read" | "meter" | "swap" | "commit";

/** The version that a stale write collided with. */
export interface Conflict {
  readonly generation: number;
  readonly deployedAt: string;
  readonly deployedBy: string;
}

/** An RFC 9457 problem document, as the gateway answers every refusal. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  readonly requestId: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly step?: DeployStep;
  /** With 412: what runs now; absent when the flow does not exist. */
  readonly current?: Conflict;
}
