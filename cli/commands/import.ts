// flowfusion import: flows of other systems as programs.

import type { CommandGroup } from "../command.ts";

export const importCommands: CommandGroup = {
  commands: [
    {
      name: "node-red",
      summary: "write a Pulumi program from flows of Node-RED",
      load: async () => (await import("./import/node-red.ts")).nodeRedCommand,
    },
  ],
};
