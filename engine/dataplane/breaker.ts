// A flow's circuit breaker: after too many traps in a window the flow rests, then gets one try; each failed try
// doubles the rest. So a flow that traps on every message costs its neighbours next to nothing. Rests vary a little, so
// that flows that broke together do not all come back together.

const trapsMax = 5;
const windowMs = 10_000;
const restFirstMs = 1_000;
const restMaxMs = 60_000;
/** A rest is up to this share shorter or longer. */
const jitter = 0.2;

/** What a flow was doing: only the same thing going well tells that it works again. Starting is part of either. */
export type Doing = "message" | "tick" | "start";

export class Breaker {
  readonly #random: () => number;
  #trapsMs: number[] = [];
  #restMs = restFirstMs;
  #restsUntilMs = 0;
  #isOpen = false;
  #trappedIn: Doing = "start";

  /** `random`: from 0 to 1, for how long a rest is. */
  constructor(random: () => number) {
    this.#random = random;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How long the flow still rests, ms; 0 when it may run. */
  restMs(nowMs: number): number {
    return this.#isOpen ? Math.max(0, this.#restsUntilMs - nowMs) : 0;
  }

  /** Whether the flow may run: always when closed, and once the rest is over when open. */
  allows(nowMs: number): boolean {
    return !this.#isOpen || nowMs >= this.#restsUntilMs;
  }

  trapped(nowMs: number, doing: Doing): void {
    this.#trappedIn = doing;
    if (this.#isOpen) {
      this.#restMs = Math.min(this.#restMs * 2, restMaxMs);
      this.#rest(nowMs);
      return;
    }
    this.#trapsMs = [...this.#trapsMs.filter((ms) => nowMs - ms < windowMs), nowMs];
    if (this.#trapsMs.length < trapsMax) return;
    this.#isOpen = true;
    this.#restMs = restFirstMs;
    this.#rest(nowMs);
  }

  /** A try went well. */
  succeeded(doing: Doing): void {
    if (!this.#isOpen || (this.#trappedIn !== doing && this.#trappedIn !== "start")) return;
    this.#isOpen = false;
    this.#trapsMs = [];
  }

  #rest(nowMs: number): void {
    this.#restsUntilMs = nowMs + this.#restMs * (1 - jitter + 2 * jitter * this.#random());
  }
}
