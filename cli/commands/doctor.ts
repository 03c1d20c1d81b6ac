// flowfusion doctor: what works, what does not, and what to do about it.

import { styleText } from "node:util";
import { type Command, exitCodes, noPositionals, readArguments } from "../command.ts";
import type { Finding, Verdict } from "../doctor/finding.ts";
import { checkGateway } from "../doctor/gateway.ts";
import { checkMachine } from "../doctor/machine.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";

const help = `Usage: flowfusion doctor [--local] [--json]

Checks what this machine has, and how the gateway fares: whether it is reached, which flows and sinks are unwell, what was dropped.
Says for each what to do. Changes nothing.

Options:
      --local           check this machine alone, not a gateway
      --json            print one JSON document
${gatewayOptionsHelp}
  -h, --help            print this help

Exit code 1 when something does not work; warnings do not count.
`;

const marks: { readonly [verdict in Verdict]: string } = { ok: "✓", warning: "!", failure: "✗" };
const colours = { ok: "green", warning: "yellow", failure: "red" } as const;

export const doctorCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      local: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const client = values.local ? undefined : gatewayClient(values);
    const findings = [...(await checkMachine()), ...(client ? await checkGateway(client) : [])];
    const isWell = findings.every(({ verdict }) => verdict !== "failure");
    process.stdout.write(values.json ? `${JSON.stringify({ isWell, findings }, null, 2)}\n` : describe(findings));
    return isWell ? exitCodes.ok : exitCodes.failed;
  },
};

function describe(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.flatMap(({ what, verdict, detail, remedy }) => [
    `${styleText(colours[verdict], marks[verdict])} ${what.padEnd(width)}  ${detail}`,
    ...(remedy === undefined ? [] : [`  ${"".padEnd(width)}  → ${remedy}`]),
  ]);
  return `${lines.join("\n")}\n`;
}
