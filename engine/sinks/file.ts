// Appends messages to a file in the gateway's output folder, as JSON or CSV, one message a line. A block is written as one
// piece; when that fails, the file is cut back to the last whole block before anything else is written, so that no
// line is doubled or torn. A file that ends within a line, as a power cut may leave it, is continued on a new line. Flows may
// write to one file, a block at a time each.
//
// Rotation renames the file, before a block that would make it too large or too old, to `name.TIME.ending`, and begins a
// new one. A file that somebody else has moved away or deleted is noticed, too. Nothing is ever dropped but the oldest
// rotated files, where their number is bounded.

import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type CanonicalNode, messageJson } from "@flowfusion/graph";
import { makeFolder, syncFolder } from "../durable-file.ts";
import { Turns } from "../turns.ts";
import { csvHeader, csvLine } from "./encoding.ts";
import { Places } from "./places.ts";
import { readMessages, type Sink, type Taken } from "./sink.ts";

const newLine = 0x0a;
const syncMs = 1_000;
/** What is written is for others: the umask decides for whom. */
const folderMode = 0o777;

type FsyncPolicy = "never" | "second" | "batch";

interface FileOptions {
  readonly path: string;
  readonly isCsv: boolean;
  /** 0: not by size. */
  readonly rotateBytes: number;
  /** 0: not by time. */
  readonly rotateMs: number;
  /** Rotated files; 0: all. */
  readonly keptMax: number;
  readonly fsync: FsyncPolicy;
}

/** Throws when the path leads out of the output folder. `nowMs`: ms since the Unix epoch. */
export function createFileSink(props: CanonicalNode["props"], outputDir: string, nowMs = Date.now): Sink {
  const options: FileOptions = {
    path: resolveInside(outputDir, String(props.path)),
    isCsv: props.encoding === "csv",
    rotateBytes: Number(props.rotateBytes),
    rotateMs: Number(props.rotateMs),
    keptMax: Number(props.keptMax),
    fsync: props.fsync as FsyncPolicy,
  };
  return new FileSink(options, nowMs);
}

function resolveInside(folder: string, relative: string): string {
  const target = path.resolve(folder, relative);
  const isInside = target.startsWith(`${path.resolve(folder)}${path.sep}`);
  if (!isInside || path.isAbsolute(relative) || relative.includes("\0")) {
    throw new Error(
      `path ${JSON.stringify(relative)} is not a file in the gateway's output folder; give a relative path within it`,
    );
  }
  return target;
}

/** A file of a name that nobody else has, of another thread neither, by the first time from `ms` on; so far it is empty. */
async function reserved(ms: number, nameAt: (ms: number) => string): Promise<string> {
  try {
    await (await open(nameAt(ms), "wx")).close();
    return nameAt(ms);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return reserved(ms + 1, nameAt);
  }
}

/** The file as it was opened. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly ino: number;
  readonly dev: number;
  /** Bytes, when it was last looked at. */
  size: number;
  /** Bytes at its end that belong to a block which failed. */
  torn: number;
}

/** So many blocks are made into lines and written at once. More would not be faster: Node.js has four threads for files. */
const atOnceMax = 8;
const writing = new Places(atOnceMax);
/** By path, for the flows of this thread: once one has rotated a file, it is not due for the others. */
const rotations = new Turns();

class FileSink implements Sink {
  readonly #options: FileOptions;
  readonly #nowMs: () => number;
  #file: OpenFile | undefined;
  #isClosed = false;
  /** When the file was begun. ms since the Unix epoch. */
  #begunMs = 0;
  /** Set while something was written and not synced. */
  #syncing: NodeJS.Timeout | undefined;

