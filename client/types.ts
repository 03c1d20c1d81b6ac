// What travels over the gateway's control API, as plain types. The gateway describes the same shapes as JSON Schema
// for its OpenAPI document; a type test in engine/agent holds the two equal.

import type {
  CanonicalGraph,
  Diagnostic,
  Digest,
  FlowCondition,
  FlowMode,
  FlowName,
  GraphDocument,
  IngestStats,
  MessageDocument,
  StateReport,
  SwapReport,
  TrapCause,
} from "@flowfusion/graph";

/** What a deploy may ask for besides the artefact. Limits can only be lower than what the gateway grants. */
export interface FlowOptions {
  readonly limits?: {
    readonly fuelPerMessage?: number;
    readonly fuelBurst?: number;
    readonly maxPagesPerMemory?: number;
  };
  /** Whether the flow runs node by node, each message traced. */
  readonly development?: boolean;
  /** How long a new version is on trial against the one before, ms; 0 for not at all. The gateway's own when absent. */
  readonly healthGateMs?: number;
  readonly healthThresholds?: HealthThresholds;
}

/** By how much a new version may be worse than the one before; beyond that it is rolled back. */
export interface HealthThresholds {
  /** Traps beyond those that the version before had in as long a time; 0 when absent. */
  readonly trapsMax?: number;
  /** Share of messages dropped beyond that of the version before, 0 to 1; 0.01 when absent. */
  readonly droppedShareMax?: number;
  /** Messages out, as a share of what the version before would have given for the same input; 0 when absent: not judged. */
  readonly outputRatioMin?: number;
  /** Median time of a call, as a multiple of that of the version before; 5 when absent. */
  readonly latencyFactorMax?: number;
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
  /** `stopping`: it is being deleted, and its sinks send what they hold. */
  readonly condition: FlowCondition | "stopping";
  readonly reason?: string;
  /** While the version is on trial: when that ends, at the latest unless the machine stands still. ISO 8601, UTC. */
  readonly trialUntil?: string;
  /** ISO 8601, UTC. */
  readonly deployedAt: string;
  readonly deployedBy: string;
  readonly deployedVia: Via;
  /** The resource of a program that it was put in place for, as the caller said: the URN of Pulumi. */
  readonly deployedFor?: string;
  /** The last version of a Pulumi program; where it is not the one that runs, the flow has drifted. */
  readonly managed?: {
    readonly via: "pulumi";
    readonly generation: number;
    readonly artefact: Digest;
    readonly graphDigest?: Digest;
    readonly at: string;
    readonly by: string;
    readonly resource?: string;
  };
  /** What the flow began with when the gateway started; absent when there was no checkpoint. */
  readonly recovery?: Recovery;
  /** Why the gateway itself rolled back to this version. */
  readonly note?: string;
  /** Only in the answer to a deploy or roll-back. */
  readonly swap?: SwapReport;
  /** Only in the answer to a deploy or roll-back: where to follow what becomes of it. */
  readonly deployment?: string;
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
  readonly via: Via;
  /** The resource of a program that it was put in place for, as the caller said. */
  readonly resource?: string;
  /** Why the gateway itself rolled back. */
  readonly note?: string;
}

/** What a version was put in place with, as its caller says; `gateway`: the health gate went back to it. */
export type Via = "pulumi" | "console" | "cli" | "api" | "gateway";

/** A version with what it was made of, as long as its artefact is kept. */
export interface FlowVersionDetail extends FlowVersion {
  readonly graphDigest?: Digest;
  readonly sizeBytes?: number;
  /** In canonical form, for `diffGraphs`. */
  readonly graph?: CanonicalGraph;
}

/** What a deploy would do; nothing was changed. */
export interface DryRun {
  readonly artefact: Digest;
  readonly graphDigest: Digest;
  /** The generation that runs, whose state was tried; absent when the flow is new. */
  readonly generation?: number;
  /** How long the flow would take no input, as far as one try tells, ms. */
  readonly pauseMs: number;
  readonly stateBytes: number;
  readonly state: StateReport;
}

