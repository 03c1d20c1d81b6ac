// What a flow can do once it is loaded, whether fused or run node by node. The two must give the same bytes.

import type { TrapCause } from "@flowfusion/graph";

export interface RunningFlow {
  /** Starts and configures every node. Throws a FlowFusionError with the node's own words when one refuses. */
  configure(): void;
  /**
   * Runs frames of input (see glue/layout.ts), in order. Gives the bytes consumed: fewer than were passed when the
   * outbox is full. Throws a FlowTrap when a node traps.
   */
  execute(frames: Uint8Array): number;
  /** Lets time-driven nodes emit. `nowNs`: ns since the Unix epoch. */
  tick(nowNs: bigint): void;
  /** The frames that the last `execute` or `tick` emitted, as a copy, once. */
  takeOutbox(): Uint8Array;
  saveState(): Uint8Array;
  /** Throws a FlowFusionError when the state is damaged or a node refuses its part. */
  loadState(state: Uint8Array): void;
  nodeCounters(): NodeCounters[];
}

export interface NodeCounters {
  readonly messagesIn: number;
  /** Emissions by output port 0 to 3. */
  readonly messagesOut: readonly number[];
  /** Of calls that were profiled: messages, and units of fuel that the node's own code used. Absent when none was. */
  readonly profiled?: { readonly messages: number; readonly fuel: number };
}

/** A node stopped the flow. The instance must not be used again. */
export class FlowTrap extends Error {
  readonly trapCause: TrapCause;
  /** Index of the node in the canonical graph; -1 when no node was running. */
  readonly nodeIndex: number;
  /** Offset in the input of the message that was being run. */
  readonly cursor: number;

  constructor(trapCause: TrapCause, nodeIndex: number, cursor: number, cause: unknown) {
    super(`${trapCause} in node ${nodeIndex}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "FlowTrap";
    this.trapCause = trapCause;
    this.nodeIndex = nodeIndex;
    this.cursor = cursor;
  }
}
