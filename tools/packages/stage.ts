// Lays a package down as npm takes it: bundled code, declarations, the files that it looks for, a package.json without
// workspaces in it, the licences of what is in the bundle.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { bundle } from "../bundle.ts";
import { writeDeclarations } from "./declarations.ts";
import { noticesOf } from "./notices.ts";
import {
  type BundledLibraryPackage,
  carried,
  type LibraryPackage,
  type ProgramPackage,
  type PublishedPackage,
} from "./published.ts";

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
    ...(await stageContent(published, folder, workspace)),
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await cp(join(root, "LICENSE"), join(folder, "LICENSE"));
  await cp(join(import.meta.dirname, "readme", `${published.workspace}.md`), join(folder, "README.md"));
}

function stageContent(published: PublishedPackage, folder: string, workspace: WorkspaceManifest): Promise<object> {
  switch (published.kind) {
    case "program":
      return stageProgram(published, folder);
    case "library":
      return stageLibrary(published, folder, workspace);
    case "bundled library":
      return stageBundledLibrary(published, folder, workspace);
  }
}

async function stageProgram(published: ProgramPackage, folder: string): Promise<object> {
  const { name, file } = published.bin;
  const bundled = await stageBundle(published, folder);
  await cp(join(root, published.workspace, file), join(folder, file));
  return { ...bundled, bin: { [name]: `./${file}` }, files: ["bin", ...bundled.files] };
}

async function stageBundledLibrary(
  published: BundledLibraryPackage,
  folder: string,
  workspace: WorkspaceManifest,
): Promise<object> {
  const modules = modulesOf(published, workspace);
  const bundled = await stageBundle(published, folder);
  const types = await writeDeclarations({
    entries: modules.map(({ source }) => source),
    folder: join(folder, "types"),
    outside: published.companions,
  });
  const peers = await versionsOf(published.peers, (version) => `^${version}`);
  return {
    ...bundled,
    exports: exportsOf(modules, types, ".mjs"),
    files: [...bundled.files, "types"],
    dependencies: Object.fromEntries(published.companions.map((name) => [name, workspace.version])),
    peerDependencies: { ...bundled.peerDependencies, ...peers },
  };
}

/** Bundled code with the licences of what is in it, and the files that it looks for. */
async function stageBundle(
  { bundle: described, files, optional }: ProgramPackage | BundledLibraryPackage,
  folder: string,
) {
  const dist = { outdir: join(folder, "dist"), placedAs: "dist" };
  const { packages } = await bundle(described, dist);
  for (const path of files) {
    await cp(join(root, path), join(folder, path), { recursive: true, filter: (source) => isPublished(source) });
  }
  await writeFile(join(folder, "THIRD-PARTY-NOTICES.txt"), await noticesOf([...packages, ...carried]));
  return {
    engines: { node: ">=24" },
    files: ["dist", ...files.map((path) => path.split("/")[0]!), "THIRD-PARTY-NOTICES.txt"],
    peerDependencies: await versionsOf(optional),
    peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
  };
}

/** Tests, and what compilers left in the folders of example nodes, are for this repository alone. */
function isPublished(path: string): boolean {
  return !/\.test\.ts$|\/(node_modules|target|zig-out|\.zig-cache|toolchains)(\/|$)/.test(path.slice(root.length));
}

async function stageLibrary(published: LibraryPackage, folder: string, workspace: WorkspaceManifest): Promise<object> {
  const modules = modulesOf(published, workspace);
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
  const dependencies = await versionsOf(packages, (version) => `^${version}`);
  return {
    engines: { node: ">=20" },
    exports: exportsOf(modules, types, ".js"),
    files: ["dist", "types"],
    dependencies: {
      ...Object.fromEntries(published.companions.map((name) => [name, workspace.version])),
      ...dependencies,
    },
    ...(workspace.pulumi !== undefined && { pulumi: workspace.pulumi }),
  };
}

interface PublicModule {
  /** As package.json's `exports` has it. */
  readonly key: string;
  /** From the root. */
  readonly source: string;
  readonly name: string;
}

/** What users import; how the package itself is bundled is none of it. */
function modulesOf({ workspace }: PublishedPackage, { exports = {} }: WorkspaceManifest): PublicModule[] {
  return Object.entries(exports)
    .filter(([key]) => key !== "./bundle")
    .map(([key, file]) => ({
      key,
      source: join(workspace, file),
      name: file.replace(/^\.\//, "").replace(/\.ts$/, ""),
    }));
}

function exportsOf(modules: readonly PublicModule[], types: ReadonlyMap<string, string>, extension: string): object {
  return Object.fromEntries(
    modules.map(({ key, source, name }) => [
      key,
      { types: `./types/${types.get(source)}`, default: `./dist/${name}${extension}` },
    ]),
  );
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Name → version as it is installed here, or the range that is made of it. */
async function versionsOf(
  names: readonly string[],
  range: (version: string) => string = (version) => version,
): Promise<Record<string, string>> {
  const versions = await Promise.all(names.map(async (name) => [name, range(await versionOf(name))] as const));
  return Object.fromEntries(versions);
}

async function versionOf(name: string): Promise<string> {
  const { version } = JSON.parse(await readText(join("node_modules", name, "package.json"))) as { version: string };
  return version;
}

function readText(path: string): Promise<string> {
  return readFile(join(root, path), "utf8");
}
