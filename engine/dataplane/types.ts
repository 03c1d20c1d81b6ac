// What the agent (main thread) may ask of the data plane (worker thread). One interface, so that the agent can be
// read and tested without knowing how flows run.

import type { FlowLimits, FlowParts } from "@flowfusion/fusion";
import type { Digest, FlowName, NodeModule, TrapCause } from "@flowfusion/graph";
import type { CheckpointStats, Recovered } from "../checkpoints/checkpointer.ts";
import type { Endpoints } from "../sinks/endpoint.ts";
import type { DeadLetterPage } from "./dead-letters.ts";
import type { TracePage } from "./development/trace-ring.ts";

/** A node module that the agent has loaded: to check it again would keep the messages waiting. */
export type CheckedModule = Omit<NodeModule, "expressions">;

/** A checked and metered artefact, ready to compile. */
export interface FlowProgram {
  readonly digest: Digest;
  /** Of the flow, once this program is recorded; what its checkpoints say they are of. */
  readonly generation: number;
  /** Encoded as in the artefact, and checked: so it takes a fraction of the time to hand over. */
  readonly graph: Uint8Array;
  /**
   * The metered module; not the bytes that were uploaded, but their shape. Compiled, it is shared with the thread that it
   * is sent to, code and all, where bytes would be copied for each flow.
   */
  readonly metered: Uint8Array | WebAssembly.Module;
  /** What makes the shape this flow: absent when `metered` is the whole. */
  readonly parts?: FlowParts;
  readonly limits: FlowLimits;
  /** The modules of its nodes, when it is to run node by node. */
  readonly modules?: readonly CheckedModule[];
  /** The gateway's connections that its sinks name, with their secrets in clear. */
  readonly endpoints?: Endpoints;
}

/** What became of each node's state in a swap. */
interface StateReport {
  readonly kept: readonly string[];
  /** Kept from an older version of the state that the node's module still reads. */
  readonly migrated: readonly { readonly node: string; readonly fromVersion: number; readonly toVersion: number }[];
  readonly reset: readonly { readonly node: string; readonly why: string }[];
}

export interface SwapReport {
  /** The longest time during which the flow took no input, ms. 0 when nothing ran before. */
  readonly pauseMs: number;
  /** Bytes of state handed over. */
  readonly stateBytes: number;
  readonly state: StateReport;
}

/** What a swap would do; nothing was changed. */
export interface Rehearsal {
  /** The longest time of its steps, ms: an estimate of the pause. */
  readonly pauseMs: number;
  readonly stateBytes: number;
  readonly state: StateReport;
}

export interface RollBackReport extends SwapReport {
  /** What the version before went on with: what the new one left, where its nodes can read it, or what it had itself. */
  readonly stateFrom: "new" | "before";
}

/** By how much a new version may be worse than the one before. */
export interface HealthThresholds {
  /** Traps beyond those that the version before had in as long a time. */
  readonly trapsMax: number;
  /** Share of messages dropped beyond that of the version before, 0 to 1. */
  readonly droppedShareMax: number;
  /** Messages out, as a share of what the version before would have given for the same input; 0: not judged. */
  readonly outputRatioMin: number;
  /** Median time of a call, as a multiple of that of the version before. */
  readonly latencyFactorMax: number;
}

export interface HealthGate extends HealthThresholds {
  /** How long a new version is on trial. */
  readonly ms: number;
}

export type TrialOutcome =
  /** `note`: what is no fault and worth telling. */
  | { readonly verdict: "healthy"; readonly ms: number; readonly note?: string | undefined }
  | { readonly verdict: "unhealthy"; readonly ms: number; readonly why: string }
  /** Another version took its place first, or the flow was removed. */
  | { readonly verdict: "superseded" };

export interface ReplayReport {
  readonly replayed: number;
  /** Of them, those that the flow died of again; they are dead letters anew. */
  readonly deadAgain: number;
  readonly refused: readonly { readonly id: number; readonly why: string }[];
}

/** How a flow runs: fused into one module, or node by node and traced. */
type FlowMode = "fused" | "development";

/**
 * What becomes of messages that a flow has no room for. `block`: their input is not read until there is. `drop`: they
 * are dropped for that flow and counted.
 */
export type OverloadPolicy = "block" | "drop";

/** The queue in front of a flow: messages that came in faster than the flow could run them. */
export interface InputStats {
  /** Messages that wait. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Messages that never entered the flow, by cause: `input_full`, and `input_removed` for those that waited when their input went. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** `broken`: the circuit breaker is open after too many traps. */
export type FlowCondition = "running" | "restarting" | "broken";

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
  /** Bytes of the files on disk. */
  readonly diskBytes: number;
  /** What they may take; 0: nothing goes to disk. */
  readonly diskBytesMax: number;
  readonly sent: number;
  /** Messages of an earlier start that were found on disk. */
  readonly recovered: number;
  /** By cause, for example `queue_full`. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastError?: string;
  /** How long sending has failed by now; absent while it goes through, as far as was tried. */
  readonly failingMs?: number;
}

export interface FlowStats extends CheckpointStats {
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
  /** Time of one `execute_flow` call, µs. */
  readonly executeP50Us: number;
  readonly executeP99Us: number;
  readonly nodes: readonly NodeStats[];
  readonly sinks: readonly SinkStats[];
}

/** What the flow itself knows of it. */
export type HostStats = Omit<FlowStats, keyof CheckpointStats | "input" | "deadLetterError">;

/** How a flow does, in figures that cost nothing to tell. */
export interface FlowPulse {
  readonly name: FlowName;
  readonly condition: FlowCondition;
  readonly mode: FlowMode;
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** In front of the flow, by its circuit breaker and by its sinks. */
  readonly dropped: number;
  readonly traps: number;
  /** Of all time, and of them those that can be looked at. */
  readonly deadLetters: number;
  readonly deadLettersKept: number;
  readonly queued: number;
  readonly executeP50Us: number;
  readonly executeP99Us: number;
}

