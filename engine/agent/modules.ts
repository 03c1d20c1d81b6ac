// Node modules by their digest. A flow that runs fused needs none of them; one that is to run node by node, for finding a
// fault, needs those that it was fused from. Built-in ones are at hand; who deploys or traces uploads what is missing.

import { inspectModule, loadModule } from "@flowfusion/fusion";
import type { CanonicalGraph, Diagnostic, Digest } from "@flowfusion/graph";
import type { CheckedModule } from "../dataplane/types.ts";
import type { Store } from "../store/store.ts";
import { demandDigest } from "./body-digest.ts";
import type { ModuleInspection } from "./node-type-schemas.ts";
import type { NodeTypes } from "./node-types.ts";
import { ApiError } from "./problem.ts";
import type { ModuleInfo } from "./schemas.ts";

export class Modules {
  readonly #store: Store;
  readonly #nodeTypes: NodeTypes;

  constructor(store: Store, nodeTypes: NodeTypes) {
    this.#store = store;
    this.#nodeTypes = nodeTypes;
  }

  /** Stores a module unless it is there. Throws `FF_MODULE_*` when no node could be made of it. */
  async put(digest: Digest, bytes: Uint8Array): Promise<{ readonly info: ModuleInfo; readonly isNew: boolean }> {
    demandDigest(digest, bytes);
    const { manifest } = loadModule(bytes);
    const info = { digest, sizeBytes: bytes.length, type: manifest.name, version: manifest.version };
    const isNew = !(await this.has(digest));
    if (isNew) await this.#store.modules.write(digest, bytes);
    return { info, isNew };
  }

  /** What a module is, or why it would be refused. Stores nothing and throws nothing. */
  inspect(bytes: Uint8Array): ModuleInspection {
    const { kind, digest, sizeBytes, manifest, contents, linksWasiShim = false, refusals } = inspectModule(bytes);
    return {
      ...{ kind, digest, sizeBytes, ...(manifest && { manifest }) },
      features: contents?.features ?? [],
      imports: (contents?.imports ?? []).map(({ module, name }) => `${module}.${name}`),
      ...{ linksWasiShim, measures: contents?.measures ?? [], refusals },
    };
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.#read(digest)) !== undefined;
  }

  /** The modules of a graph's nodes, each once, and the digests of those that are not here. */
  async find({
    nodes,
  }: CanonicalGraph): Promise<{ readonly modules: readonly CheckedModule[]; readonly missing: Digest[] }> {
    const modules: CheckedModule[] = [];
    const missing: Digest[] = [];
    for (const digest of new Set(nodes.map((node) => node.module))) {
      const module = (await this.#nodeTypes.builtInModule(digest)) ?? (await this.#load(digest));
      if (module === undefined) missing.push(digest);
      else modules.push({ manifest: module.manifest, digest, wasm: module.wasm });
    }
    return { modules, missing };
  }

  /** The modules of a graph's nodes, each once. Throws `FF_DEVELOPMENT_MODULES` that names all that are missing. */
  async of(graph: CanonicalGraph): Promise<readonly CheckedModule[]> {
    const { modules, missing } = await this.find(graph);
    const diagnostics = graph.nodes
      .filter(({ module }) => missing.includes(module))
      .map(({ id, type, module }): Diagnostic => {
        return { code: "FF_DEVELOPMENT_MODULES", path: `nodes.${id}`, message: `${type} is made of ${module}` };
      });
    if (diagnostics.length > 0) {
      throw new ApiError(
        "FF_DEVELOPMENT_MODULES",
        `${missing.length} of ${missing.length + modules.length} modules are not in the store: ${missing.join(", ")}`,
        { diagnostics },
      );
    }
    return modules;
  }

  async #load(digest: Digest): Promise<CheckedModule | undefined> {
    const bytes = await this.#read(digest);
    return bytes && loadModule(bytes);
  }

  /** One that is damaged counts as missing, and is replaced by the next upload. */
  async #read(digest: Digest): Promise<Uint8Array | undefined> {
    this.#store.modules.touch(digest);
    try {
      return await this.#store.modules.read(digest);
    } catch (error) {
      if ((error as { code?: unknown }).code === "FF_STORE_CORRUPT") return undefined;
      throw error;
    }
  }
}
