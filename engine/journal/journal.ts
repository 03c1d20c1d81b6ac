// A file that remembers what memory holds, for the next start: changes are appended to it, and when it has grown too large
// it is written anew from what is kept. Whoever appends never waits and is never refused: memory is what counts, and a disk
// that does not take it is told of, tried again from time to time, and given all of it once it does.
//
// What was appended survives the end of the process as soon as the system took it, and a loss of power after `syncWithinMs`.

import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { isMissing, makeFolder, writeDurably } from "../durable-file.ts";
import { failpoint } from "../failpoints.ts";
import { decodeJournal, encodeRecord, type JournalContent, journalHeader } from "./records.ts";

export interface JournalOptions<Entry extends object> {
  readonly path: string;
  /** Beyond it the file is written anew. */
  readonly fileBytesMax: number;
  /** For so long what was written may be lost with the power, ms; 0: each write is synced. */
  readonly syncWithinMs: number;
  /** When to try a disk again that failed, ms. */
  readonly retryMs?: number;
  /** All that there is to remember, oldest first. */
  readonly kept: () => Iterable<Entry>;
}

const retryDefaultMs = 5_000;
/** More than that does not wait for a disk that is slow: then the file is written anew from what is kept. */
const pendingBytesMax = 1024 * 1024;

/** What the file holds; nothing where there is none. A file that the disk does not give is damage too. */
export async function readJournal<Entry>(file: string): Promise<JournalContent<Entry>> {
  try {
    return decodeJournal(await readFile(file));
  } catch (error) {
    return { entries: [], damage: isMissing(error) ? undefined : textOf(error) };
  }
}

export class Journal<Entry extends object> {
  readonly #options: JournalOptions<Entry>;
  /** Of the file that stands; 0 while there is none that may be appended to. */
  #fileBytes = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #mustRewrite: boolean;
  #isSynced = true;
  #syncedAtMs = Number.NEGATIVE_INFINITY;
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #error: string | undefined;
  /** Entries that were ever appended, and those of them that the system has. */
  #everAppended = 0;
  #everWritten = 0;

  /** `isAsFound`: the file holds what is kept, or there is none and nothing is; else it is written anew. */
  constructor(options: JournalOptions<Entry>, isAsFound: boolean) {
    this.#options = options;
    this.#mustRewrite = !isAsFound;
    if (this.#mustRewrite) this.#wake();
  }

  /** Why what is kept is not on disk, while that is so. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Whether what was appended so far outlives the process; or cannot, which `error` tells. */
  whenWritten(): () => boolean {
    const last = this.#everAppended;
    return () => this.#everWritten >= last || this.#error !== undefined;
  }

  append(entry: Entry): void {
    if (this.#isClosed) return;
    this.#everAppended++;
    // A disk that failed gets all of it when it is tried again.
    if (this.#error !== undefined) return;
    if (!this.#mustRewrite) {
      const record = encodeRecord(entry);
      this.#pending.push(record);
      this.#pendingBytes += record.length;
      if (this.#pendingBytes > pendingBytesMax) this.#mustRewrite = true;
    }
    this.#wake();
  }

  /** Writes what is still to be written, syncs it, and takes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#working;
    if (this.#isDue || !this.#isSynced) await this.#work(true);
  }

  get #isDue(): boolean {
    return this.#mustRewrite || this.#pendingBytes > 0;
  }

  #wake(): void {
    this.#working ??= this.#work(false).finally(() => {
      this.#working = undefined;
    });
  }

  /** Never rejects. */
  async #work(isLast: boolean): Promise<void> {
    try {
      while (this.#isDue) await (this.#isAppendable ? this.#appendPending(isLast) : this.#rewrite());
      if (!this.#isSynced && (isLast || this.#syncDueMs <= 0)) await this.#appendPending(true);
      else if (!this.#isSynced) this.#later(this.#syncDueMs);
      this.#error = undefined;
    } catch (error) {
      this.#error = textOf(error);
      this.#mustRewrite = true;
      this.#drain();
      this.#later(this.#options.retryMs ?? retryDefaultMs);
    }
  }

  get #isAppendable(): boolean {
    return (
      !this.#mustRewrite && this.#fileBytes > 0 && this.#fileBytes + this.#pendingBytes <= this.#options.fileBytesMax
    );
  }

  get #syncDueMs(): number {
    return this.#syncedAtMs + this.#options.syncWithinMs - performance.now();
  }

  async #appendPending(mustSync: boolean): Promise<void> {
    const last = this.#everAppended;
    const bytes = this.#drain();
    // Not made here: a file that somebody took away is written anew, whole.
    const file = await open(this.#options.path, constants.O_WRONLY | constants.O_APPEND);
    try {
      failpoint("journal.append");
      await file.appendFile(bytes);
      this.#fileBytes += bytes.length;
      this.#everWritten = last;
      this.#isSynced = false;
      if (!mustSync && this.#syncDueMs > 0) return;
      failpoint("disk.fsync");
      await file.datasync();
      this.#synced();
    } finally {
      await file.close();
    }
  }

  async #rewrite(): Promise<void> {
    const last = this.#everAppended;
    this.#drain();
    this.#mustRewrite = false;
    const bytes = Buffer.concat([journalHeader, ...[...this.#options.kept()].map(encodeRecord)]);
    const { dir, base } = path.parse(this.#options.path);
    await makeFolder(dir);
    await writeDurably("journal", dir, base, bytes);
    this.#fileBytes = bytes.length;
    this.#everWritten = last;
    this.#synced();
  }

  #drain(): Buffer {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return bytes;
  }

  #synced(): void {
    this.#isSynced = true;
    this.#syncedAtMs = performance.now();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#wake(), ms);
    this.#timer.unref();
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
