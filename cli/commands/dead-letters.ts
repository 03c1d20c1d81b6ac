// flowfusion dead-letters: the messages that a flow on a gateway died of. One file a command in dead-letters/.

import type { CommandGroup } from "../command.ts";

export const deadLetterCommands: CommandGroup = {
  commands: [
    {
      name: "list",
      summary: "show them, with node and cause",
      load: async () => (await import("./dead-letters/list.ts")).listDeadLettersCommand,
    },
    {
      name: "replay",
      summary: "give them to the flow once more",
      load: async () => (await import("./dead-letters/replay.ts")).replayDeadLettersCommand,
    },
    {
      name: "discard",
      summary: "throw them away",
      load: async () => (await import("./dead-letters/discard.ts")).discardDeadLettersCommand,
    },
  ],
};
