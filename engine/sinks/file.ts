// Appends messages to a file in the gateway's output folder, one JSON document a line. A block is written as one
// piece; when that fails, the file is cut back to the last whole block before anything else is written, so that no
// line is doubled or torn. A file that ends within a line, as a power cut may leave it, is continued on a new line.

import { type FileHandle, mkdir, open } from "node:fs/promises";
import path from "node:path";
import { messageJson, type PropValue } from "@flowfusion/graph";
import { readMessages, type Sink, type Taken } from "./sink.ts";

const newLine = 0x0a;

/** Throws when the path leads out of the output folder. */
export function createFileSink(props: { readonly [name: string]: PropValue }, outputDir: string): Sink {
  return new FileSink(resolveInside(outputDir, String(props.path)));
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

class FileSink implements Sink {
  readonly #path: string;
  #file: FileHandle | undefined;
  /** Length to cut the file back to, while a write is not known to have succeeded. */
  #cutBackTo: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async send(frames: Uint8Array): Promise<Taken> {
    const { messages, bytes, malformed } = readMessages(frames);
    this.#file ??= await this.#open();
    await this.#append(this.#file, messages.map((message) => `${messageJson(message)}\n`).join(""));
    return { bytes, dropped: { malformed } };
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #append(file: FileHandle, text: string): Promise<void> {
    await this.#cutBack(file);
    this.#cutBackTo = (await file.stat()).size;
    try {
      await file.appendFile(text);
    } catch (error) {
      // Where this fails too, the next try begins with it.
      await this.#cutBack(file).catch(() => {});
      throw error;
    }
    this.#cutBackTo = undefined;
  }

  async #cutBack(file: FileHandle): Promise<void> {
    if (this.#cutBackTo === undefined) return;
    await file.truncate(this.#cutBackTo);
    this.#cutBackTo = undefined;
  }

  async #open(): Promise<FileHandle> {
    await mkdir(path.dirname(this.#path), { recursive: true });
    const file = await open(this.#path, "a+");
    try {
      await endLine(file);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

async function endLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== newLine) await file.appendFile("\n");
}
