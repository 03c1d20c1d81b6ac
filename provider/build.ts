// Bundles the provider into dist/, so that it starts fast: `node provider/build.ts`. The parts that only some calls
// need (fusion, the node modules) become chunks of their own, the linker's thread a file of its own; binaryen stays
// outside and is found in node_modules.

import { createHash } from "node:crypto";
import { glob, readFile, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

const here = import.meta.dirname;
const root = dirname(here);
const outdir = join(here, "dist");

/** Starts the linker's thread, which it finds in the bundle. */
const threadStarter = join(root, "fusion/link/link-modules.ts");

/** Sources of other workspaces that look for files beside themselves go on doing so from the bundle. */
const keepPlaces: Plugin = {
  name: "keep-places",
  setup({ onLoad }) {
    onLoad({ filter: new RegExp(`^${root}/(nodes|fusion|graph|proto|client)/.*\\.ts$`) }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (path === threadStarter) {
        return { contents: source.replace('"./link-worker.ts"', '"./link-worker.mjs"'), loader: "ts" };
      }
      const place = JSON.stringify(`/${relative(outdir, dirname(path))}/`);
      const contents = source
        .replaceAll("import.meta.dirname", `(import.meta.dirname + ${place})`)
        .replaceAll("import.meta.url", `("file://" + encodeURI(import.meta.dirname + ${place}))`);
      return { contents, loader: "ts" };
    });
  },
};

/** A digest over everything that decides which bytes fusing gives: the cache of fused artefacts goes by it. */
async function fuserBuild(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(["fusion/**/*.ts", "graph/**/*.ts", "node_modules/binaryen/package.json"], {
    cwd: root,
  })) {
    if (!file.endsWith(".test.ts")) files.push(file);
  }
  for (const file of files.sort()) {
    hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest("hex");
}

await rm(outdir, { recursive: true, force: true });
const shared = {
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: false,
  platform: "node",
  format: "esm",
  target: "node24",
  external: ["binaryen"],
  define: { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) },
  plugins: [keepPlaces],
  // The gRPC stubs are CommonJS and ask for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  logLevel: "warning",
} satisfies BuildOptions;
await build({ ...shared, entryPoints: { provider: join(here, "main.ts") }, splitting: true });
// Without chunks in common: the thread would load with them what only the provider needs.
await build({ ...shared, entryPoints: { "link-worker": join(root, "fusion/link/link-worker.ts") } });
