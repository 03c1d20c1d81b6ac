// flowfusion deployments show: one deploy, event by event.

import type { Deployment, DeploymentEvent, GatewayClient } from "@flowfusion/client";
import { FlowFusionError } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../../command.ts";
import { allDeployments } from "../../deployments.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../../gateway-client.ts";
import { printableAnswer } from "../../printable.ts";

const help = `Usage: flowfusion deployments show ID [--follow] [--json]

Tells what happened in a deploy, and what became of it. ID is as list shows it; as much of it as no other begins with is enough.

Options:
      --follow          wait for what is still to happen, up to the end of the trial
${gatewayOptionsHelp}
      --json            print one JSON document; with --follow one line for each event
  -h, --help            print this help

Exit code 1 when it failed, was rolled back, or ended before it was known to be healthy; with --follow, 0 for a healthy one alone.
`;

export const showDeploymentCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      follow: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const id = onePositional(positionals, "ID");
    const client = gatewayClient(values);
    const deployment = await find(client, id);
    const write = (text: string) => process.stdout.write(`${text}\n`);
    if (values.json && !values.follow) {
      write(JSON.stringify(deployment));
      return codeOf(deployment.phase, false);
    }
    if (!values.json) write(heading(printableAnswer(deployment)));
    let { phase } = deployment;
    for await (const event of values.follow ? client.followDeployment(deployment.id) : deployment.events) {
      ({ phase } = event);
      write(values.json ? JSON.stringify(event) : line(printableAnswer(event)));
    }
    return codeOf(phase, values.follow);
  },
};

async function find(client: GatewayClient, beginning: string): Promise<Deployment> {
  const found = (await allDeployments(client)).filter(({ id }) => id.startsWith(beginning));
  const [only, ...others] = found;
  if (only === undefined)
    throw new FlowFusionError(
      "FF_API_NOT_FOUND",
      `there is no deploy ${beginning} on ${client.endpoint}; \`flowfusion deployments list\` shows those that are kept`,
    );
  if (others.length > 0) throw new UsageError(`${found.length} deploys begin with ${beginning}; give more of the id`);
  return only;
}

function heading({ id, flow, action, artefact, by, via }: Deployment): string {
  return `${action} of ${flow} by ${by}, ${via}${artefact === undefined ? "" : `: ${artefact}`}\n${id}\n`;
}

function line({ at, phase, text, step, code }: DeploymentEvent): string {
  const where = [step, code].filter((part) => part !== undefined).join(", ");
  return `${at}  ${phase.padEnd(11)}  ${text}${where === "" ? "" : ` [${where}]`}`;
}

/** Who followed one to its end wants to know whether it came to a good one. */
function codeOf(phase: Deployment["phase"], isFollowed: boolean): number {
  const isUnderWay = phase === "deploying" || phase === "on_trial";
  return phase === "healthy" || (isUnderWay && !isFollowed) ? exitCodes.ok : exitCodes.failed;
}
