// The folder that the spools of all flows are in, a folder a flow: what a flow that is gone has left there is removed.

import { readdir, rm } from "node:fs/promises";
import path from "node:path";

export class SpoolFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what sinks of the flow left, which must not run. */
  async forget(flow: string): Promise<void> {
    await rm(path.join(this.#folder, flow), { recursive: true, force: true });
  }

  /** Removes what is of no flow that is known; gives their names. */
  async removeOrphans(isKnown: (flow: string) => boolean): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [] as string[];
      throw error;
    });
    const orphans = names.filter((flow) => !isKnown(flow));
    for (const flow of orphans) await this.forget(flow);
    return orphans;
  }
}
