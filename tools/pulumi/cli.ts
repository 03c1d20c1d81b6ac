// Finds a Pulumi CLI, or builds one. An installed CLI is used when it is new enough and has its Node.js language host with
// it. Otherwise the CLI is built from the Go module proxy, once for a version, into a cache outside the repository, and
// language-nodejs.ts is bundled and laid beside it, where the CLI looks for the language host first.

import { spawnSync } from "node:child_process";
import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { build } from "esbuild";
import { withLock } from "../setup/lock.mjs";
import { runCommand, SetupError, step } from "../setup/progress.mjs";
import { atLeastVersion, pulumiCliVersion, pulumiCliVersionMin } from "./version.ts";

export interface PulumiCli {
  readonly command: string;
  readonly version: string;
  /** Whether it was on PATH, or comes from the cache. */
  readonly isInstalled: boolean;
}

/** Measured on two cores: 30 s of download, 190 s of compiling. */
const expectedBuildSeconds = 220;
const goVersionMin = "1.25.11";
const languageHost = "pulumi-language-nodejs";

const installRemedy = `install the Pulumi CLI ${pulumiCliVersionMin} or newer (pulumi.com/docs/install), or Go ${goVersionMin} or newer so that the CLI can be built here (go.dev/doc/install), then start again`;

export async function ensurePulumiCli(): Promise<PulumiCli> {
  return (await findInstalled()) ?? (await ensureBuilt());
}

async function findInstalled(): Promise<PulumiCli | undefined> {
  for (const folder of searchPath()) {
    const command = join(folder, "pulumi");
    if (!(await isExecutable(command))) continue;
    const version = versionOf(command);
    if (version === undefined || !atLeastVersion(version, pulumiCliVersionMin)) continue;
    const hostFolders = [dirname(await realpath(command)), ...searchPath()];
    for (const hostFolder of hostFolders) {
      if (await isExecutable(join(hostFolder, languageHost))) return { command, version, isInstalled: true };
    }
  }
  return undefined;
}

async function ensureBuilt(): Promise<PulumiCli> {
  const folder = join(cacheFolder(), "pulumi", pulumiCliVersion);
  const command = join(folder, "bin", "pulumi");
  await withLock(join(cacheFolder(), `pulumi-${pulumiCliVersion}.lock`), async () => {
    if (versionOf(command) !== pulumiCliVersion) await buildCli(folder);
    await placeLanguageHost(join(folder, "bin"));
  });
  return { command, version: pulumiCliVersion, isInstalled: false };
}

function cacheFolder(): string {
  const { FLOWFUSION_CACHE, XDG_CACHE_HOME } = process.env;
  return FLOWFUSION_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flowfusion");
}

/** Builds in a scratch folder, the Go caches included (some 3 GB), and keeps the executable alone. */
async function buildCli(folder: string): Promise<void> {
  requireGo();
  await mkdir(dirname(folder), { recursive: true });
  await removeAbandonedBuilds(folder);
  const scratch = await mkdtemp(`${folder}.build-`);
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=mod -modcacherw",
    GOMODCACHE: join(scratch, "modules"),
    GOCACHE: join(scratch, "cache"),
    GOWORK: "off",
  };
  const modulePath = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
  const versionFlag = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiCliVersion}`;
  const target = join(scratch, "bin", "pulumi");
  try {
    await step(`Build the Pulumi CLI ${pulumiCliVersion}, once`, expectedBuildSeconds, async (note) => {
      const go = (args: string[], onLine: (line: string) => void) =>
        runCommand("go", args, { cwd: scratch, env, onLine, remedy: installRemedy });
      note("download its modules");
      await go(["mod", "init", "local/pulumi-cli"], () => {});
      await go(["get", "-tool", `${modulePath}@v${pulumiCliVersion}`], (line) => note(line.replace("go: ", "")));
      let packages = 0;
      note("compile");
      await go(
        [
          "build",
          "-v",
          "-trimpath",
          "-tags",
          "osusergo grpcnotrace",
          "-ldflags",
          `-s -w ${versionFlag}`,
          "-o",
          target,
          modulePath,
        ],
        () => note(`compile, ${++packages} packages done`),
      );
    });
    await mkdir(join(folder, "bin"), { recursive: true });
    await rename(target, join(folder, "bin", "pulumi"));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What an interrupted build left; the lock keeps running ones apart. */
async function removeAbandonedBuilds(folder: string): Promise<void> {
  const names = await readdir(dirname(folder));
  const abandoned = names.filter((name) => name.startsWith(`${basename(folder)}.build-`));
  await Promise.all(abandoned.map((name) => rm(join(dirname(folder), name), { recursive: true })));
}

function requireGo(): void {
  const found = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).stdout?.trim().replace(/^go/, "");
  if (found !== undefined && atLeastVersion(found, goVersionMin)) return;
  const goes = found === undefined ? "no Go is on PATH" : `Go ${found} is older than ${goVersionMin}`;
  throw new SetupError(`There is no Pulumi CLI to use, and ${goes} to build one`, installRemedy);
}

/** The bundle carries all that it needs, so that a cached CLI works for every clone and outlives each of them. */
async function placeLanguageHost(bin: string): Promise<void> {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "language-nodejs.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node22",
    format: "cjs",
    logLevel: "silent",
  });
  await placeFile(join(bin, "language-nodejs.cjs"), bundle.outputFiles[0]!.text, 0o644);
  const shim = `#!/bin/sh\nexec node "$(dirname -- "$0")/language-nodejs.cjs" "$@"\n`;
  await placeFile(join(bin, languageHost), shim, 0o755);
}

async function placeFile(path: string, content: string, mode: number): Promise<void> {
  const present = await readFile(path, "utf8").catch(() => undefined);
  if (present === content) return;
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, content);
  await chmod(fresh, mode);
  await rename(fresh, path);
}

function versionOf(command: string): string | undefined {
  const { status, stdout } = spawnSync(command, ["version"], {
    encoding: "utf8",
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return status === 0 ? stdout.trim().replace(/^v/, "") : undefined;
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
