// flowfusion drift: whether gateways still run what the stack says, for a schedule.

import { type Command, exitCodes, noPositionals, readArguments } from "../command.ts";
import { readPlan } from "../pulumi/plan.ts";
import { pulumiJson, pulumiOptions, pulumiOptionsHelp } from "../pulumi/run.ts";
import { planLines } from "../pulumi/text.ts";

const exitCodeDrift = 2;

const help = `Usage: flowfusion drift [--json] [-C FOLDER] [-s STACK]

Asks the gateways of a stack what they run, and shows which nodes, wires and properties differ from what the stack last deployed, who
changed them and when. Changes nothing; \`pulumi refresh\` takes the difference into the state, \`pulumi up\` puts it right.

Options:
      --json            as JSON
${pulumiOptionsHelp}
  -h, --help            print this help

The JSON is {"hasDrift", "flows": [{"name", "change", "changed": {"by", "via", "at", "generation"}, "properties", "parts", "notes"}]}; each part is
{"kind": "node" or "wire", "name", "change", "properties": [{"path", "before", "after"}]}.

Exit code 0 when nothing differs, ${exitCodeDrift} when something does, 1 when it cannot be told.
`;

export const driftCommand: Command = {
  help,
  // A schedule must not take a mistyped option for drift.
  usageCode: exitCodes.failed,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...pulumiOptions,
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    const flows = readPlan(await pulumiJson(["refresh", "--preview-only"], values));
    if (values.json) process.stdout.write(`${JSON.stringify({ hasDrift: flows.length > 0, flows }, null, 2)}\n`);
    else process.stdout.write(`${(flows.length > 0 ? planLines(flows) : ["No drift."]).join("\n")}\n`);
    return flows.length > 0 ? exitCodeDrift : exitCodes.ok;
  },
};
