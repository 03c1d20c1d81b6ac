// The built-in nodes as fusion takes them. They are ordinary modules: each is loaded and checked like anybody's, when it
// is asked for first, since most flows use a few of them and a process that starts should not check the rest.

import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { loadModule } from "@flowfusion/fusion";
import type { Digest, ModuleCatalog, ModuleExpressions, NodeManifest, NodeModule } from "@flowfusion/graph";

const dist = path.join(import.meta.dirname, "dist");
const extension = ".wasm";

let catalog: Promise<ModuleCatalog> | undefined;

/** Node type → module, for every built-in node. Read once. */
export function builtinCatalog(): Promise<ModuleCatalog> {
  catalog ??= read();
  return catalog;
}

async function read(): Promise<ModuleCatalog> {
  const files = (await readdir(dist)).filter((file) => file.endsWith(extension)).sort();
  // The build names a file by the type.
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, NodeModule]> => {
        const wasm = await readFile(path.join(dist, file));
        return [path.basename(file, extension), new BuiltinModule(wasm)];
      }),
    ),
  );
}

class BuiltinModule implements NodeModule {
  readonly wasm: Uint8Array;
  #loaded: NodeModule | undefined;

  constructor(wasm: Uint8Array) {
    this.wasm = wasm;
  }

  get manifest(): NodeManifest {
    return this.#module.manifest;
  }

  get digest(): Digest {
    return this.#module.digest;
  }

  get expressions(): ModuleExpressions | undefined {
    return this.#module.expressions;
  }

  get #module(): NodeModule {
    this.#loaded ??= loadModule(this.wasm);
    return this.#loaded;
  }
}
