// What is said of a flow that no longer is what its Pulumi program declares.

import type { FlowStatus } from "@flowfusion/client";

export const driftText = {
  badge: "Drift",
  badgeOf: (count: number) => (count === 1 ? "Drift: 1 change" : `Drift: ${count} changes`),
  hint: "What runs is not what its Pulumi program declares",
  title: (flow: string) => `${flow} has drifted`,
  text: ({ generation, deployedBy, deployedVia }: FlowStatus, ago: string) =>
    `Generation ${generation} runs, which ${deployedBy} put in place ${ago} (${deployedVia}).`,
  program: (generation: number, by: string, ago: string) =>
    `The last version of the program is generation ${generation}, by ${by} ${ago}. What runs differs from it:`,
  same: "Nodes and wires are the same; what runs was fused from other modules or with another version.",
  gone: (generation: number) =>
    `What generation ${generation} was made of is no longer kept, so it cannot be compared.`,
  refresh:
    "pulumi refresh reports the same, and takes it into the stack's state. pulumi up puts the program's version back.",
  keep: "To keep what runs, copy it as Pulumi code into the program.",
  copy: "Copy as Pulumi code",
  history: "Compare versions",
  close: "Close",
} as const;
