// flowfusion deployments list: what became of the last deploys, one a line.

import type { Deployment } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, optionalPositional, readArguments } from "../../command.ts";
import { allDeployments, shortId } from "../../deployments.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { tableLines } from "../../table.ts";

const help = `Usage: flowfusion deployments list [FLOW] [--json]

Shows the last deploys of a gateway, or of one of its flows, newest first: by whom, with what, and what became of them. The
gateway keeps 200.

Options:
${gatewayOptionsHelp}
      --json            print one JSON document
  -h, --help            print this help
`;

export const listDeploymentsCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      json: { type: "boolean", default: false },
    });
    const name = optionalPositional(positionals, "FLOW", "");
    const flow = name === "" ? undefined : parseFlowName(name);
    const all = await allDeployments(gatewayClient(values));
    const shown = all.filter((deployment) => flow === undefined || deployment.flow === flow);
    process.stdout.write(values.json ? `${JSON.stringify(shown)}\n` : `${table(shown).join("\n")}\n`);
    return exitCodes.ok;
  },
};

function table(deployments: readonly Deployment[]): readonly string[] {
  if (deployments.length === 0) return ["No deploys."];
  const rows = deployments.map(({ id, flow, action, by, via, phase, events }) => {
    const generation = events.findLast((event) => event.generation !== undefined)?.generation;
    const { at = "", text = "" } = events.at(-1) ?? {};
    return [shortId(id), at, flow, action, generation ?? "", `${by}, ${via}`, phase, text];
  });
  return tableLines([["id", "at", "flow", "what", "generation", "by", "state", ""], ...rows], [4]);
}
