// Builds the console into dist/: `node console/build.ts`. Each file gets compressed forms beside it, so that the gateway
// compresses nothing while it runs, and the licences of what went into them are laid beside the page.

import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";
import { licencesFile } from "./vite.config.ts";

const dist = join(import.meta.dirname, "dist");
/** Fonts are compressed as they are. */
const compressible = new Set([".css", ".html", ".js", ".json", ".svg"]);
const bytesMin = 512;

await build({ configFile: join(import.meta.dirname, "vite.config.ts") });
await addFontLicences();
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

/** Vite knows those of scripts alone. */
async function addFontLicences(): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  const manifest = JSON.parse(await readFile(join(import.meta.dirname, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  for (const [name, version] of Object.entries(manifest.devDependencies)) {
    if (!name.startsWith("@fontsource")) continue;
    const folder = dirname(resolve(`${name}/package.json`));
    const text = await readFile(join(folder, "LICENSE"), "utf8");
    await appendFile(join(dist, licencesFile), `\n## ${name} - ${version} (OFL-1.1)\n\n${text.trim()}\n`);
  }
}
