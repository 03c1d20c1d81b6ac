// Before the tests. They start this repository's programs many hundreds of times, and most of them as users do, from the bundles: those
// are built again where the sources have changed. What was compiled is kept for the next start, for as long as the run of the tests
// takes. Half of what most of these processes do is compiling.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll } from "./build.ts";

export default async function beforeTests(): Promise<() => Promise<void>> {
  await buildAll();
  const folder = await mkdtemp(join(tmpdir(), "flowfusion-compiled-"));
  process.env.NODE_COMPILE_CACHE = folder;
  // A process that is about to end may still add to it.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
