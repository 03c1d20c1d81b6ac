// What is told live, as it travels over the API.

import type { Digest, FlowCondition, FlowMode, FlowName } from "@flowfusion/graph";
import type { TraceStep } from "./types.ts";

/** Messages a second, since the update before. */
export interface LiveFlowRates {
  readonly name: FlowName;
  readonly condition: FlowCondition;
  readonly mode: FlowMode;
  readonly inPerS: number;
  readonly outPerS: number;
  readonly droppedPerS: number;
  /** In front of the flow, by its circuit breaker and by its sinks, since the flow was placed. */
  readonly dropped: number;
  readonly queued: number;
  /** Since the flow was placed. */
  readonly traps: number;
  readonly deadLetters: number;
  /** Of them those that can be looked at. */
  readonly deadLettersKept: number;
  readonly executeP50Us: number;
  readonly executeP99Us: number;
}

export interface LiveUpdate {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Tag updates that came in. */
  readonly tagsPerS: number;
  readonly socketToSinkQueueP50Us: number;
  readonly socketToSinkQueueP99Us: number;
  /** Those that run, by name. */
  readonly flows: readonly LiveFlowRates[];
}

export interface LiveNode {
  readonly node: string;
  readonly inPerS: number;
  /** By output: what each of its wires carries. */
  readonly outPerS: readonly number[];
  readonly traps: number;
  /** Units of fuel of its own code, of the runs that were profiled since the update before. */
  readonly fuelPerMessage?: number;
}

export interface LiveFlow extends LiveFlowRates {
  readonly at: string;
  readonly generation: number;
  readonly digest: Digest;
  readonly nodes: readonly LiveNode[];
  readonly sinks: readonly {
    readonly node: string;
    readonly sentPerS: number;
    readonly droppedPerS: number;
    readonly queued: number;
    readonly lastError?: string;
  }[];
  /** False: no steps can be shown, because modules are missing. */
  readonly isSampled: boolean;
  /** To be uploaded before steps can be shown. */
  readonly missingModules: readonly Digest[];
  /** Of samples, in development mode of all messages, since the update before. */
  readonly steps: readonly TraceStep[];
}
