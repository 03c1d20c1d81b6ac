// Python packages that tests need, fetched with pip into a folder of their own: nothing of the user's Python changes.

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { withLock } from "./lock.mjs";
import { print, runCommand, SetupError, step } from "./progress.mjs";

export interface PythonPackages {
  /** As pip takes them: `name==version`. */
  readonly requirements: readonly string[];
  /** Is there when all of them are. */
  readonly folder: string;
  readonly expectedSeconds: number;
}

/** Put in place whole or not at all. Without them the tests that need them fail and say so; all others run. */
export async function ensurePythonPackages({ requirements, folder, expectedSeconds }: PythonPackages): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const remedy = "install Python 3.10 or newer with pip, then start again";
  try {
    await withLock(`${folder}.lock`, async () => {
      if (existsSync(folder)) return;
      await step(`Fetch ${requirements.join(" and ")}`, expectedSeconds, async (note) => {
        const draft = `${folder}.new`;
        await rm(draft, { recursive: true, force: true });
        const quiet = ["--disable-pip-version-check", "--root-user-action", "ignore"];
        const command = ["-m", "pip", "install", ...quiet, "--target", draft, ...requirements];
        await runCommand("python3", command, { onLine: note, remedy });
        await rename(draft, folder);
      });
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    print(`  ${error.message}\n  what to do: ${error.remedy}`);
  }
}
