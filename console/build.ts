// Builds the console into dist/: `node console/build.ts`. Each file gets compressed forms beside it, so that the gateway
// compresses nothing while it runs.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";

const dist = join(import.meta.dirname, "dist");
/** Fonts are compressed as they are. */
const compressible = new Set([".css", ".html", ".js", ".json", ".svg"]);
const bytesMin = 512;

await build({ configFile: join(import.meta.dirname, "vite.config.ts") });
const entries = await readdir(dist, { recursive: true, withFileTypes: true });
await Promise.all(
  entries
    .filter((entry) => entry.isFile() && compressible.has(extname(entry.name)))
    .map(({ parentPath, name }) => compress(join(parentPath, name))),
);

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < bytesMin) return;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params: quality }));
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
