// Finds a Pulumi CLI, or builds one. An installed CLI is used when it is new enough and has its language hosts with it.
// Otherwise the CLI is built, once for a version, into a cache outside the repository. The hosts that the module proxy
// does not serve, those of Node.js and Python, are bundled from here and laid beside it, where the CLI looks first.

import { access, chmod, constants, mkdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { build } from "esbuild";
import { withLock } from "../setup/lock.mjs";
import { cliVersionOf, ensureGoPrograms } from "./go-programs.ts";
import { atLeastVersion, pulumiCliVersion, pulumiCliVersionMin } from "./version.ts";

export interface PulumiCli {
  readonly command: string;
  readonly version: string;
  /** Whether it was on PATH, or comes from the cache. */
  readonly isInstalled: boolean;
}

const standIns = ["nodejs", "python"] as const;
const languages = [...standIns, "yaml"] as const;

export async function ensurePulumiCli(): Promise<PulumiCli> {
  return (await findInstalled()) ?? (await ensureBuilt());
}

async function findInstalled(): Promise<PulumiCli | undefined> {
  for (const folder of searchPath()) {
    const command = join(folder, "pulumi");
    if (!(await isExecutable(command))) continue;
    const version = cliVersionOf(command);
    if (version === undefined || !atLeastVersion(version, pulumiCliVersionMin)) continue;
    const hostFolders = [dirname(await realpath(command)), ...searchPath()];
    const hasHosts = await Promise.all(languages.map((language) => isIn(hostFolders, `pulumi-language-${language}`)));
    if (hasHosts.every(Boolean)) return { command, version, isInstalled: true };
  }
  return undefined;
}

async function isIn(folders: readonly string[], program: string): Promise<boolean> {
  const found = await Promise.all(folders.map((folder) => isExecutable(join(folder, program))));
  return found.includes(true);
}

async function ensureBuilt(): Promise<PulumiCli> {
  const folder = join(cacheFolder(), "pulumi", pulumiCliVersion);
  await withLock(join(cacheFolder(), `pulumi-${pulumiCliVersion}.lock`), async () => {
    await ensureGoPrograms(folder);
    for (const language of standIns) await placeLanguageHost(join(folder, "bin"), language);
    await placeFile(
      join(folder, "bin", "python-program.py"),
      await readFile(join(import.meta.dirname, "python-program.py"), "utf8"),
      0o644,
    );
  });
  return { command: join(folder, "bin", "pulumi"), version: pulumiCliVersion, isInstalled: false };
}

export function cacheFolder(): string {
  const { FLOWFUSION_CACHE, XDG_CACHE_HOME } = process.env;
  return FLOWFUSION_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flowfusion");
}

/** The bundle carries all that it needs, so that a cached CLI works for every clone and outlives each of them. */
async function placeLanguageHost(bin: string, language: (typeof standIns)[number]): Promise<void> {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, `language-${language}.ts`)],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    logLevel: "silent",
  });
  await placeFile(join(bin, `language-${language}.cjs`), bundle.outputFiles[0]!.text, 0o644);
  const shim = `#!/bin/sh\nexec node "$(dirname -- "$0")/language-${language}.cjs" "$@"\n`;
  await placeFile(join(bin, `pulumi-language-${language}`), shim, 0o755);
}

async function placeFile(path: string, content: string, mode: number): Promise<void> {
  const present = await readFile(path, "utf8").catch(() => undefined);
  if (present === content) return;
  await mkdir(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, content);
  await chmod(fresh, mode);
  await rename(fresh, path);
}

function searchPath(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
