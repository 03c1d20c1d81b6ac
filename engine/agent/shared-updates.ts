// Updates that are made a few times a second while somebody follows them, and not at all else: one maker for all who follow.
// Who is slow gets the newest when it comes back, and never a queue.

interface Update<Value> {
  readonly number: number;
  readonly value: Value;
}

export class SharedUpdates<Value> {
  readonly #make: () => Promise<Value>;
  readonly #intervalMs: number;
  #newest: Update<Value> | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Each lets one who waits look again. */
  readonly #wakes = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #making: Promise<unknown> = Promise.resolve();

  /** `make` is never called twice at a time. What it rejects with ends all who follow. */
  constructor(make: () => Promise<Value>, intervalMs: number) {
    this.#make = make;
    this.#intervalMs = intervalMs;
  }

  /** For all who follow now; it begins anew once all have left. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  get followers(): number {
    return this.#wakes.size;
  }

  /** Each update that is new when the last was taken, until `signal` ends it. */
  async *follow(signal: AbortSignal): AsyncGenerator<Update<Value>> {
    let look = () => {};
    // A promise that lasts as long as the signal would hold on to each of the waits that it ends.
    const wake = () => look();
    signal.addEventListener("abort", wake);
    if (this.#wakes.size === 0) this.#begin();
    this.#wakes.add(wake);
    try {
      for (let seen = 0; !signal.aborted; ) {
        const newest = this.#newest;
        if (newest && newest.number !== seen) {
          seen = newest.number;
          yield newest;
        } else if (this.#failure) throw this.#failure.error;
        else await new Promise<void>((resolve) => (look = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.#wakes.delete(wake);
      if (this.#wakes.size === 0) this.#end();
    }
  }

  #begin(): void {
    this.#failure = undefined;
    this.#newest = undefined;
    this.#schedule(0);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(inMs: number): void {
    this.#timer = setTimeout(() => void this.#update(), inMs);
  }

  /** What was begun for who follows no more may still be on its way. */
  #makeNext(): Promise<Value> {
    const made = this.#making.then(this.#make, this.#make);
    this.#making = made;
    return made;
  }

  async #update(): Promise<void> {
    const beganMs = performance.now();
    const mine = this.#timer;
    try {
      const value = await this.#makeNext();
      this.#newest = { number: (this.#newest?.number ?? 0) + 1, value };
    } catch (error) {
      this.#failure = { error };
    }
    for (const wake of this.#wakes) wake();
    // Nobody follows any more, or somebody does again, with a timer of their own.
    if (this.#timer !== mine || this.#failure) return;
    this.#schedule(Math.max(0, this.#intervalMs - (performance.now() - beganMs)));
  }
}
