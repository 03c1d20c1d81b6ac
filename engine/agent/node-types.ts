// The catalogue of this gateway: the node types that are built in, and those that somebody uploaded a module for. What is
// fused here is fused from it, and who draws a flow elsewhere learns from it what there is.

import { loadModule } from "@flowfusion/fusion";
import {
  type Digest,
  FlowFusionError,
  type ModuleCatalog,
  type NodeManifest,
  type NodeModule,
} from "@flowfusion/graph";
import type { NodeTypeRow } from "../store/node-type-table.ts";
import type { Store } from "../store/store.ts";
import { demand, type Precondition } from "./etag.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { NodeType, NodeTypePage } from "./node-type-schemas.ts";
import { ApiError, type ProblemMembers } from "./problem.ts";

const WRITES_WAITING_MAX = 16;

export class NodeTypes {
  readonly #store: Store;
  readonly #loadBuiltIns: () => Promise<ModuleCatalog>;
  readonly #writes = new KeyedQueue(WRITES_WAITING_MAX);

  /** `loadBuiltIns` is called when they are needed first, and gives the same ones each time. */
  constructor(store: Store, loadBuiltIns: () => Promise<ModuleCatalog>) {
    this.#store = store;
    this.#loadBuiltIns = loadBuiltIns;
  }

  /** By name, after the given one. */
  async list(after: string, limit: number): Promise<NodeTypePage> {
    const all = [...(await this.#builtIns()), ...this.#store.nodeTypes.all().map(describe)];
    const found = all.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
    const items = found.slice(0, limit);
    return found.length > limit ? { items, next: items.at(-1)!.name } : { items };
  }

  async get(name: string): Promise<NodeType> {
    const found = (await this.#builtIns()).find((type) => type.name === name) ?? this.find(name);
    if (found === undefined) throw notFound(name);
    return found;
  }

  /** An uploaded type. */
  find(name: string): NodeType | undefined {
    const row = this.#store.nodeTypes.get(name);
    return row && describe(row);
  }

  /** Makes a node type of a module in the store. Throws `FF_NODE_TYPE_REFUSED` when that cannot be. */
  async put(name: string, precondition: Precondition, module: Digest, by: string): Promise<NodeType> {
    return this.#writes.run(name, async () => {
      const before = this.#store.nodeTypes.get(name);
      demand(precondition, `node type ${name}`, conflictOf(before));
      const { manifest, sizeBytes } = await this.#demandModule(name, module);
      const row = this.#store.nodeTypes.commit({
        ...{ name, module, manifest: JSON.stringify(manifest), sizeBytes, expected: before?.generation },
        ...{ changedAt: new Date().toISOString(), changedBy: by },
      });
      return describe(row);
    });
  }

  async remove(name: string, precondition: Precondition, by: string): Promise<void> {
    return this.#writes.run(name, async () => {
      const before = this.#store.nodeTypes.get(name);
      if (before === undefined) throw notFound(name);
      demand(precondition, `node type ${name}`, conflictOf(before));
      this.#store.nodeTypes.remove(name, before.generation, new Date().toISOString(), by);
    });
  }

  /** The modules that a graph of these node types may be resolved with: all built-in ones, and of the uploaded those. */
  async modules(types: ReadonlySet<string>): Promise<readonly Uint8Array[]> {
    const builtIns = [...(await this.#loadBuiltIns()).values()].map(({ wasm }) => wasm);
    const uploaded = this.#store.nodeTypes.all().filter(({ name }) => types.has(name));
    const found = await Promise.all(uploaded.map(({ module }) => this.#store.modules.read(module)));
    return [...builtIns, ...found.filter((bytes) => bytes !== undefined)];
  }

  /** A built-in module by its digest. */
  async builtInModule(digest: Digest): Promise<NodeModule | undefined> {
    for (const module of (await this.#loadBuiltIns()).values()) {
      if (module.digest === digest) return module;
    }
    return undefined;
  }

  async #builtIns(): Promise<readonly NodeType[]> {
    return [...(await this.#loadBuiltIns()).values()].map(({ manifest, digest, wasm }) => ({
      ...{ name: manifest.name, source: "built-in", module: digest, sizeBytes: wasm.length, manifest },
    }));
  }

  async #demandModule(name: string, digest: Digest): Promise<{ manifest: NodeManifest; sizeBytes: number }> {
    if ((await this.#loadBuiltIns()).has(name)) {
      throw refused(`${name} is built in; give the module another name in its manifest`);
    }
    this.#store.modules.touch(digest);
    const bytes = await this.#store.modules.read(digest);
    if (bytes === undefined) {
      throw refused(`the store has no module ${digest}; upload it with PUT /v1/modules/${digest}`);
    }
    const { manifest } = loadModule(bytes);
    if (manifest.name !== name) throw refused(`the module calls itself ${manifest.name}, the URL says ${name}`);
    return { manifest, sizeBytes: bytes.length };
  }
}

function describe({ name, module, sizeBytes, manifest, generation, changedAt, changedBy }: NodeTypeRow): NodeType {
  return {
    ...{ name, source: "uploaded", module, sizeBytes, manifest: JSON.parse(manifest) as NodeManifest },
    uploaded: { generation, at: changedAt, by: changedBy },
  };
}

function conflictOf(row: NodeTypeRow | undefined): ProblemMembers["current"] {
  return row && { generation: row.generation, deployedAt: row.changedAt, deployedBy: row.changedBy };
}

const refused = (why: string): FlowFusionError => new FlowFusionError("FF_NODE_TYPE_REFUSED", why);
const notFound = (name: string): ApiError =>
  new ApiError("FF_API_NOT_FOUND", `node type ${name}: not on this gateway, or built in`);
