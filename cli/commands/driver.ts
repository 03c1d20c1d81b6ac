// flowfusion driver: what reads devices for a gateway. One file a command in driver/.

import type { CommandGroup } from "../command.ts";

export const driverCommands: CommandGroup = {
  commands: [
    {
      name: "list",
      summary: "list drivers and how they do",
      load: async () => (await import("./driver/list.ts")).driverListCommand,
    },
    {
      name: "status",
      summary: "tell all about one driver",
      load: async () => (await import("./driver/status.ts")).driverStatusCommand,
    },
    {
      name: "logs",
      summary: "print what a driver said last",
      load: async () => (await import("./driver/logs.ts")).driverLogsCommand,
    },
    {
      name: "put",
      summary: "declare a driver, or change one",
      load: async () => (await import("./driver/put.ts")).driverPutCommand,
    },
    {
      name: "restart",
      summary: "stop a driver's process and start it anew",
      load: async () => (await import("./driver/restart.ts")).driverRestartCommand,
    },
    {
      name: "delete",
      summary: "stop a driver and forget it",
      load: async () => (await import("./driver/delete.ts")).driverDeleteCommand,
    },
  ],
};
