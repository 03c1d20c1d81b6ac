// What is said of the versions of a flow.

import type { FlowVersion, Via } from "@flowfusion/client";

export const historyText = {
  title: (flow: string) => `${flow}: versions`,
  open: "Versions",
  toCanvas: "To the canvas",
  list: "Versions, newest first",
  generation: (generation: number) => `Generation ${generation}`,
  running: "runs",
  action: ({ action, rolledBackTo }: Pick<FlowVersion, "action" | "rolledBackTo">): string => {
    if (action === "delete") return "Deleted";
    if (action === "rollback") return `Back to ${rolledBackTo ?? "an earlier version"}`;
    return "Deployed";
  },
  by: (by: string, via: Via) => `${by}, ${viaText[via]}`,
  older: "Older versions",
  none: "This flow has no versions: it has never been deployed here.",
  choose: "Choose a version to see what it changed.",
  first: "This is the first version: there is nothing to compare it with.",
  deleted: "The flow was deleted with this entry, so there is no graph to compare.",
  gone: (generation: number) =>
    `What generation ${generation} was made of is no longer kept: its Flow.wasm was cleared away.`,
  comparedWith: "Compared with",
  comparison: (from: number, to: number) => `What changed from generation ${from} to ${to}`,
  changes: "What changed",
  same: "Nodes and wires are the same.",
  rollBack: "Roll back to this version",
  rollBackIsRunning: "This version runs",
  rollBackTitle: (generation: number) => `Roll back to generation ${generation}?`,
  rollBackText: (generation: number, next: number) =>
    `Its Flow.wasm is swapped in as generation ${next}, with the state of the nodes, without losing a message. Generation ${generation} itself stays in the list.`,
  rollBackDrift: "A Pulumi program declares this flow: the next pulumi up puts the program's version back.",
  rolledBack: (generation: number) => `Generation ${generation} runs`,
  rollBackAction: "Roll back",
} as const;

const viaText: { readonly [via in Via]: string } = {
  pulumi: "with Pulumi",
  console: "in the console",
  cli: "with the command line",
  api: "over the API",
  gateway: "the gateway itself",
};
