// The lanes that are behind take turns: a slice for each, round and round, between reads of the sockets. So a flow that
// takes long gets what time is left, its neighbours are delayed by one slice, and none is passed over.

import type { FlowLane, QueueBudget } from "./lane.ts";

export interface LanesOptions {
  /** Given to lanes that are behind in one go, ms; a slice that has begun is finished. */
  readonly turnMs: number;
  /** What one lane's queue holds at most, and all of them. Inputs block from half of either on, down to a quarter of both. */
  readonly queueBytesMax: number;
  readonly budget: QueueBudget;
  /** Whether some lane is so far behind that inputs should block; told when it changes. */
  readonly onPressure: (isHigh: boolean) => void;
  /** Calls back once what is due now, such as reading sockets, is done. */
  readonly later: (turn: () => void) => void;
}

export class Lanes {
  readonly #options: LanesOptions;
  /** Those that have something queued, the next one first. */
  readonly #behind = new Set<FlowLane>();
  #isTurnDue = false;
  #isPressureHigh = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** A lane has queued something. */
  queued(lane: FlowLane): void {
    this.#behind.add(lane);
    if (this.#isBeyond(lane.queuedBytes, 1 / 2)) this.#setPressure(true);
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#options.later(this.#turn);
  }

  forget(lane: FlowLane): void {
    this.#behind.delete(lane);
  }

  /** Resolves when nothing is queued, or after `withinMs`. */
  async drained(withinMs: number): Promise<void> {
    if (this.#behind.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    const timer = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(timer);
    this.#behind.clear();
  }

  readonly #turn = (): void => {
    let leftMs = this.#options.turnMs;
    while (leftMs > 0) {
      const [lane] = this.#behind;
      if (!lane) break;
      this.#behind.delete(lane);
      leftMs -= lane.runSlice();
      if (lane.queuedBytes > 0) this.#behind.add(lane);
    }
    if (this.#isPressureHigh && this.#isRelieved()) this.#setPressure(false);
    this.#isTurnDue = this.#behind.size > 0;
    if (this.#isTurnDue) this.#options.later(this.#turn);
    else this.#onEmpty?.();
  };

  #isRelieved(): boolean {
    for (const { queuedBytes } of this.#behind) {
      if (this.#isBeyond(queuedBytes, 1 / 4)) return false;
    }
    return true;
  }

  #isBeyond(queuedBytes: number, share: number): boolean {
    const { queueBytesMax, budget } = this.#options;
    return queuedBytes > queueBytesMax * share || budget.bytes > budget.bytesMax * share;
  }

  #setPressure(isHigh: boolean): void {
    if (this.#isPressureHigh === isHigh) return;
    this.#isPressureHigh = isHigh;
    this.#options.onPressure(isHigh);
  }
}
