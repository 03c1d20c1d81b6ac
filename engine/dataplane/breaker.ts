// A flow's circuit breaker: after too many traps in a window the flow rests, then gets one try; each failed try
// doubles the rest. So a flow that traps on every message costs its neighbours next to nothing.

const trapsMax = 5;
const windowMs = 10_000;
const restFirstMs = 1_000;
const restMaxMs = 60_000;

export class Breaker {
  #trapsMs: number[] = [];
  #restMs = restFirstMs;
  #restsUntilMs = 0;
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the flow may run: always when closed, and once the rest is over when open. */
  allows(nowMs: number): boolean {
    return !this.#isOpen || nowMs >= this.#restsUntilMs;
  }

  trapped(nowMs: number): void {
    if (this.#isOpen) {
      this.#restMs = Math.min(this.#restMs * 2, restMaxMs);
      this.#restsUntilMs = nowMs + this.#restMs;
      return;
    }
    this.#trapsMs = [...this.#trapsMs.filter((ms) => nowMs - ms < windowMs), nowMs];
    if (this.#trapsMs.length < trapsMax) return;
    this.#isOpen = true;
    this.#restMs = restFirstMs;
    this.#restsUntilMs = nowMs + this.#restMs;
  }

  /** A try went well. */
  succeeded(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#trapsMs = [];
  }
}
