// Work that takes turns: one at a time, in the order of arrival.

export class Turn {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** How many run or wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Settles as `work` does once its turn has come. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(work);
    // Without the result, which may be large.
    this.#last = result.then(nothing, nothing);
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
