// flowfusion dead-letters replay.

import { parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, parseCount, readArguments, UsageError } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";

const help = `Usage: flowfusion dead-letters replay FLOW (--id N ... | --all) [--json]

Gives dead letters to the flow once more. What it dies of again is a dead letter anew.

Options:
      --id N            a dead letter by its number, as list shows it; may be given several times
      --all             all that are kept
${gatewayOptionsHelp}
      --json            print one JSON line
  -h, --help            print this help

Exit code 1 when the flow died of one again, or one cannot be replayed.
`;

export const replayDeadLettersCommand: Command = {
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
    const { replayed, deadAgain, refused } = await gatewayClient(values).replayDeadLetters(flow, ids);
    const lines = [
      `${replayed} replayed, ${deadAgain} of them dead again`,
      ...refused.map(({ id, why }) => `${id} stays: ${why}`),
    ];
    process.stdout.write(
      values.json ? `${JSON.stringify({ replayed, deadAgain, refused })}\n` : `${lines.join("\n")}\n`,
    );
    return deadAgain + refused.length > 0 ? exitCodes.failed : exitCodes.ok;
  },
};
