// Writes docs/reference/commands.md from the help of every command: `node tools/docs/commands.ts`.

import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Command, commands, type ListedCommand } from "flowfusion/commands";

export const commandPagePath = "docs/reference/commands.md";

interface Told {
  /** `flowfusion driver list`. */
  readonly name: string;
  readonly summary: string;
  readonly help: string;
}

export async function commandPage(): Promise<string> {
  const told = await tell("flowfusion", commands);
  const rows = told.map(({ name, summary }) => `| [\`${name}\`](#${name.replaceAll(" ", "-")}) | ${summary} |`);
  const sections = told.flatMap(({ name, help }) => [`## ${name}`, "", "```text", help.trim(), "```", ""]);
  const lines = [
    ...["# The command line", ""],
    "Every command tells this itself with `--help`. Exit codes are 0 done, 1 it failed, 2 the arguments are wrong, where a command says nothing else.",
    "A command that runs until it is told to end (`gateway`, `top`, `trace --follow`) has done its work then: at Ctrl-C and SIGTERM it puts all in order and ends with 0.",
    ...["", "<!-- Generated from the commands' help by tools/docs/commands.ts -->", ""],
    ...["| command | what for |", "|---|---|", ...rows, "", ...sections],
  ];
  return `${lines.join("\n").trim()}\n`;
}

/** Groups are taken apart; what a group does by itself stands before its commands. */
async function tell(program: string, listed: readonly ListedCommand[]): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const { name, summary, load } of listed) {
    const full = `${program} ${name}`;
    const one = (command: Command): Told => ({ name: full, summary, help: command.help });
    const loaded = await load();
    if (!("commands" in loaded)) {
      told.push(one(loaded));
      continue;
    }
    if (loaded.load) told.push(one(await loaded.load()));
    told.push(...(await tell(full, loaded.commands)));
  }
  return told;
}

if (import.meta.main) {
  writeFileSync(join(dirname(dirname(import.meta.dirname)), commandPagePath), await commandPage());
}
