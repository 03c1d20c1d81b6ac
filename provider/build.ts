// Bundles the provider, and the linker's thread, into dist/, so that it starts fast: `node provider/build.ts`. The parts
// that only some calls need (fusion, the node modules) become chunks of their own; binaryen is found in node_modules.

import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bundle } from "@flowfusion/tools";

const root = dirname(import.meta.dirname);
const fuserSources = ["fusion/**/*.ts", "graph/**/*.ts", "node_modules/binaryen/package.json"];

/** A digest over everything that decides which bytes fusing gives: the cache of fused artefacts goes by it. */
async function fuserBuild(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(fuserSources, { cwd: root })) {
    if (!file.endsWith(".test.ts")) files.push(file);
  }
  for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  return hash.digest("hex");
}

await bundle({
  entryPoints: { provider: "provider/main.ts", "link-worker": "fusion/link/link-worker.ts" },
  outdir: "provider/dist",
  external: ["binaryen", "@bytecodealliance/jco-transpile"],
  define: { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) },
  threads: { "fusion/link/link-modules.ts": { source: "./link-worker.ts", entry: "link-worker" } },
});
