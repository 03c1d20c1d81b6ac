// Fused artefacts on disk, so that an up does not repeat what its preview has just done: the engine starts a new
// provider for each. Only a bundled provider caches, since only then is it known which fuser made a file.
//
//   <cache folder>/flowfusion/fused/<key>.<digest of the contents>.wasm
//
// The key is a digest over the fuser's build and the canonical graph, in which the modules stand by digest. A file is
// believed only when its contents have the digest in its name. The cache never fails an operation.

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Set by the bundler to a digest of all that goes into fusing; absent when the sources run as they are. */
const build = process.env.FLOWFUSION_FUSER_BUILD;

/** Some 40 kB each. The one that was used longest ago goes first. */
const filesMax = 256;

export class FusedCache {
  readonly #folder: string;

  constructor(folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "flowfusion", "fused")) {
    this.#folder = folder;
  }

  /** What was made of this graph before, else what `fuse` makes now. */
  async through(graph: Uint8Array, fuse: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (build === undefined) return fuse();
    const key = hash(Buffer.concat([Buffer.from(`${build}\n`), graph]));
    const known = await this.#find(key).catch(() => undefined);
    if (known !== undefined) return known;
    const wasm = await fuse();
    await this.#keep(key, wasm).catch(() => {});
    return wasm;
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
    const names = await readdir(this.#folder);
    if (names.length <= filesMax) return;
    const files = await Promise.all(
      names.map(async (name) => ({
        path: join(this.#folder, name),
        usedMs: (await stat(join(this.#folder, name))).mtimeMs,
      })),
    );
    const oldest = files.sort((a, b) => a.usedMs - b.usedMs).slice(0, names.length - filesMax);
    await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
  }
}

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
