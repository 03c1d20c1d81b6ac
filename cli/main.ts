// The command line: finds the command, prints errors as people and scripts need them.
// Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.

import { FlowFusionError } from "@flowfusion/graph";
import { type Command, exitCodes, UsageError } from "./command.ts";
import { fuseCommand } from "./commands/fuse.ts";
import { gatewayCommand } from "./commands/gateway.ts";
import { inspectCommand } from "./commands/inspect.ts";

const commands: readonly Command[] = [gatewayCommand, fuseCommand, inspectCommand];

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
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    process.stderr.write(`flowfusion: there is no command ${name}\n\n${overview}`);
    return exitCodes.usage;
  }
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

process.exitCode = await run(process.argv.slice(2));
