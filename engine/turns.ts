// One at a time for each key, in the order of arrival; different keys run side by side.

export class Turns {
  readonly #queues = new Map<string, { done: Promise<unknown>; waiting: number }>();

  /** How many run or wait. */
  waiting(key: string): number {
    return this.#queues.get(key)?.waiting ?? 0;
  }

  /** Settles as `work` does once its turn has come. */
  async run<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? { done: Promise.resolve(), waiting: 0 };
    this.#queues.set(key, queue);
    queue.waiting++;
    const result = queue.done.then(work);
    queue.done = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      queue.waiting--;
      if (queue.waiting === 0) this.#queues.delete(key);
    }
  }
}
