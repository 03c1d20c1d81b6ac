// flowfusion driver logs: what a driver said last.

import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion driver logs NAME [--json]

Prints the newest lines of a driver's log, oldest first. They are kept until the driver is changed or the gateway ends, and
are in the gateway's own log as well.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const driverLogsCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const name = onePositional(positionals, "NAME");
    const log = await gatewayClient(values).driverLogs(name);
    const lines = log.lines.map(({ at, level, message }) => `${at} ${level.padEnd(5)} ${message}\n`);
    process.stdout.write(values.json ? `${JSON.stringify(log)}\n` : lines.join(""));
    if (lines.length === 0)
      process.stderr.write(`driver ${name} has said nothing since it was put or the gateway started\n`);
    return exitCodes.ok;
  },
};
