// flowfusion connection delete: forgets a connection and its secrets.

import { FlowFusionError } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion connection delete NAME [--json]

Forgets a connection and its secrets. Refused while a flow names it, in the version that runs or in one that a trial may go back to.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const connectionDeleteCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const client = gatewayClient(values);
    const name = onePositional(positionals, "NAME");
    const connection = await client.getConnection(name);
    if (connection === undefined)
      throw new FlowFusionError("FF_API_NOT_FOUND", `${client.endpoint} has no connection ${name}`);
    await client.deleteConnection(name, { expected: connection.generation });
    process.stdout.write(values.json ? `${JSON.stringify({ deleted: name })}\n` : `connection ${name} is deleted\n`);
    return exitCodes.ok;
  },
};
