// The numbers of an edge node's Sparkplug sessions, its bdSeq: a host tells by them whether a death that comes late is that of
// the session that runs or of one before. So a number is on disk before a CONNECT carries it, and the next start, also after
// a kill or a loss of power, goes on with the one after it.
//
//   <folder>/<SHA-256 of group and edge node>/session.json     { "groupId", "edgeNodeId", "bdSeq" }

import { readFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "@flowfusion/graph";
import { clearTemporary, makeFolder, writeDurably } from "../../durable-file.ts";

const fileName = "session.json";
const modulus = 256;

export interface EdgeNode {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

export class SessionNumbers {
  readonly #node: EdgeNode;
  readonly #folder: string | undefined;
  /** Undefined until it was looked for on disk. */
  #last: number | undefined;

  /** `folder`: of all edge nodes; without one they count in memory alone. */
  constructor({ groupId, edgeNodeId }: EdgeNode, folder: string | undefined) {
    this.#node = { groupId, edgeNodeId };
    const name = sha256(Buffer.from(JSON.stringify([groupId, edgeNodeId]))).slice("sha256:".length);
    this.#folder = folder && path.join(folder, name);
  }

  /** The number of a new session. A disk that fails keeps no session from beginning: then it counts on in memory. */
  async next(): Promise<number> {
    this.#last ??= await this.#read();
    this.#last = (this.#last + 1) % modulus;
    await this.#write(this.#last).catch(() => undefined);
    return this.#last;
  }

  async #read(): Promise<number> {
    if (this.#folder === undefined) return -1;
    try {
      await clearTemporary(this.#folder);
      const { bdSeq } = JSON.parse(await readFile(path.join(this.#folder, fileName), "utf8")) as { bdSeq?: unknown };
      return typeof bdSeq === "number" && bdSeq >= 0 && bdSeq < modulus ? Math.trunc(bdSeq) : -1;
    } catch {
      return -1;
    }
  }

  async #write(bdSeq: number): Promise<void> {
    if (this.#folder === undefined) return;
    await makeFolder(this.#folder);
    await writeDurably("session", this.#folder, fileName, Buffer.from(JSON.stringify({ ...this.#node, bdSeq })));
  }
}
