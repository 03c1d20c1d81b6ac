// What the agent (main thread) may ask of the data plane (worker thread). One interface, so that the agent can be
// read and tested without knowing how flows run.

import type { FlowLimits, FlowParts } from "@flowfusion/fusion";
import type {
  Digest,
  FlowCondition,
  FlowMode,
  FlowName,
  FlowStats,
  IngestStats,
  NodeModule,
  RecorderStats,
  ReplayReport,
  StateReport,
  SwapReport,
} from "@flowfusion/graph";
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

/**
 * What becomes of messages that a flow has no room for. `block`: their input is not read until there is. `drop`: they
 * are dropped for that flow and counted.
 */
export type OverloadPolicy = "block" | "drop";

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

/** What the disk did not take, of all flows. */
export interface DiskStats {
  readonly checkpointFailures: number;
  /** One for each flow whose state is in memory alone: what the disk said. */
  readonly checkpointErrors: readonly string[];
  /** Likewise, of its dead letters. */
  readonly deadLetterErrors: readonly string[];
}

export interface DataPlaneStats {
  readonly ingest: IngestStats;
  /** Of the flows that were asked for. */
  readonly flows: readonly FlowStats[];
  readonly disk: DiskStats;
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
  /** With counts of the flows named that run: messages wait meanwhile, some 30 µs for each flow. */
  stats(names: readonly FlowName[]): Promise<DataPlaneStats>;
  /** What `stats` tells that may be asked for several times a second. */
  pulse(names: readonly FlowName[]): Promise<Pulse>;
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
