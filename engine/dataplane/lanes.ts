// The lanes that are behind take turns: a slice for each, round and round, between reads of the sockets. So a flow that
// takes long gets what time is left, its neighbours are delayed by one slice, and none is passed over.
//
// While sockets have more than one read holds, a turn between two reads is little against what they bring. So lanes are also
// given time for what they queue, before anything else is read: what comes in one rush waits in the socket, and not in a queue
// that it would overflow. A lane whose queue is full queues nothing more, so that a flow that cannot run what it is sent gets no
// time for it.

import type { FlowLane, QueueBudget } from "./lane.ts";

export interface LanesOptions {
  /** Given to lanes that are behind in one go, ms; a slice that has begun is finished. */
  readonly turnMs: number;
  /** Given to a lane for what it has queued, before more is read, ms a byte. */
  readonly catchUpMsPerByte: number;
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
  /** Of those, the ones that have time for what they queued, and how much, ms; the next one first. */
  readonly #allowed = new Map<FlowLane, number>();
  #isTurnDue = false;
  #isPressureHigh = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** A lane has queued so many bytes. */
  queued(lane: FlowLane, bytes: number): void {
    this.#behind.add(lane);
    this.#allowed.set(lane, (this.#allowed.get(lane) ?? 0) + bytes * this.#options.catchUpMsPerByte);
    if (this.#isBeyond(lane.queuedBytes, 1 / 2)) this.#setPressure(true);
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    this.#options.later(this.#laterTurn);
  }

  /** What was read has been offered, and more may follow at once. False when lanes have time left, but `isTimeOver`. */
  catchUp(isTimeOver: () => boolean): boolean {
    if (this.#behind.size === 0) return true;
    const { turnMs } = this.#options;
    let spentMs = 0;
    // One that is put back comes up again, behind the others.
    for (const [lane, allowedMs] of this.#allowed) {
      if (isTimeOver()) return false;
      this.#allowed.delete(lane);
      const sliceMs = this.#runSlice(lane);
      spentMs += sliceMs;
      // A slice that took longer was kept from the core, unless one message takes as long.
      const leftMs = allowedMs - Math.max(Math.min(sliceMs, turnMs), lane.msPerFrame);
      if (this.#behind.has(lane) && leftMs > 0) this.#allowed.set(lane, leftMs);
    }
    this.#turn(turnMs - spentMs);
    return true;
  }

  forget(lane: FlowLane): void {
    this.#behind.delete(lane);
    this.#allowed.delete(lane);
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
    this.#allowed.clear();
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
      leftMs -= this.#runSlice(lane);
    }
    if (this.#isPressureHigh && this.#isRelieved()) this.#setPressure(false);
    if (this.#behind.size === 0) this.#onEmpty?.();
  }

  /** Puts the lane behind the others, where it has still something queued. Gives the time that it took, ms. */
  #runSlice(lane: FlowLane): number {
    this.#behind.delete(lane);
    const spentMs = lane.runSlice();
    if (lane.queuedBytes > 0) this.#behind.add(lane);
    else this.#allowed.delete(lane);
    return spentMs;
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
