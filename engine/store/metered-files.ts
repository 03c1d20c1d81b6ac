// Shapes of flows on disk, each with its metered module, so that a start need neither meter them again nor read their
// code. Nothing here is needed: a file that is missing, cut or damaged is made again, so none is synced, and a disk that takes
// none only makes starts slower.
//
//   0   32  sha256 of the rest
//   32  n   a `KeptShape`, as `v8.serialize` writes it

import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { ShapePattern } from "@flowfusion/fusion";

const CHECKSUM_BYTES = 32;
/** More flows of different shapes than a gateway is made for; beyond, the oldest files go. */
const FILES_MAX = 2_000;

export interface KeptShape {
  /** What it was metered by, and under which limits. */
  readonly under: string;
  readonly metered: Uint8Array;
  readonly pattern: ShapePattern | undefined;
}

export class MeteredFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** All that may be read. */
  names(): readonly string[] {
    try {
      return readdirSync(this.folder);
    } catch {
      return [];
    }
  }

  /** Undefined when there is none that is whole. */
  read(name: string): KeptShape | undefined {
    let bytes: Uint8Array;
    try {
      // Read at once: they are small, and a thousand trips to another thread are what a start has no time for.
      bytes = readFileSync(join(this.folder, name));
    } catch {
      return undefined;
    }
    const kept = bytes.subarray(CHECKSUM_BYTES);
    return checksum(kept).equals(bytes.subarray(0, CHECKSUM_BYTES)) ? deserialize(kept) : undefined;
  }

  async write(name: string, shape: KeptShape): Promise<void> {
    const temporary = join(this.folder, `${randomUUID()}.part`);
    const kept = serialize(shape);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, [checksum(kept), kept], { mode: 0o600 });
      await rename(temporary, join(this.folder, name));
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
