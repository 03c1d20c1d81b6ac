// Builds the Pulumi CLI from the Go module proxy, and what belongs beside it: the host of YAML programs, and the program
// that writes the SDKs of a package (codegen/main.go). All come from one set of modules, so that they share most of the
// work. What a folder has already is left alone.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { runCommand, SetupError, step } from "../setup/progress.mjs";
import { atLeastVersion, pulumiCliVersion, pulumiCliVersionMin, pulumiYamlVersion } from "./version.ts";

interface GoProgram {
  readonly name: string;
  readonly package: string;
  /** Changes whenever the program would be another. */
  readonly version: string;
  /** Measured on two cores, the first with the download, the others after it. */
  readonly expectedSeconds: number;
}

const goVersionMin = "1.25.11";
const codegenFolder = join(import.meta.dirname, "codegen");
const cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const yamlPackage = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml";
const remedy = `install the Pulumi CLI ${pulumiCliVersionMin} or newer (pulumi.com/docs/install), or Go ${goVersionMin} or newer so that the CLI can be built here (go.dev/doc/install), then start again`;

async function programs(): Promise<GoProgram[]> {
  const codegen = createHash("sha256")
    .update(await readFile(join(codegenFolder, "main.go")))
    .digest("hex");
  return [
    { name: "pulumi", package: cliPackage, version: pulumiCliVersion, expectedSeconds: 220 },
    { name: "pulumi-language-yaml", package: yamlPackage, version: pulumiYamlVersion, expectedSeconds: 60 },
    { name: "pulumi-codegen", package: "./codegen", version: codegen, expectedSeconds: 60 },
  ];
}

/** Puts what is missing or of another version into `<folder>/bin`. The caller holds the lock. */
export async function ensureGoPrograms(folder: string): Promise<void> {
  const missing: GoProgram[] = [];
  for (const program of await programs()) {
    if ((await builtVersion(folder, program)) !== program.version) missing.push(program);
  }
  if (missing.length > 0) await buildPrograms(folder, missing);
}

/** The stamp beside it says which it is; the CLI says so itself. */
async function builtVersion(folder: string, { name }: GoProgram): Promise<string | undefined> {
  const path = join(folder, "bin", name);
  if (name === "pulumi") return cliVersionOf(path);
  return readFile(`${path}.version`, "utf8").catch(() => undefined);
}

export function cliVersionOf(command: string): string | undefined {
  const { status, stdout } = spawnSync(command, ["version"], {
    encoding: "utf8",
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return status === 0 ? stdout.trim().replace(/^v/, "") : undefined;
}

/** Builds in a scratch folder, the Go caches included (some 3 GB), and keeps the executables alone. */
async function buildPrograms(folder: string, missing: readonly GoProgram[]): Promise<void> {
  requireGo();
  await mkdir(join(folder, "bin"), { recursive: true });
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
  const names = missing.map(({ name }) => name).join(", ");
  const expectedSeconds = missing.reduce((sum, program) => sum + program.expectedSeconds, 0);
  try {
    await step(`Build ${names} ${pulumiCliVersion}, once`, expectedSeconds, async (note) => {
      const go = (args: string[], onLine: (line: string) => void) =>
        runCommand("go", args, { cwd: scratch, env, onLine, remedy });
      note("download the modules");
      await go(["mod", "init", "local/pulumi-cli"], () => {});
      const modules = [`${cliPackage}@v${pulumiCliVersion}`, `${yamlPackage}@v${pulumiYamlVersion}`];
      await go(["get", "-tool", ...modules], (line) => note(line.replace("go: ", "")));
      await cp(codegenFolder, join(scratch, "codegen"), { recursive: true });
      let packages = 0;
      note("compile");
      for (const program of missing) {
        const target = join(scratch, "bin", program.name);
        await go(buildArguments(program, target), () => note(`compile, ${++packages} packages done`));
        await rename(target, join(folder, "bin", program.name));
        await writeFile(join(folder, "bin", `${program.name}.version`), program.version);
      }
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function buildArguments(program: GoProgram, target: string): string[] {
  const versions = [
    `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumiCliVersion}`,
    `-X github.com/pulumi/pulumi-yaml/pkg/version.Version=v${pulumiYamlVersion}`,
  ];
  const flags = ["-v", "-trimpath", "-tags", "osusergo grpcnotrace", "-ldflags", ["-s -w", ...versions].join(" ")];
  return ["build", ...flags, "-o", target, program.package];
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
  throw new SetupError(`There is no Pulumi CLI to use, and ${goes} to build one`, remedy);
}
