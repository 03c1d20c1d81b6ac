// Turns that are bounded: when too many wait for a key, the next is turned away at once in place of being kept.

import { Turns } from "../turns.ts";
import { ApiError } from "./problem.ts";

export class KeyedQueue {
  readonly #waitingMax: number;
  readonly #turns = new Turns();

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** Resolves once the work is done whose turn it is. */
  underWay(key: string): Promise<void> {
    return this.#turns.underWay(key);
  }

  /** `isUrgent`: waits its turn like all, but is never turned away. */
  async run<T>(key: string, work: () => Promise<T>, isUrgent = false): Promise<T> {
    const waiting = this.#turns.waiting(key);
    if (waiting >= this.#waitingMax && !isUrgent) {
      throw new ApiError(
        "FF_API_BUSY",
        `${waiting} writes wait for ${key} already, ${this.#waitingMax} may; try again`,
      );
    }
    return this.#turns.run(key, work);
  }
}
