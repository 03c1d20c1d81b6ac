// The command line as a user runs it: a process of its own, of the bundle.

import { spawn } from "node:child_process";
import path from "node:path";

export const main = path.join(import.meta.dirname, "../../cli/dist/main.mjs");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function flowfusion(args: readonly string[], cwd: string = import.meta.dirname): Promise<Ended> {
  return run(process.execPath, [main, ...args], cwd);
}

export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const child = spawn(program, [...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}

/** Builds a node's folder. Rejects with the command's own words, which say what to install where a compiler is missing. */
export async function build(folder: string, output: string): Promise<{ sizeBytes: number; digest: string }> {
  const { code, stdout, stderr } = await flowfusion(["node", "build", folder, "-o", output, "--json"]);
  if (code !== 0) throw new Error(`${folder} cannot be built: ${stderr}`);
  return JSON.parse(stdout);
}
