// flowfusion node: everything for nodes of one's own. One file a command in node/.

import type { CommandGroup } from "../command.ts";

export const nodeCommands: CommandGroup = {
  commands: [
    {
      name: "new",
      summary: "make a folder with a node to begin with",
      load: async () => (await import("./node/new.ts")).newCommand,
    },
    {
      name: "build",
      summary: "compile a node's folder to one module",
      load: async () => (await import("./node/build.ts")).buildCommand,
    },
    {
      name: "test",
      summary: "run a node against a table of inputs and expected outputs",
      load: async () => (await import("./node/test.ts")).testCommand,
    },
    {
      name: "pack",
      summary: "put the manifest into a module, and reduce a component to its module",
      load: async () => (await import("./node/pack.ts")).packCommand,
    },
    {
      name: "inspect",
      summary: "show what a module is and why it would be refused",
      load: async () => (await import("./node/inspect.ts")).nodeInspectCommand,
    },
    {
      name: "types",
      summary: "write a typed builder for Pulumi programs",
      load: async () => (await import("./node/types.ts")).typesCommand,
    },
  ],
};
