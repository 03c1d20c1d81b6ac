// A folder with one entry for each flow that has left something there, a file or a folder named after it: what a flow that
// is gone has left is removed.

import { rm } from "node:fs/promises";
import path from "node:path";
import { clearTemporary, namesIn } from "../durable-file.ts";
import { asStoreError } from "./store-error.ts";

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

  /** Removes what is in the flow's own folder under names that are not known, as far as the disk gives it up. Gives those names. */
  async forgetWithin(flow: string, isKnown: (name: string) => boolean): Promise<readonly string[]> {
    const folder = path.join(this.#folder, flow);
    const gone = (await namesIn(folder)).filter((name) => !isKnown(name));
    for (const name of gone) await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
    return gone;
  }

  /**
   * Removes what is of no flow that is known, as far as the disk gives it up: it is tried again before a flow of that name
   * runs. And what interrupted writes left; none may be under way. Gives the flows that are known and have left something.
   * Throws FF_STORE_WRITE where the folder is none, or not the gateway's to read.
   */
  async removeOrphans(isKnown: (flow: string) => boolean): Promise<ReadonlySet<string>> {
    const { known = [], gone = [] } = Object.groupBy(await this.#list(), (flow) => (isKnown(flow) ? "known" : "gone"));
    for (const flow of gone) await this.forget(flow).catch(() => undefined);
    await clearTemporary(this.#folder);
    return new Set(known);
  }

  async #list(): Promise<readonly string[]> {
    const names = await namesIn(this.#folder).catch((error: unknown) => {
      throw asStoreError(error, this.#folder);
    });
    return names
      .filter((name) => name.endsWith(this.#suffix))
      .map((name) => name.slice(0, name.length - this.#suffix.length));
  }
}
