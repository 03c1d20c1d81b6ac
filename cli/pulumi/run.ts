// Runs the user's Pulumi CLI in the user's project, quietly, for what it says as JSON.

import { spawn } from "node:child_process";
import { FlowFusionError } from "@flowfusion/graph";
import { findProgram } from "@flowfusion/nodekit-toolchains";

/** For readArguments. */
export const pulumiOptions = { cwd: { type: "string", short: "C" }, stack: { type: "string", short: "s" } } as const;

/** For a command's help. */
export const pulumiOptionsHelp = `  -C, --cwd FOLDER      the Pulumi project (default: here)
  -s, --stack STACK     the stack (default: the selected one)`;

export async function pulumiJson(
  args: readonly string[],
  { cwd, stack }: { readonly cwd?: string | undefined; readonly stack?: string | undefined },
): Promise<string> {
  const program = findProgram("pulumi");
  if (program === undefined) {
    throw new FlowFusionError(
      "FF_CLI_PULUMI",
      "the Pulumi CLI is not on PATH; install it from pulumi.com/docs/install",
    );
  }
  const place = [...(cwd === undefined ? [] : ["--cwd", cwd]), ...(stack === undefined ? [] : ["--stack", stack])];
  const child = spawn(program, [...args, "--json", "--non-interactive", ...place], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return stdout;
  throw new FlowFusionError("FF_CLI_PULUMI", `pulumi ${args.join(" ")} ended with ${code}: ${saidOf(stdout, stderr)}`);
}

/** In JSON mode what went wrong is among the diagnostics; what comes before is on standard error. */
function saidOf(stdout: string, stderr: string): string {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as { diagnostics?: { severity: string; message: string }[] };
    const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message.trim());
    if (errors.length > 0) return errors.join("\n");
  } catch {
    // Not a document: it ended before it wrote one.
  }
  return stderr.trim() || stdout.trim() || "it said nothing";
}
