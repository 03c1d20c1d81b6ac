// flowfusion doctor: what works, what does not, and what to do about it.

import { styleText } from "node:util";
import { type Command, exitCodes, noPositionals, readArguments } from "../command.ts";
import { type Finding, failure, type Verdict } from "../doctor/finding.ts";
import { checkGateway } from "../doctor/gateway.ts";
import { checkMachine } from "../doctor/machine.ts";
import { type GatewayValues, gatewayClient, gatewayOptions, gatewayOptionsHelp, hasToken } from "../gateway-client.ts";
import { inLine, printableAnswer } from "../printable.ts";

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
    const findings = [...(await checkMachine()), ...(values.local ? [] : await gatewayFindings(values))];
    const isWell = findings.every(({ verdict }) => verdict !== "failure");
    process.stdout.write(values.json ? `${JSON.stringify({ isWell, findings }, null, 2)}\n` : describe(findings));
    return isWell ? exitCodes.ok : exitCodes.failed;
  },
};

async function gatewayFindings(values: GatewayValues): Promise<Finding[]> {
  if (hasToken(values)) return checkGateway(gatewayClient(values));
  const remedy =
    "give --token, or set FLOWFUSION_TOKEN to what the gateway printed at its first start; or ask with --local";
  return [failure("gateway", "not asked: no token", remedy)];
}

function describe(found: readonly Finding[]): string {
  const findings = found.map(({ remedy, ...said }) => ({
    ...printableAnswer(said),
    remedies: remedy?.split("\n").map(inLine) ?? [],
  }));
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.flatMap(({ what, verdict, detail, remedies }) => [
    `${styleText(colours[verdict], marks[verdict])} ${what.padEnd(width)}  ${detail}`,
    ...remedies.map((line) => `  ${"".padEnd(width)}  → ${line}`),
  ]);
  return `${lines.join("\n")}\n`;
}
