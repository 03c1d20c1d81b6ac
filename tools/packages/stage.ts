// Lays a package down as npm takes it: bundled code, declarations, the files that it looks for, a package.json without
// workspaces in it, the licences of what is in the bundle.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { bundle } from "../bundle.ts";
import { writeDeclarations } from "./declarations.ts";
import { noticesOf } from "./notices.ts";
import { type LibraryPackage, type ProgramPackage, type PublishedPackage, vendored } from "./published.ts";

const root = dirname(dirname(import.meta.dirname));

interface WorkspaceManifest {
  readonly version: string;
  readonly license: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly pulumi?: object;
}

export interface StageOptions {
  /** The folder to make; emptied first. */
  readonly folder: string;
  /** The repository's address, which npm shows and provenance is held against. */
  readonly repository?: string | undefined;
}

export async function stagePackage(published: PublishedPackage, { folder, repository }: StageOptions): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const workspace = JSON.parse(await readText(join(published.workspace, "package.json"))) as WorkspaceManifest;
  const manifest = {
    name: published.name,
    version: workspace.version,
    description: published.description,
    keywords: published.keywords,
    license: workspace.license,
    type: "module",
    ...(repository !== undefined && {
      repository: { type: "git", url: repository, directory: published.workspace },
    }),
    ...(published.kind === "library"
      ? await stageLibrary(published, folder, workspace)
      : await stageProgram(published, folder)),
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"));
  await cp(join(import.meta.dirname, "readme", `${published.workspace}.md`), join(folder, "README.md"));
}

async function stageProgram(published: ProgramPackage, folder: string): Promise<object> {
  const { name, file } = published.bin;
  const dist = { outdir: join(folder, "dist"), placedAs: "dist", vendored };
  const { packages } = await bundle(await published.bundle(), dist);
  await cp(join(root, published.workspace, file), join(folder, file));
  for (const path of published.files) {
    await cp(join(root, path), join(folder, path), { recursive: true, filter: (source) => isPublished(source) });
  }
  await writeFile(join(folder, "THIRD-PARTY-NOTICES.txt"), await noticesOf(packages));
  const peers = await Promise.all(published.optional.map(async (peer) => [peer, await versionOf(peer)] as const));
  return {
    engines: { node: ">=24" },
    bin: { [name]: `./${file}` },
    files: ["bin", "dist", ...published.files.map((path) => path.split("/")[0]), "THIRD-PARTY-NOTICES.txt"],
    peerDependencies: Object.fromEntries(peers),
    peerDependenciesMeta: Object.fromEntries(peers.map(([peer]) => [peer, { optional: true }])),
  };
}

/** Tests, and what compilers left in the folders of example nodes, are for this repository alone. */
function isPublished(path: string): boolean {
  return !/\.test\.ts$|\/(node_modules|target|zig-out|\.zig-cache|toolchains)(\/|$)/.test(path.slice(root.length));
}

async function stageLibrary(published: LibraryPackage, folder: string, workspace: WorkspaceManifest): Promise<object> {
  const modules = Object.entries(workspace.exports ?? {}).map(([key, file]) => ({
    key,
    source: join(published.workspace, file),
    name: file.replace(/^\.\//, "").replace(/\.ts$/, ""),
  }));
  const { metafile } = await build({
    entryPoints: Object.fromEntries(modules.map(({ name, source }) => [name, join(root, source)])),
    outdir: join(folder, "dist"),
    bundle: true,
    splitting: true,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node20",
    plugins: [
      {
        name: "packages-stay-outside",
        setup({ onResolve }) {
          onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
            kind === "entry-point" || path.startsWith("@flowfusion/") || path.startsWith("/")
              ? undefined
              : { path, external: true },
          );
        },
      },
    ],
    absWorkingDir: root,
    logLevel: "warning",
  });
  const types = await writeDeclarations({
    entries: modules.map(({ source }) => source),
    folder: join(folder, "types"),
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  const packages = [...new Set(imported.filter(({ external }) => external).map(({ path }) => packageName(path)))]
    .filter((name) => !name.startsWith("node:"))
    .sort();
  const dependencies = await Promise.all(packages.map(async (name) => [name, `^${await versionOf(name)}`] as const));
  return {
    engines: { node: ">=20" },
    exports: Object.fromEntries(
      modules.map(({ key, source, name }) => [
        key,
        { types: `./types/${types.get(source)}`, default: `./dist/${name}.js` },
      ]),
    ),
    files: ["dist", "types"],
    dependencies: {
      ...Object.fromEntries(published.companions.map((name) => [name, workspace.version])),
      ...Object.fromEntries(dependencies),
    },
    ...(workspace.pulumi !== undefined && { pulumi: workspace.pulumi }),
  };
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readText(join("node_modules", name, "package.json"))) as { version: string };
  return version;
}

function readText(path: string): Promise<string> {
  return readFile(join(root, path), "utf8");
}
