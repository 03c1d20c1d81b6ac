// Pulumi for Python, in the version of the CLI, with what it takes to install a generated SDK without the network.

import { join } from "node:path";
import { ensurePythonPackages } from "../setup/python.ts";
import { cacheFolder } from "./cli.ts";
import { pulumiCliVersion } from "./version.ts";

/** The generated SDK imports parver, and setuptools builds it. */
const requirements = [`pulumi==${pulumiCliVersion}`, "parver==0.5", "setuptools==80.9.0"];

export function pulumiPythonFolder(): string {
  return join(cacheFolder(), "python", requirements.join("-").replaceAll("==", "-"));
}

export function ensurePulumiPython(): Promise<void> {
  return ensurePythonPackages({ requirements, folder: pulumiPythonFolder(), expectedSeconds: 15 });
}
