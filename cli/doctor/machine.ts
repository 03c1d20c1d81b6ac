// What this machine has for working with Flow Fusion.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findProgram } from "@flowfusion/nodekit-toolchains";
import { type Finding, ok, warning } from "./finding.ts";

const run = promisify(execFile);
const nodeMajorMin = 24;
const pulumiMin = [3, 176] as const;
const versionTimeoutMs = 10_000;

/** What each compiler is for. AssemblyScript needs none, and Zig is fetched when it is needed. */
const compilers = [
  ["clang", "C"],
  ["cargo", "Rust"],
  ["go", "Go"],
] as const;

export async function checkMachine(): Promise<Finding[]> {
  return [checkNode(process.versions.node), await checkPulumi(), checkCompilers()];
}

export function checkNode(version: string): Finding {
  return Number.parseInt(version, 10) >= nodeMajorMin
    ? ok("Node.js", version)
    : warning("Node.js", `${version}, ${nodeMajorMin} or newer needed`, "install it from nodejs.org");
}

async function checkPulumi(): Promise<Finding> {
  const program = findProgram("pulumi");
  const install = "install it from pulumi.com/docs/install; it is needed to deploy, not to run a gateway";
  if (program === undefined) return warning("Pulumi CLI", "not on PATH", install);
  try {
    const { stdout } = await run(program, ["version"], { timeout: versionTimeoutMs });
    return checkPulumiVersion(stdout.trim());
  } catch (error) {
    return warning("Pulumi CLI", `${program} does not run: ${(error as Error).message.split("\n")[0]}`, install);
  }
}

export function checkPulumiVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isNewEnough = major > pulumiMin[0] || (major === pulumiMin[0] && minor >= pulumiMin[1]);
  return isNewEnough
    ? ok("Pulumi CLI", version)
    : warning("Pulumi CLI", `${version}, ${pulumiMin.join(".")} or newer needed`, "install a newer one");
}

function checkCompilers(): Finding {
  const missing = compilers.filter(([program]) => findProgram(program) === undefined);
  const found = compilers.filter((compiler) => !missing.includes(compiler)).map(([, language]) => language);
  const detail = `nodes of your own in ${["AssemblyScript", ...found].join(", ")}`;
  if (missing.length === 0) return ok("compilers", detail);
  const remedy = missing.map(([program, language]) => `${program} for ${language}`).join(", ");
  return { ...ok("compilers", detail), remedy: `install ${remedy}, if you want them` };
}
