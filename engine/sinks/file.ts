// Appends messages to a file in the gateway's output folder, one JSON document a line. A block is written with one
// call; after a failed write the file is cut back to the last whole block, so that no line is doubled or torn.

import { type FileHandle, mkdir, open } from "node:fs/promises";
import path from "node:path";
import { FlowFusionError, type PropValue } from "@flowfusion/graph";
import { toJson } from "./json.ts";
import { type OnDropped, readMessages, type Sink } from "./sink.ts";

/** Throws `FF_DEPLOY_SINK` when the path leads out of the output folder. */
export function createFileSink(
  props: { readonly [name: string]: PropValue },
  outputDir: string,
  onDropped: OnDropped,
): Sink {
  return new FileSink(resolveInside(outputDir, String(props.path)), onDropped);
}

function resolveInside(folder: string, relative: string): string {
  const target = path.resolve(folder, relative);
  if (path.isAbsolute(relative) || !target.startsWith(`${path.resolve(folder)}${path.sep}`)) {
    throw new FlowFusionError(
      "FF_DEPLOY_SINK",
      `path ${JSON.stringify(relative)} leads out of the gateway's output folder; give a relative path within it`,
    );
  }
  return target;
}

class FileSink implements Sink {
  readonly #path: string;
  readonly #onDropped: OnDropped;
  #file: FileHandle | undefined;

  constructor(path: string, onDropped: OnDropped) {
    this.#path = path;
    this.#onDropped = onDropped;
  }

  async send(frames: Uint8Array): Promise<number> {
    const { messages, bytes } = readMessages(frames, this.#onDropped);
    const file = await this.#open();
    const { size } = await file.stat();
    try {
      await file.appendFile(messages.map((message) => `${toJson(message)}\n`).join(""));
    } catch (error) {
      await file.truncate(size);
      throw error;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #open(): Promise<FileHandle> {
    if (!this.#file) {
      await mkdir(path.dirname(this.#path), { recursive: true });
      this.#file = await open(this.#path, "a");
    }
    return this.#file;
  }
}
