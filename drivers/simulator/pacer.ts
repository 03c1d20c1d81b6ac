// Holds a rate with a timer that is neither exact nor punctual. What is owed grows with time and is paid at each
// call. After a stall the debt is paid back at no more than twice the rate, in portions of at most 20 ms' worth, so
// that a receiver never sees a burst; debt beyond one second's worth is forgiven, and counted.

const portionMsMax = 10;
const catchUpFactor = 2;
const debtMsMax = 1000;

export class Pacer {
  readonly #perMs: number;
  #lastMs: number;
  #owed = 0;
  #forgiven = 0;

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#lastMs = nowMs;
  }

  /** Updates that a stall cost: they were never made. */
  get forgiven(): number {
    return Math.floor(this.#forgiven);
  }

  /** How many may be made now. They count as owed until `paid`. */
  due(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = Math.max(nowMs, this.#lastMs);
    this.#owed += elapsedMs * this.#perMs;
    const debtMax = Math.max(1, debtMsMax * this.#perMs);
    if (this.#owed > debtMax) {
      this.#forgiven += this.#owed - debtMax;
      this.#owed = debtMax;
    }
    const portion = Math.max(1, catchUpFactor * this.#perMs * Math.min(elapsedMs, portionMsMax));
    return Math.floor(Math.min(this.#owed, portion));
  }

  paid(count: number): void {
    this.#owed -= count;
  }

  /** Time until the next update is due, ms. */
  waitMs(): number {
    return Math.max(0, (1 - this.#owed) / this.#perMs);
  }
}
