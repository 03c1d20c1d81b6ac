// flowfusion dead-letters discard.

import { parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, parseCount, readArguments, UsageError } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion dead-letters discard FLOW (--id N ... | --all) [--json]

Throws dead letters away.

Options:
      --id N            a dead letter by its number, as list shows it; may be given several times
      --all             all that are kept
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help
`;

export const discardDeadLettersCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      id: { type: "string", multiple: true, default: [] },
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const flow = parseFlowName(onePositional(positionals, "FLOW"));
    if (values.all === values.id.length > 0) throw new UsageError("give either --id or --all");
    const ids = values.all ? undefined : values.id.map((id) => parseCount("--id", id));
    const discarded = await gatewayClient(values).discardDeadLetters(flow, ids);
    process.stdout.write(values.json ? `${JSON.stringify({ discarded })}\n` : `${discarded} discarded\n`);
    return exitCodes.ok;
  },
};
