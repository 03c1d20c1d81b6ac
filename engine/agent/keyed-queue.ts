// One at a time for each key, in the order of arrival; different keys run side by side. Bounded: when too many wait,
// the next is turned away at once in place of being kept.

import { ApiError } from "./problem.ts";

export class KeyedQueue {
  readonly #waitingMax: number;
  readonly #tails = new Map<string, { done: Promise<unknown>; waiting: number }>();

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax;
  }

  /** `isUrgent`: waits its turn like all, but is never turned away. */
  async run<T>(key: string, work: () => Promise<T>, isUrgent = false): Promise<T> {
    const queue = this.#tails.get(key) ?? { done: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= this.#waitingMax && !isUrgent) {
      throw new ApiError(
        "FF_API_BUSY",
        `${queue.waiting} writes wait for ${key} already, ${this.#waitingMax} may; try again`,
      );
    }
    queue.waiting++;
    this.#tails.set(key, queue);
    const result = queue.done.then(work);
    queue.done = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      queue.waiting--;
      if (queue.waiting === 0) {
        this.#tails.delete(key);
      }
    }
  }
}
