// flowfusion preview: what an up would change, flow by flow, for people and for pull requests.

import { type Command, exitCodes, noPositionals, readArguments, UsageError } from "../command.ts";
import { markdownOf } from "../pulumi/markdown.ts";
import { readPlan } from "../pulumi/plan.ts";
import { pulumiJson, pulumiOptions, pulumiOptionsHelp } from "../pulumi/run.ts";
import { planLines } from "../pulumi/text.ts";

const help = `Usage: flowfusion preview [--markdown | --json] [-C FOLDER] [-s STACK]

Runs \`pulumi preview\` and shows what would change in flows alone: nodes, wires and properties, and what the change would have done
with the tag updates that the gateway recorded last.

Options:
      --markdown        as Markdown, for a comment on a pull request
      --json            as JSON
${pulumiOptionsHelp}
  -h, --help            print this help
`;

export const previewCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...pulumiOptions,
      markdown: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    noPositionals(positionals);
    if (values.markdown && values.json) throw new UsageError("--markdown or --json, not both");
    const flows = readPlan(await pulumiJson(["preview"], values));
    if (values.markdown) process.stdout.write(markdownOf(flows));
    else if (values.json) process.stdout.write(`${JSON.stringify({ flows }, null, 2)}\n`);
    else process.stdout.write(`${(flows.length > 0 ? planLines(flows) : ["No flow changes."]).join("\n")}\n`);
    return exitCodes.ok;
  },
};
