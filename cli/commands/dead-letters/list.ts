// flowfusion dead-letters list: which messages a flow died of, where and why.

import { type DeadLetter, whyOf } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const help = `Usage: flowfusion dead-letters list FLOW [--json]

Shows the messages that the flow died of, oldest first. The gateway keeps the last 100 of a flow, 256 KiB at most.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document for each
  -h, --help            print this help
`;

export const listDeadLettersCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const flow = parseFlowName(onePositional(positionals, "FLOW"));
    const client = gatewayClient(values);
    const letters: DeadLetter[] = [];
    for (let after: string | undefined = "0"; after !== undefined; ) {
      const page = await client.deadLetters(flow, { after, limit: 200 });
      letters.push(...page.items);
      after = page.next;
    }
    const lines = values.json ? letters.map((letter) => JSON.stringify(letter)) : table(letters);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return exitCodes.ok;
  },
};

function table(letters: readonly DeadLetter[]): readonly string[] {
  if (letters.length === 0) return ["No dead letters."];
  return tableLines([
    ["id", "at", "node", "cause", "message"],
    ...letters.map(({ id, at, node, port, cause, detail, message, messageBytes }) => [
      ...[id, at, port === undefined ? node : `${node}.${port}`, whyOf({ cause, detail })],
      message === undefined ? `${messageBytes} bytes` : JSON.stringify(message),
    ]),
  ]);
}
