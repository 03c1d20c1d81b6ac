// Where the flows of a thread have their folders, clocks and ears in a test.

import path from "node:path";
import type { FlowsPlace } from "../flows.ts";

export const flowsPlace = (folder: string): FlowsPlace => ({
  outputDir: path.join(folder, "output"),
  spoolDir: path.join(folder, "spool"),
  deadLetterDir: path.join(folder, "dead-letters"),
  onDamage: () => {},
  onLog: () => {},
  onBroken: () => {},
  nowMs: () => performance.now(),
  wallMs: Date.now,
  random: Math.random,
  onSubscriptions: (current) => void current(),
  onPressure: () => {},
  droppedBefore: () => 0,
});
