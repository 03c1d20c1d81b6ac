// flowfusion compile: a fused flow → machine code for a host that is no gateway.

import { defaultFlowLimits, meter, readArtefact } from "@flowfusion/fusion";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../command.ts";
import { namingFile, readInput, writeOutput } from "../files.ts";
import { compileAhead } from "../wasmtime.ts";

const help = `Usage: flowfusion compile FLOW.wasm --target cwasm [-o FLOW.cwasm] [--unmetered] [--json]

Compiles a fused flow ahead of time, for a host that runs wasmtime. It takes the wasmtime of this machine: the program on
PATH, or the package of python3. The result runs with the same version of wasmtime on the same kind of processor.

The flow is metered, as a gateway meters it when it loads it: the host sets the global ff_fuel before each call, or the flow
traps at once. A gateway needs no compiled flow; it takes FLOW.wasm.

Options:
      --target TARGET  cwasm, the one there is
  -o, --output FILE    where to write the result (default: FLOW.cwasm beside FLOW.wasm)
      --unmetered      without the bound on fuel: an endless loop in a node hangs the host
      --json           print the result as one JSON line
  -h, --help           print this help
`;

const targets = ["cwasm"];

export const compileCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      target: { type: "string" },
      output: { type: "string", short: "o" },
      unmetered: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const path = onePositional(positionals, "FLOW.wasm");
    const { target } = values;
    if (target === undefined) throw new UsageError(`--target is missing: ${targets.join(", ")}`);
    if (!targets.includes(target)) throw new UsageError(`--target ${target}: ${targets.join(", ")} expected`);
    const output = values.output ?? `${path.replace(/\.wasm$/, "")}.${target}`;
    const wasm = await namingFile(path, async () => flowIn(await readInput(path), values.unmetered));
    const { compiled, version } = await compileAhead(wasm);
    await writeOutput(output, compiled);
    const result = { output, target, wasmtime: version, metered: !values.unmetered, sizeBytes: compiled.length };
    const { arch, platform } = process;
    process.stdout.write(
      values.json
        ? `${JSON.stringify(result)}\n`
        : `${output}: ${compiled.length} bytes for wasmtime ${version} on ${platform} ${arch}\n`,
    );
    return exitCodes.ok;
  },
};

function flowIn(wasm: Uint8Array, isUnmetered: boolean): Uint8Array {
  readArtefact(wasm);
  const metered = meter(wasm, defaultFlowLimits);
  return isUnmetered ? wasm : metered;
}
