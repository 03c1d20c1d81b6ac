// flowfusion version: which release this is.

import { type Command, exitCodes, noPositionals, readArguments } from "../command.ts";
import cliPackage from "../package.json" with { type: "json" };

const help = `Usage: flowfusion version [--json]
       flowfusion --version

Prints the version of this command. flowfusion doctor compares it with a gateway's.

Options:
      --json   print {"version"}
  -h, --help   print this help
`;

export const versionCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, { json: { type: "boolean", default: false } });
    noPositionals(positionals);
    const { version } = cliPackage;
    process.stdout.write(`${values.json ? JSON.stringify({ version }) : version}\n`);
    return exitCodes.ok;
  },
};
