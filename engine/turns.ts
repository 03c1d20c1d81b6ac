// Work that takes turns: one at a time, in the order of arrival.

export class Turn {
  #last: Promise<unknown> = Promise.resolve();
  #underWay: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Resolves once the work is done whose turn it is. */
  get underWay(): Promise<unknown> {
    return this.#underWay;
  }

  /** How many run or wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Settles as `work` does once its turn has come. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    this.#waiting++;
    const result: Promise<T> = this.#last.then(() => {
      this.#underWay = done;
      return work();
    });
    // Without the result, which may be large.
    const done = result.then(nothing, nothing);
    this.#last = done;
    try {
      return await result;
    } finally {
      this.#waiting--;
    }
  }
}

const nothing = (): void => {};

/** For each key; different keys run side by side. */
export class Turns {
  readonly #turns = new Map<string, Turn>();

  /** As that of a `Turn`. */
  async underWay(key: string): Promise<void> {
    await this.#turns.get(key)?.underWay;
  }

  waiting(key: string): number {
    return this.#turns.get(key)?.waiting ?? 0;
  }

  async run<T>(key: string, work: () => T | Promise<T>): Promise<T> {
    const turn = this.#turns.get(key) ?? new Turn();
    this.#turns.set(key, turn);
    try {
      return await turn.run(work);
    } finally {
      if (turn.waiting === 0) this.#turns.delete(key);
    }
  }
}
