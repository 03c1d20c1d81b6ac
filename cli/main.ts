// The command line. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { dispatch, type ListedCommand } from "./dispatch.ts";

const commands: readonly ListedCommand[] = [
  {
    name: "gateway",
    summary: "run a gateway",
    load: async () => (await import("./commands/gateway.ts")).gatewayCommand,
  },
  {
    name: "fuse",
    summary: "fuse a graph into one Flow.wasm",
    load: async () => (await import("./commands/fuse.ts")).fuseCommand,
  },
  {
    name: "inspect",
    summary: "show what a .wasm file is and why it would be refused",
    load: async () => (await import("./commands/inspect.ts")).inspectCommand,
  },
  {
    name: "node",
    summary: "write, build and test nodes of your own",
    load: async () => (await import("./commands/node.ts")).nodeCommands,
  },
];

process.exitCode = await dispatch("flowfusion", commands, process.argv.slice(2));
