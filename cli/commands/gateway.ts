// flowfusion gateway: runs one, and what is done to one that runs. One file a command in gateway/.

import type { CommandGroup } from "../command.ts";

export const gatewayCommands: CommandGroup = {
  load: async () => (await import("./gateway/run.ts")).runCommand,
  commands: [
    {
      name: "token",
      summary: "make, list and revoke tokens for its API",
      load: async () => (await import("./gateway/token.ts")).tokenCommands,
    },
    {
      name: "audit",
      summary: "show who changed what, and check that nobody changed that",
      load: async () => (await import("./gateway/audit.ts")).auditCommand,
    },
    {
      name: "backup",
      summary: "take a backup of one that runs",
      load: async () => (await import("./gateway/backup.ts")).backupCommand,
    },
    {
      name: "restore",
      summary: "make a data folder from a backup",
      load: async () => (await import("./gateway/restore.ts")).restoreCommand,
    },
  ],
};
