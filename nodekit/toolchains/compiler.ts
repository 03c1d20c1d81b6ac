// Finding and running compilers.

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";

/** Folders where installers put compilers that they do not put on PATH. */
const extraFolders = ["/usr/local/go/bin", join(process.env.HOME ?? "/", ".cargo", "bin")];
/** Output beyond this is cut in an error. */
const outputCharsMax = 20_000;

/** The path of the first of these programs that is there; undefined when none is. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""), ...extraFolders];
  for (const name of names) {
    if (name.includes("/")) {
      if (isExecutable(name)) return name;
      continue;
    }
    const found = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function missingToolchain(what: string, remedy: string): FlowFusionError {
  return new FlowFusionError("FF_NODE_TOOLCHAIN", `${what} is not installed: ${remedy}`);
}

export interface Run {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Runs a compiler to its end. Throws FF_NODE_BUILD with what it said when it fails. */
export async function compile(program: string, args: readonly string[], { cwd, env, onLine }: Run): Promise<string> {
  const { code, output } = await runProgram(program, args, { cwd, ...(env && { env }), onLine });
  if (code === 0) return output;
  const said = output.length > outputCharsMax ? `${output.slice(0, outputCharsMax)}\n…` : output;
  throw new FlowFusionError("FF_NODE_BUILD", `${program} ended with exit code ${code}:\n${said.trimEnd()}`);
}

export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, onLine }: Run,
): Promise<{ code: number; output: string }> {
  const child = spawn(program, [...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (text: string) => {
    output += text;
    for (const line of text.split(/[\r\n]+/)) if (line.trim() !== "") onLine?.(line);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (error) =>
      reject(new FlowFusionError("FF_NODE_TOOLCHAIN", `${program} cannot be started: ${error.message}`)),
    );
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  });
  return { code, output };
}

/** Gives a compiler a scratch folder for its result, and reads it. */
export async function withScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "flowfusion-node-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
