// The folder of checkpoints as the agent sees it: read when the gateway starts, emptied of a flow that was deleted. All
// flows share one folder, so that a start learns of them by reading it once. A file that is not whole is never loaded;
// it is moved to `quarantine`, where a person can look at it, and the one before is used.

import { readFileSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { FlowFusionError, type FlowName } from "@flowfusion/graph";
import { clearTemporary, isMissing, makeFolder, syncFolder } from "../durable-file.ts";
import { asStoreError } from "../store/store-error.ts";
import { type Checkpoint, checkpointFile, decodeCheckpoint, parseCheckpointFile } from "./format.ts";

/** Damaged files kept for a look, the newest. */
const QUARANTINED_MAX = 100;

export type CheckpointListing = ReadonlyMap<FlowName, readonly number[]>;

export interface DamagedCheckpoint {
  /** Name that the file had. */
  readonly file: string;
  readonly why: string;
}

export interface FoundCheckpoints {
  /** Whole, the newest first. */
  readonly whole: readonly Checkpoint[];
  readonly damaged: readonly DamagedCheckpoint[];
}

export class CheckpointFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder if need be and clears what an interrupted write left. Throws FF_STORE_WRITE. */
  static async open(path: string): Promise<CheckpointFolder> {
    try {
      await makeFolder(join(path, "quarantine"));
      await clearTemporary(path);
      return new CheckpointFolder(path);
    } catch (error) {
      throw asStoreError(error, path);
    }
  }

  /** The sequences on disk, rising, by flow. */
  async list(): Promise<CheckpointListing> {
    const listing = new Map<FlowName, number[]>();
    for (const name of (await readdir(this.path)).toSorted()) {
      const parsed = parseCheckpointFile(name);
      if (parsed) listing.set(parsed.flow, [...(listing.get(parsed.flow) ?? []), parsed.sequence]);
    }
    return listing;
  }

  /** Forgets the state of flows that are not known: a deletion may have been interrupted. Gives what is left. */
  async removeOrphans(isKnown: (flow: FlowName) => boolean): Promise<CheckpointListing> {
    const listing = new Map(await this.list());
    for (const flow of [...listing.keys()].filter((name) => !isKnown(name))) {
      // What a disk does not give up is not loaded either way, and tried again at the next start.
      await this.forget(flow).catch(() => undefined);
      listing.delete(flow);
    }
    return listing;
  }

  /** Reads the listed checkpoints of a flow, and moves those aside that are damaged. */
  async find(flow: FlowName, listing: CheckpointListing): Promise<FoundCheckpoints> {
    const whole: Checkpoint[] = [];
    const damaged: DamagedCheckpoint[] = [];
    for (const sequence of (listing.get(flow) ?? []).toReversed()) {
      const file = checkpointFile(flow, sequence);
      try {
        // At once: four trips to another thread for each of a thousand take longer than all else that is done with it.
        whole.push(decodeCheckpoint(readFileSync(join(this.path, file)), flow));
      } catch (error) {
        if (isMissing(error)) continue;
        damaged.push({ file, why: error instanceof Error ? error.message : String(error) });
        // A file that the disk does not give now may be whole: it stays where it is.
        if (error instanceof FlowFusionError) await this.#quarantine(file);
      }
    }
    return { whole, damaged };
  }

  /** Removes all checkpoints of a flow. */
  async forget(flow: FlowName): Promise<void> {
    const files = (await readdir(this.path)).filter((name) => parseCheckpointFile(name)?.flow === flow);
    if (files.length === 0) return;
    for (const file of files) await rm(join(this.path, file), { force: true });
    await syncFolder(this.path);
  }

  /** Moves a file aside. A disk that does not take that does not keep the flow from starting: the file is not loaded. */
  async #quarantine(file: string): Promise<void> {
    const quarantine = join(this.path, "quarantine");
    try {
      // The time keeps apart what had the same name: a sequence is given out again after its file was moved.
      await rename(join(this.path, file), join(quarantine, `${new Date().toISOString().replaceAll(":", "")}.${file}`));
      await syncFolder(this.path);
      const held = (await readdir(quarantine)).toSorted();
      for (const old of held.slice(0, -QUARANTINED_MAX)) await rm(join(quarantine, old), { force: true });
    } catch {
      // Told as damaged either way.
    }
  }
}