/**
 * - `deploying`: on its way, the version before runs.
 * - `on_trial`: runs, and is compared with the version before.
 * - `healthy`: runs for good.
 * - `rolled_back`: was worse than the version before, which runs again.
 * - `superseded`: another version took its place, or the flow was deleted, before the trial was over.
 * - `interrupted`: the gateway ended before it was over; what was recorded runs.
 * - `failed`: was refused, and the version before runs; or fell over once it was recorded, as the text says then.
 */
export type DeploymentPhase =
  | "deploying"
  | "on_trial"
  | "healthy"
  | "rolled_back"
  | "superseded"
  | "interrupted"
  | "failed";

export interface DeploymentEvent {
  /** Counts the events of the deployment, from 1. */
  readonly number: number;
  readonly at: string;
  readonly phase: DeploymentPhase;
  /** What happened, for people. */
  readonly text: string;
  /** The generation that runs from here on. */
  readonly generation?: number;
  readonly swap?: SwapReport;
  /** Why it failed or was rolled back. */
  readonly code?: string;
  readonly step?: DeployStep;
  /** With `on_trial`: how long the trial takes, ms. */
  readonly trialMs?: number;
}

export interface Deployment {
  readonly id: string;
  readonly flow: FlowName;
  readonly action: "deploy" | "rollback";
  /** Absent for a roll-back that did not find its version. */
  readonly artefact?: Digest;
  readonly by: string;
  readonly via: Via;
  readonly phase: DeploymentPhase;
  readonly events: readonly DeploymentEvent[];
}

/** A message that a flow died of. */
export interface DeadLetter {
  /** Counts the flow's dead letters, from 1; give as `after` for those that follow. */
  readonly id: number;
  readonly at: string;
  /** The node that trapped; empty when none was running. */
  readonly node: string;
  /** The port that the node got it on, where it has but one. */
  readonly port?: string;
  /** The node through which the message came into the flow. */
  readonly input: string;
  readonly cause: TrapCause;
  readonly detail: string;
  /** Absent when the bytes are no message, or were cut. */
  readonly message?: MessageDocument;
  /** Message v1, as far as it is kept. */
  readonly base64: string;
  readonly messageBytes: number;
}

export interface Development {
  readonly mode: FlowMode;
  /** When development mode ends by itself. */
  readonly endsAt?: string;
  /** Steps traced so far; the last ones are kept. */
  readonly traced: number;
}

/** What happened at one node on the way of one message. */
export interface TraceStep {
  /** Counts the steps of the flow, from 1; give as `after` for those that follow. */
  readonly id: number;
  /** Counts the messages and ticks that were traced, from 1. */
  readonly reading: number;
  readonly at: string;
  /** How many nodes the message has come through before. */
  readonly depth: number;
  readonly node: string;
  readonly type: string;
  /** The input; `source` where the gateway feeds the node, `tick` where it is asked what it emits by time. */
  readonly input: string;
  /** Absent for a tick. */
  readonly message?: MessageDocument;
  readonly tickAt?: string;
  /** Time in the node's own code and the call into it; 0 when it did not return. */
  readonly ns: number;
  /** What the node's own code used of its fuel. */
  readonly fuel: number;
  readonly emissions: readonly { readonly output: string; readonly message: MessageDocument }[];
  /** Why the node stopped the flow. */
  readonly trap?: TrapCause;
}

export interface ModuleInfo {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly type: string;
  readonly version: string;
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
    /** What a kill would take now, because the disk does not: state, dead letters, what became of deploys. */
    readonly inMemoryAlone: readonly InMemoryAlone[];
  };
  /** Validity of the certificate that the API serves; absent without TLS. */
  readonly certificate?: { readonly validFrom: string; readonly validTo: string };
}

export interface InMemoryAlone {
  readonly what: "state" | "dead_letters" | "deployments";
  /** How many flows it is of; 0 where it is the gateway's own. */
  readonly flows: number;
  /** What the disk said. */
  readonly reason: string;
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
export type DeployStep = "read" | "meter" | "swap" | "commit" | "health";

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
