// flowfusion driver restart: stops a driver's process and starts it anew.

import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion driver restart NAME

Stops a driver's process and starts it anew, with the same configuration.

Options:
${gatewayOptionsHelp}
  -h, --help            print this help
`;

export const driverRestartCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, gatewayOptions);
    const { name, state } = await gatewayClient(values).restartDriver(onePositional(positionals, "NAME"));
    process.stdout.write(`driver ${name}: ${state}\n`);
    return exitCodes.ok;
  },
};
