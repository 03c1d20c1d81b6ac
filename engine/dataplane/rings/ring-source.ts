// Where a thread that runs flows gets its input from when another one reads the sockets: its ring. Subscriptions go the
// other way, and take effect a little later; until then records come by the numbers of an earlier epoch, which is kept for
// as long as there may be some.

import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import type { Flows, Target } from "../flows.ts";
import type { Subscription } from "../ingest.ts";
import type { OverloadPolicy } from "../types.ts";
import { RingReader, type RingRecord } from "./frame-ring.ts";
import type { SubscriptionsOfThread } from "./shared.ts";

/** Read in one go; then the thread sees to what else is due. */
const turnBytes = 64 * 1024;
const catchUpPauseMs = 1;
const never = () => false;

export interface RingSourceOptions {
  readonly ring: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly flows: Flows;
  /** A record has been handed on. */
  readonly onRecord: (arrivedMs: number) => void;
}

export class RingSource {
  readonly #options: RingSourceOptions;
  readonly #reader: RingReader;
  /** By epoch, oldest first. */
  readonly #targets = new Map<number, readonly (Target | undefined)[]>();
  #epoch = 0;
  #settledEpoch = 0;
  #onSettled: (() => void)[] = [];
  #subscriptions: (() => Iterable<Subscription>) | undefined;
  #isHeldBack = false;
  #isClosing = false;
  #onLetOn: (() => void) | undefined;
  readonly #pumping: Promise<void>;

  constructor(options: RingSourceOptions) {
    this.#options = options;
    this.#reader = new RingReader(options.ring);
    options.port.on("message", (epoch: number) => this.#settle(epoch));
    this.#pumping = this.#pump();
  }

  /** Makes known, once this turn is over, what the flows subscribe to. */
  subscribe(subscriptions: () => Iterable<Subscription>): void {
    if (this.#subscriptions === undefined) {
      this.#epoch++;
      queueMicrotask(() => this.#publish());
    }
    this.#subscriptions = subscriptions;
  }

  /** Resolves when all that was subscribed so far is routed. */
  async settled(): Promise<void> {
    if (this.#settledEpoch >= this.#epoch) return;
    await new Promise<void>((resolve) => this.#onSettled.push(resolve));
    await this.settled();
  }

  /** Resolves when what had been written by now has been handed on. */
  async caughtUp(): Promise<void> {
    const hasRead = this.#reader.whenRead();
    while (!hasRead() && !this.#isClosing) await sleep(catchUpPauseMs);
  }

  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack;
    if (!isHeldBack) this.#onLetOn?.();
  }

  /** Hands on what has been written, then stops. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#onLetOn?.();
    this.#reader.wake();
    await this.#pumping;
    this.#options.port.close();
  }

  #publish(): void {
    const subscriptions = [...this.#subscriptions!()];
    this.#subscriptions = undefined;
    this.#targets.set(this.#epoch, this.#options.flows.targets());
    this.#options.port.postMessage({ epoch: this.#epoch, subscriptions } satisfies SubscriptionsOfThread);
  }

  #settle(epoch: number): void {
    this.#settledEpoch = epoch;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }

  async #pump(): Promise<void> {
    const { flows } = this.#options;
    while (!(this.#isClosing && this.#reader.isEmpty)) {
      const isAllTaken = this.#reader.read(turnBytes, this.#take, this.#mayTake);
      flows.catchUp(never);
      if (!isAllTaken) await this.#untilLetOn();
      else if (this.#reader.isEmpty && !this.#isClosing) await this.#reader.untilWritten();
      else await new Promise(setImmediate);
    }
  }

  /** What came by an input that drops is never held back; it is dropped where a flow has no room for it. */
  readonly #mayTake = (policy: OverloadPolicy): boolean => policy === "drop" || !this.#isHeldBack || this.#isClosing;

  async #untilLetOn(): Promise<void> {
    if (this.#mayTake("block")) return;
    await new Promise<void>((resolve) => {
      this.#onLetOn = resolve;
    });
  }

  readonly #take = (record: Readonly<RingRecord>, memory: Uint8Array, start: number, bytes: number): void => {
    for (const epoch of this.#targets.keys()) {
      if (epoch >= record.epoch) break;
      this.#targets.delete(epoch);
    }
    const target = this.#targets.get(record.epoch)?.[record.slot];
    target?.lane.offer(memory, start, bytes, record.frames, record.policy, target.numbering);
    this.#options.onRecord(record.arrivedMs);
  };
}
