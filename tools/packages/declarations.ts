// Declarations of a library and of the workspaces behind it, which users of the package do not have: all that its entry
// points reach, with imports between workspaces made relative.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix, relative } from "node:path";
import { runCommand } from "../setup/progress.mjs";

const root = dirname(dirname(import.meta.dirname));

/** Declarations that sources rely on without importing them. */
const ambient = ["fusion/webassembly.d.ts"];

export interface DeclarationOptions {
  /** Sources, from the root. */
  readonly entries: readonly string[];
  readonly folder: string;
  /** Workspaces whose declarations users have by themselves, as packages: imports of them stay as they are. */
  readonly outside?: readonly string[];
}

/** Gives the declaration of each entry, from `folder`. */
export async function writeDeclarations({
  entries,
  folder,
  outside = [],
}: DeclarationOptions): Promise<Map<string, string>> {
  await mkdir(join(root, ".flowfusion"), { recursive: true });
  // Inside the repository, so that packages resolve to it.
  const scratch = await mkdtemp(join(root, ".flowfusion", "declarations-"));
  try {
    await compile(entries, scratch);
    const emitted = join(scratch, "out");
    const waiting = entries.map(declarationOf);
    const written = new Set<string>();
    while (waiting.length > 0) {
      const file = waiting.pop()!;
      if (written.has(file)) continue;
      written.add(file);
      const { text, imports } = await resolved(await readFile(join(emitted, file), "utf8"), file, outside);
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
      waiting.push(...imports);
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return new Map(entries.map((entry) => [entry, declarationOf(entry)]));
}

const declarationOf = (source: string): string => source.replace(/\.ts$/, ".d.ts");

/** Workspaces by name are sources too: found under node_modules they would be taken for somebody else's. */
async function compile(entries: readonly string[], scratch: string): Promise<void> {
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      allowJs: false,
      rootDir: "../..",
      outDir: "out",
      paths: await workspacePaths(),
    },
    files: [...entries, ...ambient].map((file) => join("../..", file)),
    include: [],
    exclude: [],
  };
  await writeFile(join(scratch, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules", ".bin", "tsc");
  await runCommand(tsc, ["-p", scratch, "--pretty", "false"], {
    remedy: "correct the types: `npm run check` shows them",
  });
}

/** Relative imports of the declarations as they will lie, and which files they mean. */
async function resolved(
  text: string,
  file: string,
  outside: readonly string[],
): Promise<{ text: string; imports: string[] }> {
  const imports: string[] = [];
  const specifiers = /(\bfrom |\bimport\(|\bimport )"([^"]+)"/g;
  const targets = new Map<string, string>();
  for (const [, , specifier] of text.matchAll(specifiers)) {
    if (outside.some((name) => specifier === name || specifier!.startsWith(`${name}/`))) continue;
    const source = await sourceOf(specifier!, file);
    if (source !== undefined) targets.set(specifier!, declarationOf(source));
  }
  imports.push(...targets.values());
  return {
    imports,
    text: text.replaceAll(specifiers, (whole, keyword: string, specifier: string) => {
      const target = targets.get(specifier);
      if (target === undefined) return whole;
      const path = relative(dirname(file), target).replace(/\.d\.ts$/, ".js");
      return `${keyword}"${path.startsWith(".") ? path : `./${path}`}"`;
    }),
  };
}

/** The source that a specifier means, from the root; undefined for what comes from outside. */
async function sourceOf(specifier: string, file: string): Promise<string | undefined> {
  if (specifier.startsWith(".")) return join(dirname(file), specifier).replace(/\.js$/, ".ts");
  return (await workspaceExports()).get(specifier);
}

async function workspacePaths(): Promise<Record<string, string[]>> {
  return Object.fromEntries([...(await workspaceExports())].map(([name, source]) => [name, [join("../..", source)]]));
}

/** What other workspaces may import → its source, from the root. */
async function workspaceExports(): Promise<Map<string, string>> {
  const { workspaces } = await manifestOf("");
  const found = new Map<string, string>();
  for (const folder of workspaces ?? []) {
    const { name, exports = {} } = await manifestOf(folder);
    for (const [key, target] of Object.entries(exports)) found.set(posix.join(name, key), posix.join(folder, target));
  }
  return found;
}

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string>>;
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as Manifest;
}
