// What the deploy dialog says.

const count = (number: number, one: string, many: string): string =>
  number === 1 ? `1 ${one}` : `${number.toLocaleString()} ${many}`;

export const deployStrings = {
  title: (name: string) => `Deploy ${name}`,
  titleNew: (name: string) => `Deploy ${name} for the first time`,
  diff: {
    label: "What changes",
    words: { added: "added:", removed: "removed:", updated: "changed:" },
    unset: "not set",
    becomes: "becomes",
    module: "another version of its module",
    none: "Nodes and wires are the same.",
  },
  sections: {
    changes: "What changes",
    fusion: "Fusion",
    state: "State of the nodes",
    behaviour: "On recorded updates",
    result: "Result",
  },
  phases: {
    check: "Check",
    link: "Link",
    optimise: "Optimise",
    verify: "Verify",
    swap: "Swap",
  },
  phaseDone: (size: string, time: string) => `${size}, ${time}`,
  working: "at work",
  waiting: "not yet",
  done: "done",
  state: {
    none: "Nothing runs yet, so there is no state to carry over.",
    stateless: "No node of this flow keeps state.",
    kept: "kept",
    migrated: (from: number, to: number) => `migrated from version ${from} to ${to}`,
    reset: (why: string) => `begins anew: ${why}`,
    pause: (pause: string, size: string) => `In a rehearsal the flow stood still for ${pause}, with ${size} of state.`,
  },
  behaviour: {
    none: "Nothing was recorded that this flow would take.",
    equal: (updates: number) =>
      `On the last ${count(updates, "update", "updates")} both versions say the same at every sink.`,
    differs: (updates: number) => `On the last ${count(updates, "update", "updates")}:`,
    sink: "Sink",
    before: "before",
    after: "after",
    same: "the same",
    firstDifference: (index: number) => `first difference at message ${(index + 1).toLocaleString()}`,
    trap: (node: string | undefined, cause: string) =>
      `The new version stopped${node === undefined ? "" : ` in ${node}`}: ${cause}`,
    running: "Both versions run on recorded updates",
    gone: "gone",
    isNew: "new",
  },
  pulumi: {
    title: "A Pulumi program declares this flow",
    text: "A deploy from here makes drift: the next pulumi up puts the program's version back. Change the program instead, for example with a pull request.",
    last: (generation: number, by: string, ago: string) =>
      `Its last version is generation ${generation}, deployed by ${by} ${ago}.`,
    copy: "Copy as Pulumi code",
    anyway: "Deploy here all the same",
  },
  deploy: "Deploy",
  deployOver: "Deploy over it",
  cancel: "Cancel",
  close: "Close",
  rollBack: "Roll back",
  rollingBack: "Rolling back",
  preparing: "Fusing and trying the draft. Nothing has changed yet.",
  swapping: "Swapping",
  result: {
    runs: (generation: number) => `Generation ${generation} runs`,
    pause: "Pause",
    lost: "Lost",
    state: "State handed over",
    trial: "On trial",
    trialLeft: (seconds: number) => (seconds === 1 ? "1 second left" : `${seconds} seconds left`),
    trialText:
      "Compared with the version before: traps, drops, output and latency. Worse, and the gateway goes back by itself.",
    healthy: "Healthy: it runs for good.",
    rolledBack: "Rolled back by the gateway",
    rolledBackByYou: (generation: number) => `Rolled back. Generation ${generation} runs`,
    superseded: "Another version took its place before the trial was over.",
    failed: "Refused",
    unknown: "not known",
  },
  conflict: {
    title: "Somebody else deployed meanwhile",
    text: (by: string, ago: string, generation: number) =>
      `${by} deployed generation ${generation} ${ago}. Your draft began from another version, so nothing was changed.`,
    gone: "The flow was deleted meanwhile. Nothing was changed.",
    theirs: "What they changed",
    same: "Their nodes and wires are the same as those you began from.",
    compare: "Go on editing against theirs",
  },
  failedText: "Nothing was changed: the version before runs on.",
} as const;
