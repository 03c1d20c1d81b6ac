// Running cargo for WebAssembly. Where rustup has the target, that is all; on Debian, whose Rust has no rustup, the standard
// library is built from its sources, once, into the cache.

import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FlowFusionError } from "@flowfusion/graph";
import { compile, findProgram, missingToolchain, runProgram } from "../compiler.ts";
import type { BuildFolder } from "../language.ts";
import { toolchainCache } from "../toolchain-cache.ts";

const target = "wasm32-unknown-unknown";
const debianCargo = "/usr/bin/cargo";
const debianCompiler = "/usr/bin/rustc";
const debianSources = "/usr/lib/rustlib/src/rust/library";
const debianLinker = "wasm-ld-22";
/** Bytes; Rust's own choice of 1 MiB would give every node 17 pages of memory. */
const stackBytes = 65536;

const remedy = `run \`rustup target add ${target}\` (rustup.rs); on Debian without rustup, \`apt-get install --no-install-recommends cargo-web rustc-web rust-web-src lld-22\``;

/** One set for all nodes, with std or without, so that it is built once. */
const standardLibraries = "std,panic_abort";

/** Builds the crate; gives the module. */
export async function cargoBuild({ path, onLine }: BuildFolder): Promise<Uint8Array> {
  const { cargo, sharedFolder, args, env } = await findCargo(path);
  const ownFolder = join(path, "target");
  const file = `${await crateName(path)}.wasm`;
  // In a folder that crates share, those of one name would lie in each other's place: of such a crate only what it needs lies there.
  const [command, builtFolder, apart] =
    sharedFolder === undefined
      ? ["build", join(ownFolder, target, "release"), []]
      : ["rustc", ownFolder, ["--lib", "--crate-type", "cdylib", "--", `--emit=link=${join(ownFolder, file)}`]];
  const folders = ["--target", target, "--target-dir", sharedFolder ?? ownFolder];
  if (sharedFolder !== undefined) await mkdir(ownFolder, { recursive: true });
  await compile(cargo, [command, "--release", ...folders, ...args, ...apart], {
    cwd: path,
    env: { RUSTFLAGS: `-Clink-arg=-zstack-size=${stackBytes}`, ...env },
    onLine,
  });
  return readFile(join(builtFolder, file));
}

/** What builds in this folder, which may ask for a Rust of its own. Throws FF_NODE_TOOLCHAIN when it is not there. */
export async function findCargo(path = process.cwd()): Promise<SetUp & { readonly cargo: string }> {
  const cargo = findProgram("cargo");
  if (cargo === undefined) throw missingToolchain("Rust", remedy);
  const setUp = (await rustupSetUp(path)) ?? debianSetUp();
  if (setUp === undefined) throw missingToolchain(`Rust's target ${target}`, remedy);
  return { cargo, ...setUp };
}

/** As the compiler spells it in file names. */
async function crateName(path: string): Promise<string> {
  const [, name] = /^name\s*=\s*"([^"]+)"/m.exec(await readFile(join(path, "Cargo.toml"), "utf8")) ?? [];
  if (name === undefined)
    throw new FlowFusionError("FF_NODE_FOLDER", `${join(path, "Cargo.toml")} has no package name`);
  return name.replaceAll("-", "_");
}

interface SetUp {
  /** Where it is not to be the first on PATH. */
  readonly cargo?: string;
  /** Of all crates, where the standard library is built from its sources. */
  readonly sharedFolder?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function rustupSetUp(cwd: string): Promise<SetUp | undefined> {
  const rustc = findProgram("rustc");
  if (rustc === undefined) return undefined;
  const { code, output } = await runProgram(rustc, ["--print", "target-libdir", "--target", target], { cwd });
  return code === 0 && existsSync(output.trim()) ? { args: [], env: {} } : undefined;
}

function debianSetUp(): SetUp | undefined {
  const linker = findProgram(debianLinker);
  if (linker === undefined || !existsSync(debianCompiler) || !existsSync(debianSources)) return undefined;
  return {
    // The first on PATH may be rustup's, which runs nothing without a toolchain of its own.
    ...(existsSync(debianCargo) && { cargo: debianCargo }),
    sharedFolder: join(toolchainCache(), "cargo-shared"),
    args: [`-Zbuild-std=${standardLibraries}`],
    env: {
      RUSTC: debianCompiler,
      RUSTC_BOOTSTRAP: "1",
      RUSTFLAGS: `-Clinker=${linker} -Clink-arg=-zstack-size=${stackBytes}`,
      PATH: [process.env.PATH, dirname(linker)].join(":"),
    },
  };
}
