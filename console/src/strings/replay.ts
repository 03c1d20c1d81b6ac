// What is said of a draft that runs on recorded updates, in the words of a preview.

import type { ComparedTrap } from "@flowfusion/client";
import { trapCauseTexts } from "@flowfusion/graph";

type Trap = Pick<ComparedTrap, "node" | "cause">;

const told = ({ node, cause }: Trap): string => `${node ?? "it"} ${trapCauseTexts[cause]}`;

const count = (number: number, one: string, many: string): string =>
  number === 1 ? `1 ${one}` : `${number.toLocaleString()} ${many}`;

export const replayText = {
  open: "Replay a recording",
  title: (flow: string) => `Replay a recording through the draft of ${flow}`,
  description: "What the draft would do with recorded updates, beside the version that runs. Nothing changes.",
  source: "What to replay",
  sources: { kept: "What the gateway keeps", file: "A recording file" },
  updates: "Updates, the newest",
  updatesHelp: "1 to 100,000",
  updatesWrong: "Give a whole number from 1 to 100,000",
  file: "Recording file",
  fileHelp: "As exported by a recorder, or lines as the file sink writes them; 16 MiB at most",
  fileMissing: "Choose a recording",
  run: "Replay",
  fusing: "Fusing the draft",
  running: "Running on recorded updates",
  invalid: "The draft has faults; its editor shows them",
  panel: "Replay through a draft",
  flow: "Draft of the flow",
  noDraft: "No draft is kept in this browser. Change a flow in its editor, and what the change would do is shown here.",
  toFlows: "To the flows",
  edit: "Open the draft",
  none: "The recording holds no update that this flow would take.",
  on: (updates: number, recorded: number) =>
    updates < recorded
      ? `${count(updates, "update", "updates")} of ${recorded.toLocaleString()}, which was all that the time limit allowed`
      : count(updates, "update", "updates"),
  equal: (what: string) => `On ${what}, every sink would get the same as before.`,
  differs: (what: string) => `On ${what}:`,
  span: (from: string, to: string) => `${from} to ${to}`,
  table: "Messages at each sink",
  sink: "Sink",
  before: "now",
  after: "draft",
  same: "the same",
  firstDifference: (index: number) => `first difference at message ${(index + 1).toLocaleString()}`,
  nothing: "nothing",
  gone: "gone",
  isNew: "new",
  deadLetters: "Dead letters",
  died: (trap: Trap) => `first: ${told(trap)}`,
  stopsBefore: (trap: Trap) => `The version that runs would stop: ${told(trap)}`,
  stops: (trap: Trap) => `The draft would stop: ${told(trap)}`,
} as const;
