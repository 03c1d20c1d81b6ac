// flowfusion driver delete: stops a driver and forgets it.

import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { existingDriver, gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion driver delete NAME [--json]

Stops a driver and forgets it, with its secrets and what it kept between starts.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const driverDeleteCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const client = gatewayClient(values);
    const { name, generation } = await existingDriver(client, onePositional(positionals, "NAME"));
    await client.deleteDriver(name, { expected: generation });
    process.stdout.write(values.json ? `${JSON.stringify({ deleted: name })}\n` : `driver ${name} is deleted\n`);
    return exitCodes.ok;
  },
};
