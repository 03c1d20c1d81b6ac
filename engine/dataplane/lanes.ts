// The lanes that are behind take turns: a slice for each, round and round, between reads of the sockets. So a flow that
// takes long gets what time is left, its neighbours are delayed by one slice, and none is passed over.
//
// While sockets have more than one read holds, reads follow each other without a pause. Then lanes get a multiple of the time
// that each read took, so that what comes in one rush waits in the socket, and not in a queue that it would overflow.

import type { FlowLane, QueueBudget } from "./lane.ts";

export interface LanesOptions {
  /** Given to lanes that are behind in one go, ms; a slice that has begun is finished. More after a read that took long, ... */
  readonly turnMs: number;
  /** ... but no more than this, ms. */
  readonly turnMsMax: number;
  /** What one lane's queue holds at most, and all of them. Inputs block from half of either on, down to a quarter of both. */
  readonly queueBytesMax: number;
  readonly budget: QueueBudget;
  /** Whether some lane is so far behind that inputs should block; told when it changes. */
  readonly onPressure: (isHigh: boolean) => void;
  /** Calls back once what is due now, such as reading sockets, is done. */
  readonly later: (turn: () => void) => void;
}

/** What lanes that are behind get, of the time that reading took. */
const turnPerRead = 4;

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
    this.#options.later(this.#laterTurn);
  }

  /** A read of a socket is over, and all that it brought has been offered. `tookMs`: since it came. */
  afterRead(tookMs: number): void {
    if (this.#behind.size === 0) return;
    const { turnMs, turnMsMax } = this.#options;
    this.#turn(Math.min(Math.max(tookMs * turnPerRead, turnMs), turnMsMax));
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

  readonly #laterTurn = (): void => {
    this.#turn(this.#options.turnMs);
    this.#isTurnDue = this.#behind.size > 0;
    if (this.#isTurnDue) this.#options.later(this.#laterTurn);
  };

  #turn(ms: number): void {
    let leftMs = ms;
    while (leftMs > 0) {
      const [lane] = this.#behind;
      if (!lane) break;
      this.#behind.delete(lane);
      leftMs -= lane.runSlice();
      if (lane.queuedBytes > 0) this.#behind.add(lane);
    }
    if (this.#isPressureHigh && this.#isRelieved()) this.#setPressure(false);
    if (this.#behind.size === 0) this.#onEmpty?.();
  }

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
