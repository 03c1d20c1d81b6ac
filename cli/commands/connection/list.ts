// flowfusion connection list: connections and where they lead, one a line.

import type { ConnectionInfo } from "@flowfusion/client";
import { type Command, exitCodes, noPositionals, readArguments } from "../../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const help = `Usage: flowfusion connection list [--json]

Lists the connections of a gateway: where sinks may send to, as whom, and which secrets it has for that; never what they are.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const connectionListCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const { items } = await gatewayClient(values).listConnections();
    process.stdout.write(values.json ? `${JSON.stringify(items)}\n` : `${describe(items).join("\n")}\n`);
    return exitCodes.ok;
  },
};

function describe(connections: readonly ConnectionInfo[]): string[] {
  if (connections.length === 0) return ["no connections"];
  const rows = connections.map(({ name, kind, url, username, secrets, generation }) => [
    ...[name, kind, url, username ?? "", secrets.join(", "), generation],
  ]);
  return tableLines([["connection", "kind", "url", "user", "secrets", "generation"], ...rows]);
}
