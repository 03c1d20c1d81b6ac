// flowfusion deployments: what became of deploys to a gateway. One file a command in deployments/.

import type { CommandGroup } from "../command.ts";

export const deploymentCommands: CommandGroup = {
  commands: [
    {
      name: "list",
      summary: "show the last ones, and what became of them",
      load: async () => (await import("./deployments/list.ts")).listDeploymentsCommand,
    },
    {
      name: "show",
      summary: "tell one step by step, as it happens too",
      load: async () => (await import("./deployments/show.ts")).showDeploymentCommand,
    },
  ],
};
