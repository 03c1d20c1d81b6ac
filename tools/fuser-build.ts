// Which fuser a bundle has in it.

import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const root = dirname(import.meta.dirname);
const fuserSources = ["fusion/**/*.ts", "graph/**/*.ts", "node_modules/binaryen/package.json"];

/** A digest over everything that decides which bytes fusing gives: the cache of fused artefacts goes by it. */
export async function fuserBuild(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(fuserSources, { cwd: root })) {
    if (!file.endsWith(".test.ts")) files.push(file);
  }
  for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  return hash.digest("hex");
}
