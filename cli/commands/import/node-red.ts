// flowfusion import node-red: flows of Node-RED as a Pulumi program, and what of them is still to do.

import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { programDependencies } from "@flowfusion/sdk/program";
import { type Command, onePositional, readArguments, UsageError } from "../../command.ts";
import { namingFile, readJson, writeOutput } from "../../files.ts";
import { type Conversion, convert } from "../../node-red/convert.ts";
import { readExport } from "../../node-red/export.ts";
import { countsOf, reportLines } from "../../node-red/report.ts";

const help = `Usage: flowfusion import node-red FLOWS.json [-o FOLDER [--force]] [--json]

Writes flows that Node-RED exported as a Pulumi program in TypeScript: a flow for each tab, sub-flows as functions of the SDK.
What has no counterpart stands in the program as a place marked TODO, with its reason, that lets nothing pass; and the report
names each such node, and each that behaves differently. Nothing is sent anywhere.

Options:
  -o, --output FOLDER   make a project there: the program, Pulumi.yaml, package.json. Without it the program is printed
      --force           write over files that are there
      --json            the report as JSON on standard output; needs --output
  -h, --help            print this help

Exit code 0 when all was taken over, 3 when something is to do, 1 when the file is no export.
`;

/** Written, with places to fill in. */
const toDoExitCode = 3;

export const nodeRedCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      output: { type: "string", short: "o" },
      force: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const file = onePositional(positionals, "FLOWS.json");
    if (values.json && values.output === undefined) throw new UsageError("--json needs --output FOLDER");
    if (values.force && values.output === undefined) throw new UsageError("--force needs --output FOLDER");
    const document = await readJson(file);
    const red = await namingFile(file, async () => readExport(document));
    const conversion = await convert(red, await builtinCatalog());
    if (conversion.flows.length === 0)
      throw new FlowFusionError("FF_IMPORT_NODE_RED", `${file}: it has no node that could be taken over`);
    const files = values.output === undefined ? [] : await writeProject(values.output, conversion, values.force);
    if (values.output === undefined) process.stdout.write(conversion.text);
    const report = reportLines(conversion).join("\n");
    if (values.json) process.stdout.write(`${JSON.stringify(documentOf(conversion, files), null, 2)}\n`);
    else if (values.output === undefined) process.stderr.write(`${report}\n`);
    else process.stdout.write(`${report}\n\n${nextSteps(values.output, files, countsOf(conversion.findings).todo)}\n`);
    return countsOf(conversion.findings).todo > 0 ? toDoExitCode : 0;
  },
};

function documentOf({ flows, drivers, findings, notes }: Conversion, files: readonly string[]): object {
  const of = (fate: string) => findings.filter((finding) => finding.fate === fate).map(({ fate: _, ...rest }) => rest);
  return {
    ...{ files, flows, drivers },
    mapped: countsOf(findings).mapped,
    different: of("different"),
    todo: of("todo"),
    leftOut: of("left out"),
    notes,
  };
}

async function writeProject(folder: string, { text }: Conversion, force: boolean): Promise<string[]> {
  const name = path.basename(path.resolve(folder)).replaceAll(/[^\w.-]/g, "-");
  const contents: Record<string, string> = {
    "index.ts": text,
    "Pulumi.yaml": projectText(name),
    "package.json": `${JSON.stringify(packageOf(name), null, 2)}\n`,
  };
  const files = Object.keys(contents).map((file) => path.join(folder, file));
  for (const file of files) {
    if (!force && (await stat(file).catch(() => undefined)) !== undefined)
      throw new FlowFusionError("FF_CLI_FILE", `${file}: is there already; --force writes over it`);
  }
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(contents))
    await writeOutput(path.join(folder, file), new TextEncoder().encode(content));
  return files;
}

const packageOf = (name: string) => ({
  name: name.toLowerCase(),
  private: true,
  type: "module",
  dependencies: programDependencies,
});

const projectText = (name: string): string => `name: ${name}
description: Flows that came from Node-RED
main: index.ts
runtime:
  name: nodejs
  options:
    # Node.js 24 runs the TypeScript as it is.
    typescript: false
plugins:
  providers:
    - name: flowfusion
      path: node_modules/@flowfusion/provider/bin
config:
  endpoint:
    type: string
    description: Where the gateway listens, as \`flowfusion gateway\` prints it
  token:
    type: string
    secret: true
    description: The token that it prints
`;

function nextSteps(folder: string, files: readonly string[], todos: number): string {
  return [
    `Written: ${files.join(", ")}`,
    `Next:    cd ${folder} && npm install${todos === 0 ? "" : ", look for TODO in index.ts"}`,
    "         pulumi stack init dev, pulumi config set endpoint URL and --secret token TOKEN, then pulumi preview",
  ].join("\n");
}
