// The Python SDK that the schema gives, in a project's virtual environment.

import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { pulumiPythonFolder } from "@flowfusion/tools";
import type { PulumiProject } from "./pulumi-project.ts";

const root = path.dirname(path.dirname(import.meta.dirname));
const run = promisify(execFile);

/** The environment has no pip of its own and sees the packages of the set-up, so that none are fetched. */
export async function installPythonSdk(project: PulumiProject): Promise<void> {
  const provider = path.join(root, "provider/bin/pulumi-resource-flowfusion");
  await project.succeed(["package", "gen-sdk", provider, "--language", "python", "--out", "sdks"]);
  const venv = path.join(project.folder, "venv");
  await run("python3", ["-m", "venv", "--without-pip", venv]);
  const [version = ""] = await readdir(path.join(venv, "lib"));
  const packages = path.join(venv, "lib", version, "site-packages");
  await writeFile(path.join(packages, "pulumi.pth"), `${pulumiPythonFolder()}\n`);
  const offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"];
  const pip = ["-m", "pip", "--python", path.join(venv, "bin", "python"), "install", ...offline, "./sdks/python"];
  await run("python3", pip, { cwd: project.folder });
}
