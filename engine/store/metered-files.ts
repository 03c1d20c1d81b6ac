// Metered modules on disk, so that a start need not meter them again. Nothing here is needed: a file that is missing, cut
// or damaged is made again, so none is synced, and a disk that takes none only makes starts slower.
//
//   0   32  sha256 of the rest
//   32  n   the metered module

import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

const CHECKSUM_BYTES = 32;
/** More flows of different shapes than a gateway is made for; beyond, the oldest files go. */
const FILES_MAX = 2_000;

export class MeteredFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined when there is none that is whole. */
  async read(key: string): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array;
    try {
      // Read at once: they are small, and a thousand trips to another thread are what a start has no time for.
      bytes = readFileSync(join(this.folder, key));
    } catch {
      return undefined;
    }
    const metered = bytes.subarray(CHECKSUM_BYTES);
    return checksum(metered).equals(bytes.subarray(0, CHECKSUM_BYTES)) ? metered : undefined;
  }

  async write(key: string, metered: Uint8Array): Promise<void> {
    const temporary = join(this.folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, Buffer.concat([checksum(metered), metered]), { mode: 0o600 });
      await rename(temporary, join(this.folder, key));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** Removes what interrupted writes left, and the oldest files beyond `filesMax`. */
  async sweep(filesMax = FILES_MAX): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names.filter((each) => each.endsWith(".part"))) await this.#remove(name);
    const kept = names.filter((each) => !each.endsWith(".part"));
    if (kept.length <= filesMax) return;
    const aged = await Promise.all(
      kept.map(async (name) => ({ name, ms: (await stat(join(this.folder, name))).mtimeMs })),
    );
    for (const { name } of aged.toSorted((a, b) => b.ms - a.ms).slice(filesMax)) await this.#remove(name);
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true });
  }
}

const checksum = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
