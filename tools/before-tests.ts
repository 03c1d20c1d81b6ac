// Tests start this repository's programs from their sources, many hundreds of times: what was compiled is kept for the next start, for
// as long as the run of the tests takes. Half of what most of these processes do is compiling.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export default async function keepCompiled(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "flowfusion-compiled-"));
  process.env.NODE_COMPILE_CACHE = folder;
  // A process that is about to end may still add to it.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
