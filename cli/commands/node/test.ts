// flowfusion node test: a node against a table of inputs and expected outputs, offline.

import { existsSync } from "node:fs";
import { defaultFlowLimits, readModule } from "@flowfusion/fusion";
import { FlowFusionError } from "@flowfusion/graph";
import { openNodeFolder } from "@flowfusion/nodekit-toolchains";
import { type Command, exitCodes, optionalPositional, parseCount, readArguments } from "../../command.ts";
import { namingFile, readInput, readJson } from "../../files.ts";
import { modulePath, tablePath } from "../../node/paths.ts";
import { type CaseResult, runTable } from "../../node/run-table.ts";
import { readTable } from "../../node/table.ts";

const defaultFuel = defaultFlowLimits.fuelBurst + defaultFlowLimits.fuelPerMessage;

const help = `Usage: flowfusion node test [FOLDER] [--module FILE.wasm] [--table TABLE.json] [--fuel N] [--json]

Runs a node against a table of inputs and expected outputs, without a gateway, and shows where it did something else. Exit
code 1 when it did. The node has the memory and, unless --fuel says otherwise, the fuel that a gateway gives it by default, so
an endless loop is a failure too; --json tells the fuel that each case's dearest step took.

The table has cases, and a case has steps, each with what it must bring about:

  { "cases": [{
      "title": "means over two values",
      "props": { "size": 2 },
      "steps": [
        { "in": { "value": 1 }, "out": [{ "value": 1 }] },
        "restart",
        { "in": { "topic": "a", "value": 3 }, "out": [{ "topic": "a", "value": 2 }] },
        { "tick": 1000, "out": [] } ] },
    { "title": "refuses a size of 0", "props": { "size": 0 }, "refused": "size" }] }

A message has port, topic, timestampNs, quality (good, uncertain, bad) and value: a float64 as a number, text, a boolean,
null, { "int64": "5" } or { "bytes": "AAE=" }. Of an expected message only what is given is compared. "restart" saves the
state, starts the node anew and loads it.

Options:
      --module FILE  the module (default: FOLDER/dist/NAME.wasm, as node build writes it)
      --table FILE   the table (default: FOLDER/node.test.json)
      --fuel N       fuel for one message (default: ${defaultFuel}); twenty times as much for configure and state
      --json         print the results as JSON
  -h, --help         print this help
`;

export const testCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      module: { type: "string" },
      table: { type: "string" },
      fuel: { type: "string", default: String(defaultFuel) },
      json: { type: "boolean", default: false },
    });
    const fuel = { fuelBurst: parseCount("--fuel", values.fuel), fuelPerMessage: 0 };
    const folder = optionalPositional(positionals, "FOLDER", ".");
    const wasmPath = values.module ?? (await builtModule(folder));
    const module = await namingFile(wasmPath, async () => readModule(await readInput(wasmPath)));
    const table = values.table ?? tablePath(folder);
    const cases = await namingFile(table, async () => readTable(await readJson(table), module.manifest));
    const results = runTable(module, cases, fuel);
    const failed = results.filter(({ failure }) => failure !== undefined).length;
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ module: wasmPath, passed: results.length - failed, failed, cases: results }, null, 2)}\n`
        : `${results.map(describe).join("")}${results.length - failed} passed, ${failed} failed\n`,
    );
    return failed === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

async function builtModule(folder: string): Promise<string> {
  const path = modulePath(folder, (await openNodeFolder(folder)).manifest.name);
  if (existsSync(path)) return path;
  throw new FlowFusionError("FF_CLI_FILE", `${path} is not there; run flowfusion node build ${folder} first`);
}

function describe({ title, failure }: CaseResult): string {
  if (!failure) return `✓ ${title}\n`;
  const { step, message, expected, actual } = failure;
  const where = step === 0 ? "at configure" : `at step ${step}`;
  if (message !== undefined) return `✗ ${title}\n    ${where}: ${message.replaceAll("\n", "\n    ")}\n`;
  return [
    `✗ ${title}`,
    `    ${where}: ${expected.length} emissions expected (-), ${actual.length} came (+)`,
    ...difference(expected, actual),
    "",
  ].join("\n");
}

/** Line by line, in the order of the emissions; equal ones stand once. */
function difference(expected: readonly object[], actual: readonly object[]): string[] {
  const lines: string[] = [];
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const [wanted, came] = [expected[index], actual[index]].map((message) => message && JSON.stringify(message));
    if (wanted === came) lines.push(`        ${wanted}`);
    else {
      if (wanted !== undefined) lines.push(`      - ${wanted}`);
      if (came !== undefined) lines.push(`      + ${came}`);
    }
  }
  return lines;
}