/** What the flow itself knows of it; `dropped` without what never entered the flow. */
export type HostPulse = Omit<FlowPulse, "queued">;

export interface Pulse {
  readonly tags: number;
  readonly flows: readonly FlowPulse[];
  readonly socketToSinkQueueP50Us: number;
  readonly socketToSinkQueueP99Us: number;
}

/** What somebody sees who looks at one flow. */
export interface FlowObservation {
  readonly stats: Omit<FlowStats, keyof CheckpointStats>;
  readonly generation: number;
  /** Of messages and ticks that were run node by node, oldest first: a list as the API tells it, made once for all. */
  readonly stepsJson: string;
  /** The id of the newest of them. */
  readonly lastStep: number | undefined;
  /** Steps so far, kept or not; counts from 0 again when another version runs. */
  readonly traced: number;
  /** False: the modules of the nodes are needed to show steps. */
  readonly isSampled: boolean;
}

export type HostObservation = Omit<FlowObservation, "stats"> & { readonly stats: HostStats };

export interface IngestStats {
  readonly connections: number;
  readonly frames: number;
  readonly bytes: number;
  readonly tags: number;
  /** Updates that no flow subscribes to. */
  readonly unrouted: number;
  /** Frames refused, by cause: `malformed`, `too_large`. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What the recorder keeps of what came in. */
export interface RecorderStats {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly batches: number;
  /** Batches too large to record. */
  readonly skipped: number;
}

export interface DataPlaneStats {
  readonly ingest: IngestStats;
  readonly flows: readonly FlowStats[];
  readonly recorder: RecorderStats;
  /** Time from a frame's arrival to its emissions in the sink queues, µs. */
  readonly socketToSinkQueueP50Us: number;
  readonly socketToSinkQueueP99Us: number;
}

export interface DataPlane {
  /** Addresses that drivers PUSH to, with the ports that were bound (`tcp://127.0.0.1:5555`, `ipc:///run/ff.sock`). */
  readonly addresses: readonly string[];
  /** Resolves when the data plane dies without having been told to close; from then on every call rejects. */
  readonly failed: Promise<Error>;
  /**
   * Compiles, configures, hands state over and switches at a message boundary. Rejects with a FlowFusionError
   * (`FF_ARTEFACT_*`, `FF_FLOW_*`, `FF_DEPLOY_SINK`) and leaves what runs untouched when any step fails.
   * `recovered`: what a flow that does not run yet begins with. With a gate, the version before is kept ready until the
   * trial is over; the trial goes on where the same generation is deployed again without one.
   */
  deploy(name: FlowName, program: FlowProgram, recovered?: Recovered, gate?: HealthGate): Promise<SwapReport>;
  /** Does all of a deploy but the switch. Rejects as `deploy` does. */
  rehearse(name: FlowName, program: FlowProgram): Promise<Rehearsal>;
  /** Resolves when the trial of the version that runs is over; at once when there is none. */
  trial(name: FlowName): Promise<TrialOutcome>;
  /**
   * Goes back to the version before the one on trial, as a generation of its own, with those endpoints in place of the ones that
   * it had. Rejects with `FF_DEPLOY_NOTHING_BEFORE` when none is kept.
   */
  rollBack(name: FlowName, generation: number, endpoints?: Endpoints): Promise<RollBackReport>;
  /**
   * Runs the flow node by node from the next message on, `endsInMs` long, or fused again when there are no modules.
   * Rejects with `FF_DEVELOPMENT_MODULES` when one is missing, and leaves the flow as it is when the state is refused.
   */
  setDevelopment(
    name: FlowName,
    development: { readonly modules: readonly CheckedModule[]; readonly endsInMs: number } | undefined,
  ): Promise<SwapReport>;
  /** Steps behind the one of id `after`. */
  traces(name: FlowName, after: number, limit: number): Promise<TracePage>;
  /** Dead letters behind the one of id `after`. */
  deadLetters(name: FlowName, after: number, limit: number): Promise<DeadLetterPage>;
  /** Gives dead letters to the flow once more; all when no ids are named. */
  replayDeadLetters(name: FlowName, ids: readonly number[] | undefined): Promise<ReplayReport>;
  /** Gives how many there were. */
  discardDeadLetters(name: FlowName, ids: readonly number[] | undefined): Promise<number>;
  /** Stops a flow. Sinks are flushed first; no checkpoint of it is written after that. */
  remove(name: FlowName): Promise<void>;
  stats(): Promise<DataPlaneStats>;
  /** What `stats` tells that may be asked for several times a second, of any number of flows. */
  pulse(): Promise<Pulse>;
  /** Counts of one flow, and steps behind the one of id `after`. With `modules`, messages are sampled for some seconds. */
  observe(
    name: FlowName,
    after: number,
    limit: number,
    modules: readonly CheckedModule[] | undefined,
  ): Promise<FlowObservation>;
  /** What came in last, oldest first: batches, each led by its length as a little-endian u32. */
  recording(): Promise<Uint8Array>;
  /**
   * How far batches of a session have been handled: the number of the last one that came in, once every flow that is to get
   * it has run it and what came of it is on disk where a sink is to keep it there. 0 when there is nothing new to tell;
   * `batchMissing` when one was lost on its way. The session, 16 hexadecimal digits, is followed from the first call on.
   */
  receipt(session: string): Promise<number>;
  /** Takes no more input, writes a last checkpoint of every flow, flushes sinks and stops the worker. */
  close(): Promise<void>;
}
