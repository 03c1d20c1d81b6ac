// The built-in nodes as fusion takes them. They are ordinary modules: each is loaded and checked like anybody's.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { loadModule } from "@flowfusion/fusion";
import type { ModuleCatalog } from "@flowfusion/graph";

const dist = path.join(import.meta.dirname, "dist");

let loaded: Promise<ModuleCatalog> | undefined;

/** Node type → module, for every built-in node. Read once. */
export function builtinCatalog(): Promise<ModuleCatalog> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<ModuleCatalog> {
  const files = (await readdir(dist)).filter((file) => file.endsWith(".wasm")).sort();
  const modules = await Promise.all(files.map(async (file) => loadModule(await readFile(path.join(dist, file)))));
  return new Map(modules.map((module) => [module.manifest.name, module]));
}
