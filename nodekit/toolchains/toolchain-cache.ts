// Where compilers and what they build once are kept between projects.

import { homedir } from "node:os";
import { join } from "node:path";

/** The compiler that the Zig kit is written for; the language still changes from one version to the next. */
export const zigVersion = "0.17.1";

/** A folder outside of every project; it may be deleted at any time. `FLOWFUSION_CACHE` names another place. */
export function toolchainCache(): string {
  const { FLOWFUSION_CACHE, XDG_CACHE_HOME } = process.env;
  return join(FLOWFUSION_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flowfusion"), "toolchains");
}

/** Where tools/toolchains.ts puts Zig. */
export const zigFolder = (): string => join(toolchainCache(), `zig-${zigVersion}`);
export const zigExecutable = (): string => join(zigFolder(), "ziglang", "zig");

/** The engine beside V8 that artefacts are held to, as a Python package. */
export const wasmtimeVersion = "50.0.1";

/** Where tools/toolchains.ts puts the package `wasmtime`; goes on PYTHONPATH. */
export const wasmtimeFolder = (): string => join(toolchainCache(), `wasmtime-${wasmtimeVersion}`);
