// The command line: finds the command, prints errors as people and scripts need them.
// Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { FlowFusionError } from "@flowfusion/graph";
import { type Command, exitCodes, UsageError } from "./command.ts";

/** Loaded when it is asked for: a gateway has no use for the linker. */
interface ListedCommand {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<Command>;
}

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
    name: "simulate",
    summary: "run a flow on recorded tags, or compare two",
    load: async () => (await import("./commands/simulate.ts")).simulateCommand,
  },
  {
    name: "trace",
    summary: "follow recorded tags through a flow, node by node",
    load: async () => (await import("./commands/trace.ts")).traceCommand,
  },
  {
    name: "inspect",
    summary: "show what a .wasm file is and why it would be refused",
    load: async () => (await import("./commands/inspect.ts")).inspectCommand,
  },
];

const overview = `Usage: flowfusion COMMAND [OPTIONS]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`).join("\n")}

flowfusion COMMAND --help tells more.
`;

async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(overview);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const listed = commands.find((candidate) => candidate.name === name);
  if (!listed) {
    process.stderr.write(`flowfusion: there is no command ${name}\n\n${overview}`);
    return exitCodes.usage;
  }
  const command = await listed.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(command.help);
    return exitCodes.ok;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    process.stderr.write(`flowfusion ${name}: ${explain(error)}\n`);
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}. See flowfusion COMMAND --help.`;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && code.startsWith("FF_")) {
    const diagnostics = error instanceof FlowFusionError ? error.diagnostics : [];
    return [
      `${(error as Error).message} [${code}]`,
      ...diagnostics.map((one) => `  ${one.path}: ${one.message} [${one.code}]`),
    ].join("\n");
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// Whoever reads the output may have seen enough: `flowfusion … | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.ok);
});

process.exitCode = await run(process.argv.slice(2));
