// Bundles a program of this repository into one folder, so that it starts fast and takes little memory: a process that
// runs the sources carries the type stripper with it.
//
// Sources look for files beside themselves (node modules, the router), and go on doing so from the bundle: their
// place is written in. Only what is named in `threads` is bundled as a file of its own and found in the bundle.

import { readFile, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

const root = dirname(import.meta.dirname);

interface Bundle {
  /** Name → source, relative to the root. */
  readonly entryPoints: Readonly<Record<string, string>>;
  /** Folder for the result, relative to the root; emptied first. */
  readonly outdir: string;
  readonly external?: readonly string[];
  readonly define?: Readonly<Record<string, string>>;
  /** Sources that start one of the entry points as a thread: path → how it names the source, and the entry point's name. */
  readonly threads?: Readonly<Record<string, { readonly source: string; readonly entry: string }>>;
}

export async function bundle({ entryPoints, outdir, external = [], define = {}, threads = {} }: Bundle): Promise<void> {
  const out = join(root, outdir);
  await rm(out, { recursive: true, force: true });
  const threadEntries = new Set(Object.values(threads).map(({ entry }) => entry));
  // A thread shares no chunk with the program: it would load with it what only the program needs.
  for (const isThread of [false, true]) {
    const entries = Object.entries(entryPoints).filter(([name]) => threadEntries.has(name) === isThread);
    await build({
      entryPoints: Object.fromEntries(entries.map(([name, source]) => [name, join(root, source)])),
      outdir: out,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      // The text of a program stays in memory as long as it runs. Names stay, for stack traces.
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: "none",
      platform: "node",
      format: "esm",
      target: "node24",
      external: [...external],
      define: { ...define },
      plugins: [keepPlaces(out, threads)],
      // Packages in CommonJS ask for Node's own modules.
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
      logLevel: "warning",
    });
  }
}

function keepPlaces(out: string, threads: NonNullable<Bundle["threads"]>): Plugin {
  return {
    name: "keep-places",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path.includes("/node_modules/")) return undefined;
        const source = await readFile(path, "utf8");
        const thread = threads[relative(root, path)];
        if (thread) {
          const contents = source.replace(`"${thread.source}"`, `"./${thread.entry}.mjs"`);
          if (contents === source) throw new Error(`${path} does not name ${thread.source}`);
          return { contents, loader: "ts" };
        }
        const place = JSON.stringify(`/${relative(out, dirname(path))}/`);
        const contents = source
          .replaceAll("import.meta.dirname", `(import.meta.dirname + ${place})`)
          .replaceAll("import.meta.url", `("file://" + encodeURI(import.meta.dirname + ${place}))`);
        return { contents, loader: "ts" };
      });
    },
  };
}
