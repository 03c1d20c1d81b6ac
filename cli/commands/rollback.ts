// flowfusion rollback: an earlier version of a flow runs again, as the next generation.

import type { FlowStatus, FlowVersion } from "@flowfusion/client";
import { FlowFusionError, parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, parseCount, readArguments } from "../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";

const help = `Usage: flowfusion rollback FLOW [--to GENERATION] [--json]

Deploys an earlier version of a flow anew, with the state that the flow has, and puts it on trial as every deploy.
A program that deployed the flow learns of it by pulumi refresh; its next up deploys what the program says.

Options:
      --to GENERATION   the version to go back to, as \`flowfusion deployments list FLOW\` shows it (default: the one before
                        the version that runs; each time further back)
${gatewayOptionsHelp}
      --json            print one JSON line: what runs now, and "rolledBackTo"
  -h, --help            print this help
`;

export const rollbackCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      to: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const flow = parseFlowName(onePositional(positionals, "FLOW"));
    const to = values.to === undefined ? undefined : parseCount("--to", values.to);
    const client = gatewayClient(values);
    const before = await client.getFlow(flow);
    if (before === undefined) throw new FlowFusionError("FF_API_NOT_FOUND", `${client.endpoint} has no flow ${flow}`);
    const expected = before.generation;
    const now = await client.rollBack(flow, { expected, ...(to !== undefined && { generation: to }) });
    const version = await client.version(flow, now.generation);
    process.stdout.write(values.json ? json(now, version) : told(before, now, version));
    return exitCodes.ok;
  },
};

function json(now: FlowStatus, { rolledBackTo }: FlowVersion): string {
  return `${JSON.stringify({ ...now, rolledBackTo })}\n`;
}

function told(before: FlowStatus, now: FlowStatus, { rolledBackTo }: FlowVersion): string {
  const follow =
    now.deployment === undefined
      ? ""
      : `Its trial: flowfusion deployments show ${now.deployment.slice(0, 8)} --follow\n`;
  return `${now.name} went from generation ${before.generation} back to what generation ${rolledBackTo} was; it runs as generation ${now.generation}\n${follow}`;
}
