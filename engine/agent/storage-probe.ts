// Whether the data folder takes writes, found out by writing. Who shows it again and again, as a page does, gets what was found
// a moment ago, so that looking wears no disk; who decides by it, as a supervisor does, has it tried anew.

const KNOWN_MS = 10_000;
/** For who looks; who decides waits for what it comes to. */
const ANSWER_MS = 2_000;

export class StorageProbe {
  readonly #try: () => Promise<void>;
  readonly #nowMs: () => number;
  #known: { readonly untilMs: number; readonly reason: string | undefined } | undefined;
  #trying: Promise<void> | undefined;

  /** `attempt` throws why the folder takes no writes. */
  constructor(attempt: () => Promise<void>, nowMs: () => number = () => performance.now()) {
    this.#try = attempt;
    this.#nowMs = nowMs;
  }

  /** Throws why not. Those who ask while it is tried wait for the same answer. */
  async now(): Promise<void> {
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
    });
    let reason: string | undefined;
    try {
      await this.#trying;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      this.#known = { untilMs: this.#nowMs() + KNOWN_MS, reason };
    }
  }

  /** Why the folder takes no writes, as of the last seconds; undefined when it does. */
  async lately(): Promise<string | undefined> {
    if (this.#known !== undefined && this.#nowMs() < this.#known.untilMs) return this.#known.reason;
    const found = this.now().then(
      () => undefined,
      () => this.#known?.reason,
    );
    const hangs = new Promise<string>((resolve) => {
      setTimeout(resolve, ANSWER_MS, `no answer within ${ANSWER_MS} ms`).unref();
    });
    return Promise.race([found, hangs]);
  }
}
