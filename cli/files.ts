// Files that the user names: read with an error that says which, written whole or not at all.

import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readModule } from "@flowfusion/fusion";
import { FlowFusionError, type ModuleCatalog, reasonOf } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";

export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FlowFusionError("FF_CLI_FILE", `${path}: cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

export async function readJson(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readInput(path));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FlowFusionError("FF_CLI_FILE", `${path}: is no JSON: ${reasonOf(error).replaceAll(/\s+/g, " ")}`, {
      cause: error,
    });
  }
}

/** What holds secrets. */
export const forOwnerAlone = 0o600;

export async function writeOutput(path: string, content: Uint8Array, mode = 0o666): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    await writeFile(temporary, content, { mode, flush: true });
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new FlowFusionError("FF_CLI_FILE", `${path}: cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

/** So that a loss of power does not take a name in it. Some file systems have no way to do that, nor may everybody. */
async function syncFolder(path: string): Promise<void> {
  try {
    await using folder = await open(path, "r");
    await folder.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!["EACCES", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"].includes(code ?? "")) throw error;
  }
}

/** The built-in nodes and the modules in the named files. A file's node type replaces a built-in one. */
export async function catalogWith(modulePaths: readonly string[]): Promise<ModuleCatalog> {
  const modules = await Promise.all(modulePaths.map(async (path) => ({ path, wasm: await readInput(path) })));
  const loaded = await Promise.all(modules.map(({ path, wasm }) => namingFile(path, () => readModule(wasm))));
  return new Map([...(await builtinCatalog()), ...loaded.map((module) => [module.manifest.name, module] as const)]);
}

/** Puts the file's name before the text of an error that does not begin with it. */
export async function namingFile<T>(path: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof FlowFusionError) || error.message.startsWith(`${path}: `)) throw error;
    const { code, message, diagnostics } = error;
    throw new FlowFusionError(code, `${path}: ${message}`, { diagnostics, cause: error });
  }
}
