// What the host asks of a flow that runs, fused or node by node.

import type { FusedInstance } from "@flowfusion/fusion";

export type FlowInstance = Pick<
  FusedInstance,
  | "configure"
  | "reserve"
  | "memory"
  | "executeAt"
  | "continueAt"
  | "hasTicks"
  | "tick"
  | "isProfiling"
  | "outboxStart"
  | "outboxBytes"
  | "committedOutboxBytes"
  | "clearOutbox"
  | "saveState"
  | "saveStateInPlace"
  | "loadState"
  | "nodeCounters"
> &
  Partial<Pick<FusedInstance, "preload">>;
