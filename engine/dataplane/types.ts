// What the agent (main thread) may ask of the data plane (worker thread). One interface, so that the agent can be
// read and tested without knowing how flows run.

import type { FlowLimits, StaticBytes } from "@flowfusion/fusion";
import type { CanonicalGraph, Digest, FlowName } from "@flowfusion/graph";
import type { CheckpointStats, Recovered } from "../checkpoints/checkpointer.ts";
import type { Endpoints } from "../sinks/endpoint.ts";

/** A checked and metered artefact, ready to compile. */
export interface FlowProgram {
  readonly digest: Digest;
  /** Of the flow, once this program is recorded; what its checkpoints say they are of. */
  readonly generation: number;
  readonly graph: CanonicalGraph;
  /**
   * The metered module; not the bytes that were uploaded, but their shape. Compiled, it is shared with the thread that it
   * is sent to, code and all, where bytes would be copied for each flow.
   */
  readonly metered: Uint8Array | WebAssembly.Module;
  /** What makes the shape this flow: absent when `metered` is the whole. */
  readonly statics?: readonly StaticBytes[];
  readonly limits: FlowLimits;
  /** The gateway's connections that its sinks name, with their secrets in clear. */
  readonly endpoints?: Endpoints;
}

/** What became of each node's state in a swap. */
interface StateReport {
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
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastError?: string;
}

export interface FlowStats extends CheckpointStats {
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
  /** Time of one `execute_flow` call, µs. */
  readonly executeP50Us: number;
  readonly executeP99Us: number;
  readonly nodes: readonly NodeStats[];
  readonly sinks: readonly SinkStats[];
}

/** What the flow itself knows of it. */
export type HostStats = Omit<FlowStats, "input" | keyof CheckpointStats>;

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
   * (`FF_ARTEFACT_*`, `FF_FLOW_*`, `FF_DEPLOY_SINK`) and leaves what runs untouched when any step fails. `recovered`:
   * what a flow that does not run yet begins with.
   */
  deploy(name: FlowName, program: FlowProgram, recovered?: Recovered): Promise<SwapReport>;
  /** Stops a flow. Sinks are flushed first; no checkpoint of it is written after that. */
  remove(name: FlowName): Promise<void>;
  stats(): Promise<DataPlaneStats>;
  /** What came in last, oldest first: batches, each led by its length as a little-endian u32. */
  recording(): Promise<Uint8Array>;
  /** Takes no more input, writes a last checkpoint of every flow, flushes sinks and stops the worker. */
  close(): Promise<void>;
}
