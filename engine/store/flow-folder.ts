// A folder with one entry for each flow that has left something there, a file or a folder named after it: what a flow that
// is gone has left is removed.

import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { isMissing } from "../durable-file.ts";

export class FlowFolder {
  readonly #folder: string;
  readonly #suffix: string;

  /** `suffix`: of the entries' names, behind the flow's. */
  constructor(folder: string, suffix = "") {
    this.#folder = folder;
    this.#suffix = suffix;
  }

  /** Removes what the flow left, which must not run. */
  async forget(flow: string): Promise<void> {
    await rm(path.join(this.#folder, flow + this.#suffix), { recursive: true, force: true });
  }

  /** The flows that have left something. */
  async list(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names
      .filter((name) => name.endsWith(this.#suffix))
      .map((name) => name.slice(0, name.length - this.#suffix.length));
  }

  /** Removes what is of no flow that is known; gives their names. */
  async removeOrphans(isKnown: (flow: string) => boolean): Promise<readonly string[]> {
    const orphans = (await this.list()).filter((flow) => !isKnown(flow));
    for (const flow of orphans) await this.forget(flow);
    return orphans;
  }
}
