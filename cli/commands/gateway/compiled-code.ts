// The cache of compiled code that the launcher names. Node.js only adds to it, so each version of Node.js and of the gateway
// would leave behind what no start reads any more. Where something cannot be read or removed, it stays, and nothing is said.

import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { flushCompileCache, getCompileCacheDir } from "node:module";
import path from "node:path";

const unusedMsMax = 30 * 86_400_000;
/** As Node.js names them: a folder for each build of it and each user, `v24.21.0-x64-aab7d0b7-0`, with a file for each module. */
const buildName = /^v\d+\.\d+\.\d+\S*-[0-9a-f]{8}(?:-\d+)?$/;
const moduleName = /^[0-9a-f]{1,8}$/;

/** Writes what was compiled, then removes what nobody has read or written for a month. */
export async function keepCompiledCode(): Promise<void> {
  flushCompileCache();
  const own = getCompileCacheDir();
  if (own === undefined) return;
  const builds = path.dirname(own);
  for (const build of await namesIn(builds, buildName)) {
    const folder = path.join(builds, build);
    for (const name of await namesIn(folder, moduleName)) await removeUnused(folder + path.sep + name);
    if (folder !== own) await rmdir(folder).catch(() => undefined);
  }
}

async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name));
}

async function removeUnused(file: string): Promise<void> {
  try {
    const { atimeMs, mtimeMs } = await stat(file);
    if (Math.max(atimeMs, mtimeMs) < Date.now() - unusedMsMax) await rm(file);
  } catch {
    // Another gateway may have removed it.
  }
}
