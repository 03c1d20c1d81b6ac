// Whether the gateway can serve, tried anew for who decides by it, such as a supervisor, but at most once a second: anybody may ask,
// without a token, and each try writes to the disk and calls on the threads that run flows.

const KNOWN_MS = 1_000;

export interface ReadinessOptions {
  /** Throws why the gateway cannot serve. */
  readonly attempt: () => Promise<void>;
  /** Told when what was found is not as before; at first it is ready. */
  readonly onChange: (reason: unknown) => void;
  /** A monotonic clock, ms. */
  readonly nowMs?: () => number;
}

export class Readiness {
  readonly #options: ReadinessOptions;
  readonly #nowMs: () => number;
  #isReady = true;
  #trying: Promise<boolean> | undefined;
  #knownUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** As of the last second. Those who ask while it is tried wait for the same answer. */
  async isReady(): Promise<boolean> {
    if (this.#nowMs() < this.#knownUntilMs) return this.#isReady;
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
      this.#knownUntilMs = this.#nowMs() + KNOWN_MS;
    });
    return this.#trying;
  }

  async #try(): Promise<boolean> {
    let reason: unknown;
    try {
      await this.#options.attempt();
    } catch (error) {
      reason = error ?? new Error("it did not say why");
    }
    const isReady = reason === undefined;
    if (isReady !== this.#isReady) this.#options.onChange(reason);
    this.#isReady = isReady;
    return isReady;
  }
}
