// binaryen's command-line tools, run as child processes: the caller's event loop stays free, and a linker that dies
// takes nobody with it. The tools are WebAssembly run by Node, so they give the same bytes on every machine.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { FlowFusionError } from "@flowfusion/graph";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const outputBytesMax = 16 * 1024 * 1024;

/** Everything that node modules and glue may use; see the accepted features in docs/architecture. */
const features = [
  "--enable-multimemory",
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-reference-types",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-sign-ext",
  "--enable-nontrapping-float-to-int",
  "--enable-simd",
];

export interface LinkInput {
  /** What imports call the module. */
  readonly name: string;
  /** A binary, or WebAssembly text. */
  readonly content: Uint8Array | string;
}

/**
 * Links modules into one, imports resolved by module name, and optimises the result. Only `exports` stay exported.
 */
export async function linkModules(
  inputs: readonly LinkInput[],
  keepExports: (linked: Uint8Array) => Uint8Array,
): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(tmpdir(), "flowfusion-link-"));
  try {
    const file = (name: string) => path.join(folder, name);
    const named = inputs.map(({ name, content }) => ({
      name,
      content,
      file: `${name}${typeof content === "string" ? ".wat" : ".wasm"}`,
    }));
    await Promise.all(named.map((input) => writeFile(file(input.file), input.content)));
    const arguments_ = named.flatMap((input) => [input.file, input.name]);
    await runTool("wasm-merge", [...arguments_, "-o", "linked.wasm", "--rename-export-conflicts", ...features], folder);
    await writeFile(file("linked.wasm"), keepExports(await readFile(file("linked.wasm"))));
    await runTool("wasm-opt", ["linked.wasm", "-O3", "-o", "optimised.wasm", ...features], folder);
    return await readFile(file("optimised.wasm"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runTool(tool: string, arguments_: readonly string[], cwd: string): Promise<void> {
  const script = require.resolve(`binaryen/bin/${tool}`);
  try {
    await run(process.execPath, [script, ...arguments_], { cwd, maxBuffer: outputBytesMax });
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr?.trim();
    throw new FlowFusionError("FF_FUSE_LINK", `${tool} failed: ${stderr || String(error)}`, { cause: error });
  }
}
