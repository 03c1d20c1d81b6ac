// What a flow begins with when the gateway starts: its newest checkpoint that is whole and that it takes. A checkpoint may
// be of another artefact than the recorded one, saved before a deploy or by a deploy that was never acknowledged; it is
// taken as a swap would take it, but one that loses nothing goes before one that does.

import { stateImpact } from "@flowfusion/fusion";
import { FlowFusionError, type FlowName, type SwapReport } from "@flowfusion/graph";
import type { CheckpointFolder, CheckpointListing, DamagedCheckpoint } from "../checkpoints/checkpoint-folder.ts";
import type { Recovered } from "../checkpoints/checkpointer.ts";
import { type Checkpoint, checkpointFile } from "../checkpoints/format.ts";
import type { DataPlane, FlowProgram } from "../dataplane/types.ts";
import type { Store } from "../store/store.ts";

export interface RecoveryReport {
  /** The checkpoint that the flow began with; absent when it began without state. */
  readonly from?: Omit<Checkpoint, "flow" | "state"> & { readonly stateBytes: number };
  /** Checkpoints that were damaged, or refused by the flow. */
  readonly refused: readonly DamagedCheckpoint[];
}

interface Started {
  readonly swap: SwapReport;
  readonly recovery: RecoveryReport;
}

export class Recovery {
  readonly #folder: CheckpointFolder;
  readonly #store: Store;
  readonly #dataPlane: DataPlane;

  constructor(folder: CheckpointFolder, store: Store, dataPlane: DataPlane) {
    this.#folder = folder;
    this.#store = store;
    this.#dataPlane = dataPlane;
  }

  /** Starts a flow that does not run. `left`: what of it is on disk, where that is known. Throws what keeps it from starting even without state. */
  async start(
    name: FlowName,
    program: FlowProgram,
    known?: CheckpointListing,
    left: Pick<Recovered, "hasDeadLetters" | "hasSpools"> = {},
  ): Promise<Started> {
    const listing = known ?? (await this.#folder.list());
    const { whole, damaged } = await this.#folder.find(name, listing);
    const refused = [...damaged];
    const sequences = whole.map(({ sequence }) => sequence).toReversed();
    const onDisk = { sequences, lastSequence: listing.get(name)?.at(-1) ?? 0, ...left };
    for (const from of this.#inOrder(whole, program)) {
      try {
        const swap = await this.#dataPlane.deploy(name, program, { from, ...onDisk });
        const { flow, state, ...rest } = from;
        return { swap, recovery: { from: { ...rest, stateBytes: state.length }, refused } };
      } catch (error) {
        if (!(error instanceof FlowFusionError)) throw error;
        refused.push({ file: checkpointFile(name, from.sequence), why: error.message });
      }
    }
    const swap = await this.#dataPlane.deploy(name, program, onDisk);
    return { swap, recovery: { refused } };
  }

  #inOrder(newestFirst: readonly Checkpoint[], program: FlowProgram): readonly Checkpoint[] {
    const isLossless = ({ artefact }: Checkpoint): boolean => {
      if (artefact === program.digest) return true;
      const graph = this.#store.graph(artefact);
      return graph !== undefined && stateImpact(graph, this.#store.graphs.read(program.graph)).reset.length === 0;
    };
    const { lossless = [], lossy = [] } = Object.groupBy(newestFirst, (one) =>
      isLossless(one) ? "lossless" : "lossy",
    );
    return [...lossless, ...lossy];
  }
}
