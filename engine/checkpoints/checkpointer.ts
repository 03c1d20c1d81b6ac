// Writes the state of flows to disk while they run. In the data plane's thread only the state is copied, one flow at a
// time and only when it changed; writing is the file system's threads' work and is awaited before the next flow is
// taken, so that no more than one state waits to be written, however many flows there are and however slow the disk is.

import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Digest, FlowName, FlowStats } from "@flowfusion/graph";
import { makeFolder, writeDurably } from "../durable-file.ts";
import { failpoint } from "../failpoints.ts";
import { type Checkpoint, checkpointFile, checkpointsKeptMax, encodeCheckpoint } from "./format.ts";

/** A flow as its checkpoints see it. */
export interface Checkpointed {
  readonly generation: number;
  readonly digest: Digest;
  /** The state as it is now; the same bytes again when nothing has changed, undefined when there is none. */
  checkpoint(): Uint8Array | undefined;
}

/** What a flow begins with when the gateway starts. */
export interface Recovered {
  /** Absent when it begins without state. */
  readonly from?: Checkpoint;
  /** Sequences of its whole checkpoints on disk, rising. */
  readonly sequences: readonly number[];
  /** The highest of all that were on disk, read or not, from which it counts on: the next start may read them. 0 when there were none. */
  readonly lastSequence: number;
  /** False where it is known that there are none on disk, so that they are not looked for. */
  readonly hasDeadLetters?: boolean;
  /** Likewise: messages that wait on disk for its sinks. */
  readonly hasSpools?: boolean;
}

export type CheckpointStats = Pick<FlowStats, "checkpoint" | "checkpointFailures" | "checkpointError">;

interface Progress {
  readonly flow: Checkpointed;
  /** Of whole ones on disk, rising. */
  sequences: readonly number[];
  lastSequence: number;
  written: Uint8Array | undefined;
  newest: CheckpointStats["checkpoint"];
  failures: number;
  error: string | undefined;
}

export class Checkpointer {
  readonly #folder: string;
  readonly #progress = new Map<FlowName, Progress>();
  /** The write that is under way; there is one at a time. */
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A flow starts, with what was found of it on disk. */
  begin(name: FlowName, flow: Checkpointed, { from, sequences, lastSequence }: Recovered): void {
    const newest = from && { sequence: from.sequence, savedAtMs: from.savedAtMs, stateBytes: from.state.length };
    const onDisk = { sequences, lastSequence, written: from?.state, newest };
    this.#progress.set(name, { flow, ...onDisk, failures: 0, error: undefined });
  }

  /** A flow is gone. Waits for its write, so that none comes after. */
  async end(name: FlowName): Promise<void> {
    this.#progress.delete(name);
    await this.#writing;
  }

  /** Goes through all flows again and again, with pauses of `intervalMs` between. */
  every(intervalMs: number): void {
    this.#timer = setTimeout(async () => {
      await this.round();
      if (!this.#isStopped) this.every(intervalMs);
    }, intervalMs);
  }

  /** Writes what has changed since it was written last. */
  async round(): Promise<void> {
    for (const [name, progress] of [...this.#progress]) {
      await this.#writing;
      // It may have been removed, or removed and made anew, while others were written.
      if (this.#progress.get(name) === progress) this.#writing = this.#write(name, progress);
    }
    await this.#writing;
  }

  /** Writes everything once more, and nothing after that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.round();
  }

  stats(name: FlowName): CheckpointStats {
    const { newest, failures, error } = this.#progress.get(name) ?? { failures: 0 };
    return {
      ...(newest && { checkpoint: newest }),
      checkpointFailures: failures,
      ...(error !== undefined && { checkpointError: error }),
    };
  }

  /** Of all flows. */
  get diskStats(): { readonly checkpointFailures: number; readonly checkpointErrors: readonly string[] } {
    const all = [...this.#progress.values()];
    return {
      checkpointFailures: all.reduce((sum, { failures }) => sum + failures, 0),
      checkpointErrors: all.flatMap(({ error }) => error ?? []),
    };
  }

  /** Never rejects: data goes on when the disk does not. */
  async #write(name: FlowName, progress: Progress): Promise<void> {
    const { flow } = progress;
    const state = flow.checkpoint();
    if (!state || state === progress.written) return;
    const savedAtMs = Date.now();
    const sequence = progress.lastSequence + 1;
    const { generation, digest: artefact } = flow;
    try {
      failpoint("checkpoint.save");
      await makeFolder(this.#folder);
      const bytes = encodeCheckpoint({ flow: name, sequence, generation, artefact, savedAtMs, state });
      await writeDurably("checkpoint", this.#folder, checkpointFile(name, sequence), bytes);
      progress.lastSequence = sequence;
      progress.written = state;
      progress.newest = { sequence, savedAtMs, stateBytes: state.length };
      progress.error = undefined;
      const sequences = [...progress.sequences, sequence];
      progress.sequences = sequences.slice(-checkpointsKeptMax);
      failpoint("checkpoint.prune");
      const superseded = sequences.slice(0, -checkpointsKeptMax);
      await Promise.all(superseded.map((old) => rm(join(this.#folder, checkpointFile(name, old)), { force: true })));
    } catch (error) {
      progress.failures++;
      progress.error = error instanceof Error ? error.message : String(error);
    }
  }
}
