// The node modules that a flow may use: the built-in ones and those that the program brings as assets. Read once in
// the life of the process, and only when a call needs them, so that the provider answers its first calls at once.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Diagnostic, FlowFusionError, type ModuleCatalog, type NodeModule, reasonOf } from "@flowfusion/graph";
import { propertyPath } from "../wire/path.ts";
import type { Asset } from "../wire/values.ts";

export interface CatalogResult {
  readonly catalog: ModuleCatalog;
  /** What is wrong with the custom modules; those are not in the catalog. */
  readonly failures: readonly Diagnostic[];
}

export class ModuleShelf {
  #builtIns: Promise<ModuleCatalog> | undefined;
  /** Custom modules by content hash. */
  readonly #loaded = new Map<string, NodeModule>();

  builtIns(): Promise<ModuleCatalog> {
    this.#builtIns ??= import("@flowfusion/nodes").then(({ builtinCatalog }) => builtinCatalog());
    return this.#builtIns;
  }

  /** The built-in modules and the custom ones; a custom module takes the place of a built-in of the same name. */
  async catalogWith(assets: ReadonlyMap<string, Asset>): Promise<CatalogResult> {
    const catalog = new Map(await this.builtIns());
    const failures: Diagnostic[] = [];
    for (const [type, asset] of assets) {
      try {
        catalog.set(type, await this.#loadAs(type, asset));
      } catch (error) {
        if (!(error instanceof FlowFusionError)) throw error;
        failures.push(...diagnosticsAt(propertyPath(["modules", type]), error));
      }
    }
    return { catalog, failures };
  }

  /** A module that the program brings; a component is reduced to its core module. */
  async load(asset: Asset): Promise<NodeModule> {
    const known = asset.hash === "" ? undefined : this.#loaded.get(asset.hash);
    const { readModule } = await import("@flowfusion/fusion");
    const module = known ?? (await readModule(await readAsset(asset)));
    if (asset.hash !== "") this.#loaded.set(asset.hash, module);
    return module;
  }

  async #loadAs(type: string, asset: Asset): Promise<NodeModule> {
    const module = await this.load(asset);
    if (module.manifest.name !== type) {
      const message = `the module calls itself "${module.manifest.name}"; use that as the node type`;
      throw new FlowFusionError("FF_PROVIDER_MODULE", message);
    }
    return module;
  }
}

/** Relative paths are relative to the program's folder, where the engine starts the provider. */
async function readAsset(asset: Asset): Promise<Uint8Array> {
  const path = asset.path ?? (asset.uri?.startsWith("file:") ? fileURLToPath(asset.uri) : undefined);
  if (path === undefined) {
    const given = asset.uri ?? (asset.text === undefined ? "an asset without contents" : "a StringAsset");
    throw new FlowFusionError("FF_PROVIDER_MODULE", `${given} given, a FileAsset expected`);
  }
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FlowFusionError("FF_PROVIDER_MODULE", `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** What is wrong with a module, for the place at which it is given. */
export function diagnosticsAt(path: string, error: FlowFusionError): Diagnostic[] {
  if (error.diagnostics.length === 0) return [{ code: error.code, path, message: error.message }];
  return error.diagnostics.map((inner) => ({ ...inner, path: inner.path === "" ? path : `${path}: ${inner.path}` }));
}
