// Installs the compilers that the example nodes are built with, where they are missing: clang, lld and a Rust that knows
// WebAssembly with its cargo from Debian's packages, Zig from the Python package index into the cache. Go has to be there; Debian's
// is too old. With them comes wasmtime, the engine that artefacts run in besides V8. What is in place already is left alone.
// Where nothing can be installed (no root, no apt-get), the tests that need a compiler fail and say which; everything else runs.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  findProgram,
  toolchainCache,
  wasmtimeFolder,
  wasmtimeVersion,
  zigExecutable,
  zigFolder,
  zigVersion,
} from "@flowfusion/nodekit-toolchains";
import { withLock } from "./setup/lock.mjs";
import { print, runCommand, SetupError, step } from "./setup/progress.mjs";

const expectedAptSeconds = 60;

interface PythonPackage {
  readonly title: string;
  readonly requirement: string;
  readonly folder: string;
  /** A file of it, which is there when the whole is. */
  readonly file: string;
  readonly remedy: string;
  readonly expectedSeconds: number;
}

/** It brings the compiler as a file, so that no Python is needed to run it. */
const zig = (): PythonPackage => ({
  title: `Zig ${zigVersion}`,
  requirement: `ziglang==${zigVersion}`,
  folder: zigFolder(),
  file: zigExecutable(),
  remedy: `install Python with pip, or Zig ${zigVersion} so that zig is on PATH`,
  expectedSeconds: 30,
});

const wasmtime = (): PythonPackage => ({
  title: `wasmtime ${wasmtimeVersion}`,
  requirement: `wasmtime==${wasmtimeVersion}`,
  folder: wasmtimeFolder(),
  file: join(wasmtimeFolder(), "wasmtime", "__init__.py"),
  remedy: "install Python 3.9 or newer with pip",
  expectedSeconds: 5,
});

export async function ensureToolchains(): Promise<void> {
  await mkdir(toolchainCache(), { recursive: true });
  await withLock(`${toolchainCache()}.lock`, async () => {
    await attempt(ensurePackages);
    await attempt(() => ensurePythonPackage(zig()));
    await attempt(() => ensurePythonPackage(wasmtime()));
    requireOnPath("go", "Go 1.24 or newer", "install it from go.dev/doc/install");
  });
}

/** A compiler that cannot be installed is no reason not to run the rest. */
async function attempt(install: () => Promise<void>): Promise<void> {
  try {
    await install();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    print(`  ${error.message}\n  what to do: ${error.remedy}`);
  }
}

function requireOnPath(program: string, title: string, remedy: string): void {
  if (findProgram(program) === undefined) print(`  ${title} is not installed; tests that need it will fail. ${remedy}`);
}

function missingPackages(): string[] {
  return [
    ...(findProgram("clang") ? [] : ["clang"]),
    ...(findProgram("wasm-ld") ? [] : ["lld"]),
    ...(rustupHasTarget() ? [] : missingRust()),
  ];
}

function missingRust(): string[] {
  return [
    ...(existsSync("/usr/bin/rustc") && existsSync("/usr/lib/rustlib/src/rust/library")
      ? []
      : ["rustc-web", "rust-web-src"]),
    ...(existsSync("/usr/bin/cargo") || hasWorkingCargo() ? [] : ["cargo-web"]),
    ...(findProgram("wasm-ld-22") ? [] : ["lld-22"]),
  ];
}

/** That of a rustup without a toolchain runs nothing. */
function hasWorkingCargo(): boolean {
  const cargo = findProgram("cargo");
  return cargo !== undefined && spawnSync(cargo, ["--version"], { stdio: "ignore" }).status === 0;
}

function rustupHasTarget(): boolean {
  const rustc = findProgram("rustc");
  if (rustc === undefined) return false;
  const { status, stdout } = spawnSync(rustc, ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"], {
    encoding: "utf8",
  });
  return status === 0 && existsSync(stdout.trim());
}

async function ensurePackages(): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const remedy = `run \`apt-get update && apt-get install --no-install-recommends ${missing.join(" ")}\` as root; elsewhere install clang and lld, and run \`rustup target add wasm32-unknown-unknown\``;
  const aptGet = findProgram("apt-get");
  if (process.getuid?.() !== 0 || aptGet === undefined) {
    throw new SetupError(
      `Compilers of the example nodes are not installed (Debian packages ${missing.join(", ")})`,
      remedy,
    );
  }
  await step(`Install ${missing.join(", ")}`, expectedAptSeconds, async (note) => {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, onLine: note, remedy };
    await runCommand(aptGet, ["update"], options);
    await runCommand(aptGet, ["install", "--yes", "--no-install-recommends", ...missing], options);
  });
}

/** Put in place whole or not at all. */
async function ensurePythonPackage(wanted: PythonPackage): Promise<void> {
  const { title, requirement, folder, file, remedy, expectedSeconds } = wanted;
  if (existsSync(file)) return;
  const python = findProgram("python3");
  if (python === undefined) throw new SetupError(`${title} is not installed, and no Python to fetch it with`, remedy);
  const draft = `${folder}.new`;
  await step(`Fetch ${title}`, expectedSeconds, async (note) => {
    await rm(draft, { recursive: true, force: true });
    await mkdir(dirname(draft), { recursive: true });
    const target = ["--target", draft, "--no-deps", "--disable-pip-version-check", "--root-user-action", "ignore"];
    await runCommand(python, ["-m", "pip", "install", ...target, requirement], { onLine: note, remedy });
    await rename(draft, folder);
  });
}
