// The folder of artefacts: one file each, named by its sha256. A file appears whole or not at all (temporary file,
// fsync, rename, fsync of the folder), and every read checks the name against the bytes, so that what is loaded is
// what was uploaded, whatever the disk did meanwhile.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Digest, FlowFusionError, sha256 } from "@flowfusion/graph";
import { clearTemporary, isMissing, makeFolder, writeDurably } from "../durable-file.ts";

export class ArtefactFiles {
  readonly folder: string;
  readonly #nowMs: () => number;
  readonly #openedAtMs: number;
  /** When a file was used last since the folder was opened. */
  readonly #usedAtMs = new Map<Digest, number>();

  private constructor(folder: string, nowMs: () => number) {
    this.folder = folder;
    this.#nowMs = nowMs;
    this.#openedAtMs = nowMs();
  }

  /** Makes the folder if need be and clears what an interrupted write left. `nowMs`: a clock that nobody puts forward or back. */
  static async open(folder: string, nowMs: () => number): Promise<ArtefactFiles> {
    await makeFolder(folder);
    await clearTemporary(folder);
    return new ArtefactFiles(folder, nowMs);
  }

  /** Writes bytes whose digest the caller has checked. Replaces a file that stands there, intact or not. */
  async write(digest: Digest, bytes: Uint8Array): Promise<void> {
    // Young before it is there: a sweep may come between the moment that it has its name and the one that it is durable.
    this.#usedAtMs.set(digest, this.#nowMs());
    try {
      await writeDurably("artefact", this.folder, nameOf(digest), bytes);
    } catch (error) {
      if (!existsSync(this.path(digest))) this.#usedAtMs.delete(digest);
      throw error;
    }
    this.touch(digest);
  }

  /** The bytes, young again; undefined when there is no such file. Throws FF_STORE_CORRUPT when they are not those of the digest. */
  async read(digest: Digest): Promise<Uint8Array | undefined> {
    let bytes: Uint8Array;
    try {
      // Read at once: hashing takes longer, and a thousand trips to another thread are what a start has no time for.
      bytes = readFileSync(this.path(digest));
    } catch (error) {
      if (isMissing(error)) {
        return undefined;
      }
      throw error;
    }
    this.#usedAtMs.set(digest, this.#nowMs());
    this.#demandIntact(digest, sha256(bytes), bytes.length);
    return bytes;
  }

  /** As `read`, piece by piece: what a client takes slowly is not in memory meanwhile. It is checked before the first piece. */
  async stream(digest: Digest): Promise<Readable | undefined> {
    const file = await open(this.path(digest)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (file === undefined) return undefined;
    try {
      const hash = createHash("sha256");
      let sizeBytes = 0;
      for await (const piece of file.createReadStream({ start: 0, autoClose: false })) {
        hash.update(piece);
        sizeBytes += piece.length;
      }
      this.#demandIntact(digest, `sha256:${hash.digest("hex")}`, sizeBytes);
      return file.createReadStream({ start: 0 });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  #demandIntact(digest: Digest, found: string, sizeBytes: number): void {
    if (found === digest) return;
    throw new FlowFusionError(
      "FF_STORE_CORRUPT",
      `${this.path(digest)}: ${sizeBytes} bytes that hash to ${found}, expected ${digest}; upload the artefact again`,
    );
  }

  /** Makes the file, if there is one, young again, so that it is not swept between being used and being referred to. */
  touch(digest: Digest): void {
    if (existsSync(this.path(digest))) this.#usedAtMs.set(digest, this.#nowMs());
  }

  /**
   * Removes files that are not `used` and that have not been touched for `ageMsMin`, nor since the folder was opened. One that the
   * sweep before found used counts as touched then: who was told of it a moment ago may still ask for it. Looks and
   * removes in one go, so that a deploy, whose read makes the file young, finds it, or finds none; never one that vanishes later.
   */
  async sweep(used: () => ReadonlySet<Digest>, ageMsMin: number): Promise<readonly Digest[]> {
    const swept: Digest[] = [];
    const stored = (await readdir(this.folder)).map(digestOfFile).filter((digest) => digest !== undefined);
    // Looked up once for all: there may be tens of thousands. Where there are none, what would use them is not read either.
    const inUse = stored.length === 0 ? new Set() : used();
    const nowMs = this.#nowMs();
    for (const digest of stored) {
      if (inUse.has(digest)) {
        this.#usedAtMs.set(digest, nowMs);
        continue;
      }
      if (nowMs - (this.#usedAtMs.get(digest) ?? this.#openedAtMs) < ageMsMin) continue;
      rmSync(this.path(digest), { force: true });
      this.#usedAtMs.delete(digest);
      swept.push(digest);
    }
    return swept;
  }

  path(digest: Digest): string {
    return join(this.folder, nameOf(digest));
  }
}

const nameOf = (digest: Digest): string => `${digest.slice("sha256:".length)}.wasm`;

function digestOfFile(name: string): Digest | undefined {
  const hex = /^([0-9a-f]{64})\.wasm$/.exec(name)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}
