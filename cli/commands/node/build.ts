// flowfusion node build: a node's folder → one module that can be fused.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { packModule } from "@flowfusion/fusion";
import { buildFolder, openNodeFolder } from "@flowfusion/nodekit-toolchains";
import { type Command, exitCodes, optionalPositional, readArguments } from "../../command.ts";
import { durationText } from "../../duration.ts";
import { namingFile, writeOutput } from "../../files.ts";
import { modulePath } from "../../node/paths.ts";

const help = `Usage: flowfusion node build [FOLDER] [-o FILE.wasm] [--verbose] [--json]

Compiles the node in FOLDER (default: the current one), puts its manifest into the module, reduces a component to its core
module, and checks the result as a flow would. The language is known by the files: node.ts, node.c, node.zig, go.mod or
Cargo.toml beside manifest.json.

Options:
  -o, --output FILE  where to write the module (default: FOLDER/dist/NAME.wasm)
      --verbose      print what the compiler prints
      --json         print the result as one JSON line
  -h, --help         print this help
`;

export const buildCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      output: { type: "string", short: "o" },
      verbose: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const folder = await openNodeFolder(optionalPositional(positionals, "FOLDER", "."));
    const began = performance.now();
    const built = await buildFolder(folder, values.verbose ? (line) => process.stderr.write(`${line}\n`) : undefined);
    const module = await namingFile(folder.path, () => packModule(built, folder.manifestText));
    const output = values.output ?? modulePath(folder.path, folder.manifest.name);
    await mkdir(path.dirname(output), { recursive: true });
    await writeOutput(output, module.wasm);
    const buildMs = Math.round(performance.now() - began);
    const { digest, wasm } = module;
    const summary = {
      output,
      name: folder.manifest.name,
      language: folder.language.name,
      digest,
      sizeBytes: wasm.length,
      buildMs,
    };
    process.stdout.write(
      values.json
        ? `${JSON.stringify(summary)}\n`
        : `${output}: ${wasm.length} bytes, built from ${folder.language.title} in ${durationText(buildMs)}\n${digest}\n`,
    );
    return exitCodes.ok;
  },
};
