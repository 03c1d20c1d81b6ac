// flowfusion node pack: a module or component from any toolchain → a module that can be fused.

import { packModule } from "@flowfusion/fusion";
import { type Command, exitCodes, onePositional, readArguments } from "../../command.ts";
import { namingFile, readInput, writeOutput } from "../../files.ts";

const help = `Usage: flowfusion node pack FILE.wasm [-m manifest.json] [-o OUTPUT.wasm] [--json]

Makes a module complete: reduces a component of the node world to its core module, puts the manifest into it, or checks
the one that it has, and checks the result as a flow would.

Options:
  -m, --manifest FILE  the manifest, in place of one in the module
  -o, --output FILE    where to write the result (default: over FILE.wasm)
      --json           print the result as one JSON line
  -h, --help           print this help
`;

export const packCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      manifest: { type: "string", short: "m" },
      output: { type: "string", short: "o" },
      json: { type: "boolean", default: false },
    });
    const path = onePositional(positionals, "FILE.wasm");
    const [wasm, manifest] = await Promise.all([readInput(path), values.manifest && readInput(values.manifest)]);
    const text = manifest ? new TextDecoder().decode(manifest) : undefined;
    const module = await namingFile(path, () => packModule(wasm, text));
    const output = values.output ?? path;
    await writeOutput(output, module.wasm);
    const { name, version } = module.manifest;
    const summary = { output, name, version, digest: module.digest, sizeBytes: module.wasm.length };
    process.stdout.write(
      values.json
        ? `${JSON.stringify(summary)}\n`
        : `${output}: ${name} ${version}, ${module.wasm.length} bytes\n${module.digest}\n`,
    );
    return exitCodes.ok;
  },
};
