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
  readonly #closing: AbortSignal;
  readonly #limits: DownloadLimits;
  readonly #turn = new Turn();
  #untakenBytes = 0;
  #taken = Promise.withResolvers<void>();

  /** `closing`: aborted when the gateway ends, and nobody is to wait any more. */
  constructor(closing: AbortSignal, limits = defaultDownloadLimits) {
    this.#closing = closing;
    this.#limits = limits;
  }

  /** `answer`: what the client takes it from. Throws FF_API_BUSY. */
  async make(answer: Writable, make: () => Promise<Selected>): Promise<Selected> {
    if (this.#turn.waiting >= this.#limits.waitingMax) throw busy();
    const { promise: givenUp, resolve } = Promise.withResolvers<Error>();
    // From now on, and not from its turn: those before it may have waited as long already.
    const timer = setTimeout(() => resolve(busy()), this.#limits.waitMs);
    const end = () => resolve(this.#closing.reason);
    this.#closing.addEventListener("abort", end);
    const making = this.#turn.run(async () => {
      await this.#room(givenUp);
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
    return making.finally(() => {
      clearTimeout(timer);
      this.#closing.removeEventListener("abort", end);
    });
  }

  async #room(givenUp: Promise<Error>): Promise<void> {
    while (this.#untakenBytes >= this.#limits.untakenBytesMax) {
      const why = await Promise.race([this.#taken.promise, givenUp]);
      if (why) throw why;
    }
  }
}

const busy = (): FlowFusionError =>
  new FlowFusionError(
    "FF_API_BUSY",
    "other clients take recordings, and have not taken what they asked for; try again",
  );
