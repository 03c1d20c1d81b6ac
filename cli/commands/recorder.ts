// flowfusion recorder: what a gateway keeps of the tag updates that came in last. One file a command in recorder/.

import type { CommandGroup } from "../command.ts";

export const recorderCommands: CommandGroup = {
  commands: [
    {
      name: "status",
      summary: "tell how much is kept",
      load: async () => (await import("./recorder/status.ts")).recorderStatusCommand,
    },
    {
      name: "export",
      summary: "write it to a file, for flowfusion simulate",
      load: async () => (await import("./recorder/export.ts")).recorderExportCommand,
    },
  ],
};
