// flowfusion recorder status: how much of what came in a gateway keeps.

import { type Command, exitCodes, noPositionals, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion recorder status [--json]

Tells how much of the tag updates that came in last the gateway keeps. It keeps the newest, in memory.

Options:
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`;

export const recorderStatusCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const { bytes, bytesMax, batches, skipped } = await gatewayClient(values).recorder();
    const lines = [
      `${number(batches)} batches, ${number(bytes)} of ${number(bytesMax)} bytes`,
      ...(skipped > 0 ? [`${number(skipped)} batches were too large to record`] : []),
    ];
    process.stdout.write(
      values.json ? `${JSON.stringify({ bytes, bytesMax, batches, skipped })}\n` : `${lines.join("\n")}\n`,
    );
    return exitCodes.ok;
  },
};

const number = (value: number): string => value.toLocaleString("en");
