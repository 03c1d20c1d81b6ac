// flowfusion connection: endpoints of sinks, with their secrets. One file a command in connection/.

import type { CommandGroup } from "../command.ts";

export const connectionCommands: CommandGroup = {
  commands: [
    {
      name: "list",
      summary: "list connections and where they lead",
      load: async () => (await import("./connection/list.ts")).connectionListCommand,
    },
    {
      name: "put",
      summary: "declare a connection, or change one",
      load: async () => (await import("./connection/put.ts")).connectionPutCommand,
    },
    {
      name: "delete",
      summary: "forget a connection and its secrets",
      load: async () => (await import("./connection/delete.ts")).connectionDeleteCommand,
    },
  ],
};