  constructor(options: FileOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  async send(frames: Uint8Array): Promise<Taken> {
    await writing.enter();
    try {
      if (this.#isClosed) throw new Error("the sink is closed");
      const { messages, bytes, malformed } = readMessages(frames);
      const lines = this.#options.isCsv
        ? messages.map(csvLine)
        : messages.map((message) => `${messageJson(message)}\n`);
      await this.#append(lines.join(""));
      return { bytes, dropped: { malformed } };
    } finally {
      writing.leave();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#closeFile();
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    clearTimeout(this.#syncing);
    if (this.#syncing) await file?.handle.datasync().catch(() => {});
    this.#syncing = undefined;
    await file?.handle.close();
  }

  async #append(lines: string): Promise<void> {
    if (this.#file && this.#file.torn > 0) await cutBack(this.#file);
    let file = await this.#reach();
    const bytes = Buffer.byteLength(lines);
    if (this.#isDue(file.size, bytes)) {
      await rotations.run(this.#options.path, async () => {
        // Another flow may have done it meanwhile.
        const { size } = await this.#reach();
        if (this.#isDue(size, bytes)) await this.#rotate();
      });
      file = await this.#reach();
    }
    const block = Buffer.from(file.size === 0 && this.#options.isCsv ? csvHeader + lines : lines);
    try {
      while (file.torn < block.length) file.torn += (await file.handle.write(block, file.torn)).bytesWritten;
      if (this.#options.fsync === "batch") await file.handle.datasync();
    } catch (error) {
      // Where this fails too, the next try begins with it.
      if (file.torn > 0) await cutBack(file).catch(() => {});
      throw error;
    }
    file.torn = 0;
    if (this.#options.fsync === "second") this.#syncSoon(file);
  }

  #syncSoon(file: OpenFile): void {
    this.#syncing ??= setTimeout(() => {
      this.#syncing = undefined;
      // There is nobody left to tell: the next write meets the same disk.
      if (this.#file === file) void file.handle.datasync().catch(() => {});
    }, syncMs);
  }

  #isDue(size: number, bytes: number): boolean {
    const { rotateBytes, rotateMs } = this.#options;
    if (size === 0) return false;
    const nowMs = this.#nowMs();
    this.#begunMs = Math.min(this.#begunMs, nowMs);
    return (rotateBytes > 0 && size + bytes > rotateBytes) || (rotateMs > 0 && nowMs - this.#begunMs >= rotateMs);
  }

  async #rotate(): Promise<void> {
    await this.#closeFile();
    const { dir, name, ext } = path.parse(this.#options.path);
    const timeOf = (file: string) => timeIn(file.slice(name.length + 1, file.length - ext.length));
    const isRotated = (file: string) => file.startsWith(`${name}.`) && file.endsWith(ext) && timeOf(file) !== undefined;
    const rotated = (await readdir(dir)).filter(isRotated).sort();
    // A clock that was put back must not make the newest file the oldest.
    const newestMs = rotated.length === 0 ? 0 : timeOf(rotated.at(-1)!)!;
    const target = await reserved(Math.max(this.#nowMs(), newestMs + 1), (ms) =>
      path.join(dir, `${name}.${inName(ms)}${ext}`),
    );
    try {
      await rename(this.#options.path, target);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
    const { keptMax } = this.#options;
    if (keptMax === 0) return;
    for (const file of rotated.slice(0, Math.max(0, rotated.length + 1 - keptMax))) {
      await rm(path.join(dir, file), { force: true });
    }
  }

  /** The file that the path names: somebody else may have moved away the one that is open. */
  async #reach(): Promise<OpenFile> {
    const file = this.#file;
    if (file) {
      const there = await stat(this.#options.path).catch(() => undefined);
      if (there?.ino === file.ino && there.dev === file.dev) {
        file.size = there.size;
        return file;
      }
      await this.#closeFile();
    }
    return this.#open();
  }

  async #open(): Promise<OpenFile> {
    const folder = path.dirname(this.#options.path);
    const isSynced = this.#options.fsync !== "never";
    await (isSynced ? makeFolder(folder, folderMode) : mkdir(folder, { recursive: true, mode: folderMode }));
    const handle = await open(this.#options.path, "a+");
    try {
      // What is synced in a file is lost with its name, and that is the folder's.
      if (isSynced) await syncFolder(folder);
      await endLine(handle);
      const { size, birthtimeMs, ino, dev } = await handle.stat();
      this.#begunMs = size === 0 ? this.#nowMs() : birthtimeMs;
      this.#file = { handle, ino, dev, size, torn: 0 };
      return this.#file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

/** Takes the rest of a failed block off; where somebody else has written behind it, what follows begins on a new line. */
async function cutBack(file: OpenFile): Promise<void> {
  const { size } = await file.handle.stat();
  if (size === file.size + file.torn) await file.handle.truncate(file.size);
  else await endLine(file.handle);
  file.torn = 0;
}

const inName = (atMs: number): string => new Date(atMs).toISOString().replaceAll(":", "-");

/** The time that `inName` wrote so, ms since the Unix epoch; undefined where it did not. */
function timeIn(text: string): number | undefined {
  const atMs = Date.parse(text.replace(/T(\d\d)-(\d\d)-/, "T$1:$2:"));
  return Number.isNaN(atMs) || inName(atMs) !== text ? undefined : atMs;
}

async function endLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== newLine) await file.appendFile("\n");
}
