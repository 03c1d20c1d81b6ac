// Finds the command in a list, prints its help or runs it, and prints errors as people and scripts need them.

import { didYouMean } from "@flowfusion/graph";
import { type CommandGroup, exitCodes, type ListedCommand, UsageError } from "./command.ts";
import { ended, faultJson, faultText } from "./fault.ts";

/** Runs what `args` name. `program`: what was typed before them. Resolves with the exit code. */
export async function dispatch(
  program: string,
  commands: readonly ListedCommand[],
  args: readonly string[],
): Promise<number> {
  const [given, ...rest] = args;
  const name = given === "" ? undefined : given;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(overview(program, commands));
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const listed = commands.find((candidate) => candidate.name === name);
  if (!listed) {
    process.stderr.write(`${program}: ${unknown(program, commands, name)}\n`);
    return exitCodes.usage;
  }
  const loaded = await listed.load();
  const command = "commands" in loaded && !isListed(loaded, rest[0]) ? ((await loaded.load?.()) ?? loaded) : loaded;
  if ("commands" in command) return dispatch(`${program} ${name}`, command.commands, rest);
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(command.help);
    return exitCodes.ok;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    const what = `${program} ${name}`;
    process.stderr.write(rest.includes("--json") ? faultJson(what, error) : faultText(what, error));
    return error instanceof UsageError ? (command.usageCode ?? exitCodes.usage) : exitCodes.failed;
  }
}

function isListed({ commands }: CommandGroup, name: string | undefined): boolean {
  return commands.some((command) => command.name === name);
}

function unknown(program: string, commands: readonly ListedCommand[], name: string): string {
  const names = commands.map((command) => command.name);
  const isOption = name.startsWith("-");
  const known = isOption ? "" : didYouMean(name, names) || `; there are ${names.join(", ")}`;
  return `there is no ${isOption ? "option" : "command"} ${name}${ended(known)} See ${program} --help.`;
}

function overview(program: string, commands: readonly ListedCommand[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `Usage: ${program} COMMAND [OPTIONS]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}

${program} COMMAND --help tells more. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong, where its help says nothing else.
`;
}
