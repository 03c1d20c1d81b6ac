// The wasmtime of this machine, for compiling ahead of time: its command line, or else its Python package.

import { delimiter, join } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { findProgram, runProgram, wasmtimeFolder, wasmtimeVersion, withScratch } from "@flowfusion/nodekit-toolchains";
import { readInput, writeOutput } from "./files.ts";

interface Wasmtime {
  readonly version: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments that compile the module `input` to `output`. */
  compile(input: string, output: string): readonly string[];
}

const printVersion = "import importlib.metadata, wasmtime; print(importlib.metadata.version('wasmtime'))";
const compileModule = `import sys, wasmtime
with open(sys.argv[1], "rb") as module, open(sys.argv[2], "wb") as compiled:
    compiled.write(wasmtime.Module(wasmtime.Engine(), module.read()).serialize())`;

/** Compiles for this machine; gives the version of wasmtime that did. Throws a FlowFusionError `FF_CLI_WASMTIME`. */
export async function compileAhead(wasm: Uint8Array): Promise<{ compiled: Uint8Array; version: string }> {
  const wasmtime = (await commandLine()) ?? (await pythonPackage());
  if (wasmtime === undefined) {
    const remedy = `install it from wasmtime.dev, or run \`pip install wasmtime==${wasmtimeVersion}\``;
    throw new FlowFusionError("FF_CLI_WASMTIME", `no wasmtime was found, neither on PATH nor in python3: ${remedy}`);
  }
  return withScratch(async (folder) => {
    const [input, output] = [join(folder, "flow.wasm"), join(folder, "flow.cwasm")];
    await writeOutput(input, wasm);
    const args = wasmtime.compile(input, output);
    const { code, output: said } = await runProgram(wasmtime.program, args, { cwd: folder, env: wasmtime.env });
    if (code === 0) return { compiled: await readInput(output), version: wasmtime.version };
    throw new FlowFusionError(
      "FF_CLI_WASMTIME",
      `wasmtime ${wasmtime.version} ended with exit code ${code}:\n${said.trimEnd()}`,
    );
  });
}

async function commandLine(): Promise<Wasmtime | undefined> {
  const program = findProgram("wasmtime");
  const version = program && (await answerOf(program, ["--version"], {}));
  if (!program || !version) return undefined;
  return {
    ...{ program, env: {}, version: version.replace(/^wasmtime(-cli)? /, "") },
    compile: (input, output) => ["compile", input, "-o", output],
  };
}

async function pythonPackage(): Promise<Wasmtime | undefined> {
  const program = findProgram("python3");
  if (program === undefined) return undefined;
  const env = { PYTHONPATH: [process.env.PYTHONPATH ?? "", wasmtimeFolder()].filter(Boolean).join(delimiter) };
  const version = await answerOf(program, ["-c", printVersion], env);
  return version === undefined
    ? undefined
    : { program, env, version, compile: (input, output) => ["-c", compileModule, input, output] };
}

/** What the program prints; undefined when it fails. */
async function answerOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { code, output } = await runProgram(program, args, { cwd: process.cwd(), env });
  return code === 0 ? output.trim() : undefined;
}
