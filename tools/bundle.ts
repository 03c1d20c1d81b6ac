// Bundles a program of this repository into one folder, so that it starts fast and takes little memory: a process that
// runs the sources carries the type stripper with it.
//
// Sources look for files beside themselves (node modules, the router), and go on doing so from the bundle: their
// place is written in. Only what is named in `threads` is bundled as a file of its own and found in the bundle.

import { readFile, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { fuserBuild } from "./fuser-build.ts";

const root = dirname(import.meta.dirname);

/** What a program consists of. */
export interface Bundle {
  /** Name → source, relative to the root. */
  readonly entryPoints: Readonly<Record<string, string>>;
  readonly external?: readonly string[];
  /** Modules that a package loads for what the program never asks of it: empty in the bundle. */
  readonly unused?: readonly string[];
  /** Sources that start one of the entry points as a thread: path → how it names the source, and the entry point's name. */
  readonly threads?: Readonly<Record<string, { readonly source: string; readonly entry: string }>>;
}

/** Where a bundle goes. */
export interface BundlePlace {
  /** Folder for the result, from the root or absolute; emptied first. */
  readonly outdir: string;
  /** From the root: where the files are, as seen from the bundle, that sources look for beside themselves. `outdir` when absent. */
  readonly placedAs?: string;
}

/** What went in. */
export interface BundleReport {
  /** Folders of npm packages whose code is in the bundle, from the root. */
  readonly packages: readonly string[];
}

export async function bundle(
  { entryPoints, external = [], unused = [], threads = {} }: Bundle,
  { outdir, placedAs = outdir }: BundlePlace,
): Promise<BundleReport> {
  const out = resolve(root, outdir);
  const define = { "process.env.FLOWFUSION_FUSER_BUILD": JSON.stringify(await fuserBuild()) };
  await rm(out, { recursive: true, force: true });
  const threadEntries = new Set(Object.values(threads).map(({ entry }) => entry));
  const inputs = new Set<string>();
  const isThread = ([name]: readonly [string, string]): boolean => threadEntries.has(name);
  const entries = Object.entries(entryPoints);
  // A thread shares no chunk with the program, nor with another thread: it would load with it what only the others need.
  for (const group of [
    entries.filter((entry) => !isThread(entry)),
    ...entries.filter(isThread).map((entry) => [entry]),
  ]) {
    const { metafile } = await build({
      entryPoints: Object.fromEntries(group.map(([name, source]) => [name, join(root, source)])),
      outdir: out,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      metafile: true,
      // The text of a program stays in memory as long as it runs. Names stay, for stack traces.
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: "none",
      platform: "node",
      format: "esm",
      target: "node24",
      external: [...external],
      define,
      plugins: [keepPlaces(resolve(root, placedAs), threads), leaveOut(unused)],
      // Packages in CommonJS ask for Node's own modules.
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
      absWorkingDir: root,
      logLevel: "warning",
    });
    for (const input of inputsOf(metafile)) inputs.add(input);
  }
  return { packages: packagesOf([...inputs]) };
}

/** Only what contributed bytes counts: a file that was looked at and shaken off is not in the bundle. */
function inputsOf({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}

/** `node_modules/a/node_modules/@b/c/dist/x.js` is of `node_modules/a/node_modules/@b/c`. */
function packagesOf(paths: readonly string[]): string[] {
  const folders = paths.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].sort();
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

function leaveOut(modules: readonly string[]): Plugin {
  return {
    name: "leave-out",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /.*/ }, ({ path }) => (modules.includes(path) ? { path, namespace: "left-out" } : undefined));
      onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};" }));
    },
  };
}
