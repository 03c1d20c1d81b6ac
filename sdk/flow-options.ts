// How a gateway is to run a flow.

import type * as pulumi from "@pulumi/pulumi";

/** How a gateway runs a flow; its defaults where a field is absent. */
export interface FlowOptions {
  /** What the flow may use; at most what the gateway grants. */
  limits?: pulumi.Input<FlowLimits>;
  /**
   * How long a new version is on trial, ms: if it runs worse than the one before, the gateway goes back. 0 for not at all,
   * at most 600,000; what the gateway was started with when absent.
   */
  healthGateMs?: pulumi.Input<number>;
  /** By how much a new version may be worse than the one before. */
  healthThresholds?: pulumi.Input<FlowHealthThresholds>;
  /** Whether the flow runs node by node, each message traced. Much slower; for finding faults. */
  development?: pulumi.Input<boolean>;
}

/** What a flow may use. */
export interface FlowLimits {
  /** Fuel that each message brings, about one unit an instruction. */
  fuelPerMessage?: pulumi.Input<number>;
  /** Fuel granted for each call into the flow, beyond what its messages bring. */
  fuelBurst?: pulumi.Input<number>;
  /** The most memory of one node, in pages of 64 KiB. */
  maxPagesPerMemory?: pulumi.Input<number>;
}

/** By how much a new version of a flow may be worse than the one before; beyond that the gateway goes back. */
export interface FlowHealthThresholds {
  /** Traps beyond those that the version before had in as long a time; 0 when absent. */
  trapsMax?: pulumi.Input<number>;
  /** Share of messages dropped beyond that of the version before, 0 to 1; 0.01 when absent. */
  droppedShareMax?: pulumi.Input<number>;
  /** Messages out, as a share of what the version before would have given for the same input; 0 when absent: not judged. */
  outputRatioMin?: pulumi.Input<number>;
  /** Median time of a call, as a multiple of that of the version before; 5 when absent. */
  latencyFactorMax?: pulumi.Input<number>;
}
