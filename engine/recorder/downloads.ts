// Recordings on their way to clients. Each lies in memory until its client has taken it, and clients may be many and slow: so they are
// made one after the other, and only while little enough waits to be taken.

import type { Writable } from "node:stream";
import { FlowFusionError } from "@flowfusion/graph";
import { Turn } from "../turns.ts";
import type { Selected } from "./select.ts";

interface DownloadLimits {
  /** While clients have so much still to take, no more is made for them. */
  readonly untakenBytesMax: number;
  /** For how long one waits for that. */
  readonly waitMs: number;
  /** How many wait. */
  readonly waitingMax: number;
}

const defaultDownloadLimits: DownloadLimits = {
  untakenBytesMax: 16 * 1024 * 1024,
  waitMs: 10_000,
  waitingMax: 64,
};

export class Downloads {
  readonly #limits: DownloadLimits;
  readonly #turn = new Turn();
  #untakenBytes = 0;
  #taken = Promise.withResolvers<void>();

  constructor(limits = defaultDownloadLimits) {
    this.#limits = limits;
  }

  /** `answer`: what the client takes it from. Throws FF_API_BUSY. */
  async make(answer: Writable, make: () => Promise<Selected>): Promise<Selected> {
    if (this.#turn.waiting >= this.#limits.waitingMax) throw busy();
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    // From now on, and not from its turn: those before it may have waited as long already.
    const timer = setTimeout(resolve, this.#limits.waitMs, "late");
    const making = this.#turn.run(async () => {
      await this.#room(late);
      if (answer.destroyed) throw busy();
      const selected = await make();
      // Else nobody would give the room back.
      if (answer.destroyed) throw busy();
      const { length } = selected.recording;
      this.#untakenBytes += length;
      answer.once("close", () => {
        this.#untakenBytes -= length;
        this.#taken.resolve();
        this.#taken = Promise.withResolvers();
      });
      return selected;
    });
    return making.finally(() => clearTimeout(timer));
  }

  async #room(late: Promise<"late">): Promise<void> {
    while (this.#untakenBytes >= this.#limits.untakenBytesMax) {
      if ((await Promise.race([this.#taken.promise, late])) === "late") throw busy();
    }
  }
}

const busy = (): FlowFusionError =>
  new FlowFusionError(
    "FF_API_BUSY",
    "other clients take recordings, and have not taken what they asked for; try again",
  );
