// All commands of `flowfusion`, in the order in which its help lists them.

import type { ListedCommand } from "./command.ts";

export type { Command, CommandGroup } from "./command.ts";
export type { ListedCommand };

export const commands: readonly ListedCommand[] = [
  {
    name: "gateway",
    summary: "run a gateway",
    load: async () => (await import("./commands/gateway.ts")).gatewayCommands,
  },
  {
    name: "fuse",
    summary: "fuse a graph into one Flow.wasm",
    load: async () => (await import("./commands/fuse.ts")).fuseCommand,
  },
  {
    name: "compile",
    summary: "compile a Flow.wasm ahead of time for wasmtime",
    load: async () => (await import("./commands/compile.ts")).compileCommand,
  },
  {
    name: "simulate",
    summary: "run a flow on recorded tags, or compare two",
    load: async () => (await import("./commands/simulate.ts")).simulateCommand,
  },
  {
    name: "trace",
    summary: "follow tags through a flow, node by node, recorded or live",
    load: async () => (await import("./commands/trace.ts")).traceCommand,
  },
  {
    name: "top",
    summary: "watch a gateway's flows at work",
    load: async () => (await import("./commands/top.ts")).topCommand,
  },
  {
    name: "deployments",
    summary: "what became of deploys to a gateway",
    load: async () => (await import("./commands/deployments.ts")).deploymentCommands,
  },
  {
    name: "rollback",
    summary: "let an earlier version of a flow run again",
    load: async () => (await import("./commands/rollback.ts")).rollbackCommand,
  },
  {
    name: "dead-letters",
    summary: "show messages that a flow died of, replay or discard them",
    load: async () => (await import("./commands/dead-letters.ts")).deadLetterCommands,
  },
  {
    name: "driver",
    summary: "what reads devices for a gateway",
    load: async () => (await import("./commands/driver.ts")).driverCommands,
  },
  {
    name: "connection",
    summary: "where sinks send to, and with which secrets",
    load: async () => (await import("./commands/connection.ts")).connectionCommands,
  },
  {
    name: "recorder",
    summary: "export the tag updates that a gateway got last",
    load: async () => (await import("./commands/recorder.ts")).recorderCommands,
  },
  {
    name: "doctor",
    summary: "check this machine and a gateway, and say what to do",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "preview",
    summary: "show what a Pulumi program would change in flows",
    load: async () => (await import("./commands/preview.ts")).previewCommand,
  },
  {
    name: "drift",
    summary: "tell whether gateways run what a stack says",
    load: async () => (await import("./commands/drift.ts")).driftCommand,
  },
  {
    name: "export",
    summary: "write a flow that runs as a Pulumi program",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  {
    name: "import",
    summary: "write a Pulumi program from flows of another system",
    load: async () => (await import("./commands/import.ts")).importCommands,
  },
  {
    name: "release",
    summary: "sign what gateways may run",
    load: async () => (await import("./commands/release.ts")).releaseCommands,
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
  {
    name: "version",
    summary: "print the version of this command",
    load: async () => (await import("./commands/version.ts")).versionCommand,
  },
];
