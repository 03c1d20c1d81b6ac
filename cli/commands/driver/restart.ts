// flowfusion driver restart: stops a driver's process and starts it anew.

import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion driver restart NAME [--json]

Stops a driver's process and starts it anew, with the same configuration.

Options:
${gatewayOptionsHelp}
      --json            print its status as one JSON document
  -h, --help            print this help
`;

export const driverRestartCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const status = await gatewayClient(values).restartDriver(onePositional(positionals, "NAME"));
    process.stdout.write(values.json ? `${JSON.stringify(status)}\n` : `driver ${status.name}: ${status.state}\n`);
    return exitCodes.ok;
  },
};
