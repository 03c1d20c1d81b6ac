// Fused artefacts on disk, so that an up does not repeat what its preview has just done (the engine starts a new provider
// for each), nor the command line what either did. Only bundled programs cache, since only then is it known which fuser
// made a file; all that were bundled from the same sources share one cache.
//
//   <cache folder>/flowfusion/fused/<key>.<digest of the contents>.wasm
//
// The key is a digest over the fuser's build and the canonical graph, in which the modules stand by digest. A file is
// believed only when its contents have the digest in its name. The cache never fails an operation.

import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Set by the bundler to a digest of all that goes into fusing; absent when the sources run as they are. */
const ownBuild = process.env.FLOWFUSION_FUSER_BUILD;

/** An artefact has some 40 kB, or megabytes with Go in it. The one that was used longest ago goes first. */
const bounds = { filesMax: 256, bytesMax: 256 * 1024 * 1024 };

export interface FusedCacheOptions {
  readonly folder?: string;
  /** Which fuser `fuse` is; without one nothing is kept. */
  readonly build?: string | undefined;
  readonly filesMax?: number;
  readonly bytesMax?: number;
}

export interface Cached {
  readonly wasm: Uint8Array;
  /** Whether it was made before. */
  readonly isKnown: boolean;
}

export class FusedCache {
  readonly #folder: string;
  readonly #build: string | undefined;
  readonly #bounds: { readonly filesMax: number; readonly bytesMax: number };

  constructor(options: FusedCacheOptions = {}) {
    const { folder = defaultFolder(), filesMax = bounds.filesMax, bytesMax = bounds.bytesMax } = options;
    this.#folder = folder ?? "";
    this.#build = folder === undefined ? undefined : "build" in options ? options.build : ownBuild;
    this.#bounds = { filesMax, bytesMax };
  }

  /** What was made of this graph before, else what `fuse` makes now. `graph`: in its canonical encoding. */
  async through(graph: Uint8Array, fuse: () => Promise<Uint8Array>): Promise<Cached> {
    if (this.#build === undefined) return { wasm: await fuse(), isKnown: false };
    const key = hash(Buffer.concat([Buffer.from(`${this.#build}\n`), graph]));
    const known = await this.#find(key).catch(() => undefined);
    if (known !== undefined) return { wasm: known, isKnown: true };
    const wasm = await fuse();
    await this.#keep(key, wasm).catch(() => {});
    return { wasm, isKnown: false };
  }

  async #find(key: string): Promise<Uint8Array | undefined> {
    const name = (await readdir(this.#folder)).find((file) => file.startsWith(`${key}.`));
    if (name === undefined) return undefined;
    const path = join(this.#folder, name);
    const wasm = await readFile(path);
    if (name !== `${key}.${hash(wasm)}.wasm`) {
      await rm(path, { force: true });
      return undefined;
    }
    const now = new Date();
    await utimes(path, now, now);
    return wasm;
  }

  async #keep(key: string, wasm: Uint8Array): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const draft = join(this.#folder, `.${randomUUID()}`);
    await writeFile(draft, wasm);
    await rename(draft, join(this.#folder, `${key}.${hash(wasm)}.wasm`));
    await this.#prune();
  }

  async #prune(): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.#folder)).map(async (name) => {
        const path = join(this.#folder, name);
        const { mtimeMs, size } = await stat(path);
        return { path, usedMs: mtimeMs, size };
      }),
    );
    let [count, bytes] = [files.length, files.reduce((sum, { size }) => sum + size, 0)];
    for (const { path, size } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (count <= this.#bounds.filesMax && bytes <= this.#bounds.bytesMax) return;
      await rm(path, { force: true });
      count -= 1;
      bytes -= size;
    }
  }
}

/** None where there is no home: asked to make one where the system makes none, Node.js tries for ever. */
function defaultFolder(): string | undefined {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
  return caches && existsSync(dirname(caches)) ? join(caches, "flowfusion", "fused") : undefined;
}

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
