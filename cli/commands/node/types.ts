// flowfusion node types: a manifest → a typed builder for Pulumi programs.

import path from "node:path";
import { readModule } from "@flowfusion/fusion";
import { type NodeManifest, parseManifest } from "@flowfusion/graph";
import { moduleBuilder } from "@flowfusion/sdk/builders";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { namingFile, readInput, writeOutput } from "../../files.ts";

const help = `Usage: flowfusion node types FILE.wasm|manifest.json [-o FILE.ts] [--asset PATH]

Writes a TypeScript function that makes the node in a Pulumi program, with its ports and properties as types, so that the
compiler refuses a wrong wire or property.

Options:
  -o, --output FILE  where to write it (default: standard output)
      --asset PATH   where the program finds the module, from its own folder (default: FILE.wasm as given, NAME.wasm for a
                     manifest)
  -h, --help         print this help
`;

export const typesCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      output: { type: "string", short: "o" },
      asset: { type: "string" },
    });
    const file = onePositional(positionals, "FILE.wasm");
    const isManifest = path.extname(file) === ".json";
    const manifest = await readManifest(file, isManifest);
    const text = moduleBuilder(manifest, values.asset ?? (isManifest ? `${manifest.name}.wasm` : file));
    if (values.output === undefined) process.stdout.write(text);
    else await writeOutput(values.output, new TextEncoder().encode(text));
    return exitCodes.ok;
  },
};

async function readManifest(file: string, isManifest: boolean): Promise<NodeManifest> {
  const bytes = await readInput(file);
  return namingFile(file, async () => (isManifest ? parseManifest(bytes) : (await readModule(bytes)).manifest));
}
