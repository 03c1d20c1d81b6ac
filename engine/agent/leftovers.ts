// What flows have on disk when the gateway starts. That of flows that are not recorded is removed: a deletion may have been
// interrupted.

import type { CheckpointFolder, CheckpointListing } from "../checkpoints/checkpoint-folder.ts";
import type { FlowFolder } from "../store/flow-folder.ts";

export interface LeftoverFolders {
  readonly checkpoints: CheckpointFolder;
  /** What the sinks of flows could not send. */
  readonly spools: FlowFolder;
  readonly deadLetters: FlowFolder;
}

/** Of recorded flows. */
export interface Leftovers {
  readonly checkpoints: CheckpointListing;
  /** Flows that have some. */
  readonly spools: ReadonlySet<string>;
  readonly deadLetters: ReadonlySet<string>;
}

/** `recorded`: names of flows. Nothing may write into these folders meanwhile. Throws FF_STORE_WRITE. */
export async function clearLeftovers(
  { checkpoints, spools, deadLetters }: LeftoverFolders,
  recorded: ReadonlySet<string>,
): Promise<Leftovers> {
  const isRecorded = (flow: string) => recorded.has(flow);
  return {
    checkpoints: await checkpoints.removeOrphans(isRecorded),
    spools: await spools.removeOrphans(isRecorded),
    deadLetters: await deadLetters.removeOrphans(isRecorded),
  };
}
