// Before the tests. They start this repository's programs many hundreds of times, and most of them as users do, from the
// bundles, the threads of a gateway in a test among them: those are built again where the sources have changed. What was
// compiled is kept for the next start, for as long as the run of the tests takes. Half of what most of these processes do is
// compiling.

import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildAll } from "./build.ts";

const prefix = "flowfusion-compiled-";
/** No run takes so long. */
const leftMs = 24 * 60 * 60 * 1000;

export default async function beforeTests(project: TestProject): Promise<() => Promise<void>> {
  await buildAll();
  project.onTestsRerun(buildAll);
  await removeLeft();
  const folder = await mkdtemp(join(tmpdir(), prefix));
  process.env.NODE_COMPILE_CACHE = folder;
  // A process that is about to end may still add to it.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** What runs that were killed left behind. */
async function removeLeft(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(tmpdir(), name);
    // Another run may remove it at the same time.
    const changed = await stat(folder).catch(() => undefined);
    if (changed && Date.now() - changed.mtimeMs > leftMs) await rm(folder, { recursive: true, force: true });
  }
}
