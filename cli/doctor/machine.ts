// What this machine has for working with Flow Fusion.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FlowFusionError } from "@flowfusion/graph";
import { findProgram, type Language, languages } from "@flowfusion/nodekit-toolchains";
import { type Finding, ok, warning } from "./finding.ts";

const run = promisify(execFile);
const nodeMajorMin = 24;
const pulumiMin = [3, 176] as const;
const versionTimeoutMs = 10_000;

export async function checkMachine(): Promise<Finding[]> {
  return [checkNode(process.versions.node), await checkPulumi(), await checkCompilers()];
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

/** Asks each language itself, so that what is said here is what `flowfusion node build` will say. */
async function checkCompilers(): Promise<Finding> {
  const faults = await Promise.all(languages.map(missingOf));
  const ready = languages.filter((_, index) => faults[index] === undefined).map(({ title }) => title);
  const detail = ready.length === 0 ? "none for nodes of your own" : `nodes of your own in ${ready.join(", ")}`;
  const byFault = Map.groupBy(languages, (_, index) => faults[index]);
  byFault.delete(undefined);
  if (byFault.size === 0) return ok("compilers", detail);
  const remedies = [...byFault].map(([fault, lacking]) => `${lacking.map(({ title }) => title).join(", ")}: ${fault}`);
  return { ...ok("compilers", detail), remedy: remedies.join("\n") };
}

async function missingOf({ demandToolchain }: Language): Promise<string | undefined> {
  try {
    await demandToolchain();
    return undefined;
  } catch (error) {
    if (error instanceof FlowFusionError) return error.message;
    throw error;
  }
}
