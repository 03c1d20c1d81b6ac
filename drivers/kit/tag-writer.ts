// Takes a driver's updates to the gateway: gathers them into batches, by count, by size and by at most a few
// milliseconds, and PUSHes those. What waits is bounded by the send queue and one batch. When both are full, updates are
// dropped and counted, newest first, or the driver waits for `drained`, where its source can wait.

import { TagBatchEncoder, type TagQuality, type TagValue } from "@flowfusion/proto";
import { dialPush, type PushSocket } from "@flowfusion/transport";
import type { Losses } from "./losses.ts";

export interface TagWriterOptions {
  readonly push: string;
  readonly source: string;
  readonly updatesMax?: number;
  /** How long an update waits for others, ms. */
  readonly batchMs?: number;
  readonly queueBytesMax?: number;
}

export interface TagWriterStats {
  readonly updates: number;
  readonly bad: number;
  readonly dropped: number;
}

const updatesMaxDefault = 500;
const batchMsDefault = 1;
const queueBytesMaxDefault = 1024 * 1024;
/** A batch is sent at this size, so that it stays well below the frame that a gateway takes. */
const batchBytesMax = 256 * 1024;
/** A longer text or byte string is not passed on: its tag turns bad. */
export const valueBytesMax = 512 * 1024;
const tagBytesMax = 0xffff;
/** When there are as many, those that were written are forgotten. */
const batchesRemembered = 1024;

export class TagWriter {
  readonly #push: PushSocket;
  readonly #encoder: TagBatchEncoder;
  readonly #updatesMax: number;
  readonly #batchMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isFull = false;
  #isClosing = false;
  #closed: Promise<Losses> | undefined;
  #sends = 0;
  /** How many updates are in each of the last batches that were sent; of those that are not written yet at least. */
  #updatesIn: number[] = [];
  #forgetAt = batchesRemembered;
  #waiting: (() => void)[] = [];
  #updates = 0;
  #bad = 0;
  #dropped = 0;

  /** Throws a TransportError for a malformed address. Connects in the background, and again whenever it has to. */
  constructor(options: TagWriterOptions) {
    this.#updatesMax = options.updatesMax ?? updatesMaxDefault;
    this.#batchMs = options.batchMs ?? batchMsDefault;
    this.#encoder = new TagBatchEncoder(options.source);
    this.#push = dialPush({
      address: options.push,
      queueBytesMax: options.queueBytesMax ?? queueBytesMaxDefault,
      onDrain: () => this.#drain(),
    });
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get isConnected(): boolean {
    return this.#push.stats().connections > 0;
  }

  /** Numbers the batches from here on. Before anything was written. */
  beginSession(session: bigint): void {
    this.#encoder.beginSession(session);
  }

  /** The number, in its session, of the batch that the last update is in; 0 when nothing was written. */
  get lastBatch(): number {
    return this.#encoder.batchNumber - (this.#encoder.updates > 0 ? 0 : 1);
  }

  stats(): TagWriterStats {
    return { updates: this.#updates, bad: this.#bad, dropped: this.#dropped };
  }

  /** `tag` is UTF-8. False when the update was dropped because all that may wait is full. */
  write(tag: Uint8Array, timestampNs: bigint, quality: TagQuality, value: TagValue): boolean {
    if (this.#isFull || this.#closed !== undefined || tag.length > tagBytesMax) {
      this.#dropped++;
      return false;
    }
    const isTooLong = (typeof value === "string" || value instanceof Uint8Array) && byteLength(value) > valueBytesMax;
    this.#encoder.add(tag, timestampNs, isTooLong ? 2 : quality, isTooLong ? null : value);
    this.#updates++;
    if (quality === 2 || isTooLong) this.#bad++;
    if (this.#encoder.updates >= this.#updatesMax || this.#encoder.byteLength >= batchBytesMax) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#batchMs);
    return true;
  }

  /** Counts an update that is not to be written as dropped. */
  drop(): void {
    this.#dropped++;
  }

  /** Sends what is gathered now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#encoder.updates === 0 || this.#closed !== undefined) return;
    const { updates } = this.#encoder;
    if (!this.#push.send(this.#encoder.finish())) {
      this.#isFull = true;
      return;
    }
    this.#encoder.begin();
    this.#sends++;
    this.#updatesIn.push(updates);
    if (this.#updatesIn.length < this.#forgetAt) return;
    this.#updatesIn = this.#notWritten();
    this.#forgetAt = Math.max(batchesRemembered, 2 * this.#updatesIn.length);
  }

  /** Of the last batches, those that were not handed over: each is written whole, and in order. */
  #notWritten(): number[] {
    const count = this.#sends - this.#push.stats().frames;
    return count === 0 ? [] : this.#updatesIn.slice(-count);
  }

  /** Resolves when there is room, at once where there is; and when the writer is closed, which ends all waiting. */
  async drained(): Promise<void> {
    if (this.#isFull && !this.#isClosing) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Nobody is to wait any more. */
  stopWaiting(): void {
    this.#isClosing = true;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Takes no more, and hands over what waits, for at most `flushMs`. Says what was left. */
  close(flushMs: number): Promise<Losses> {
    this.#closed ??= this.#close(flushMs);
    return this.#closed;
  }

  async #close(flushMs: number): Promise<Losses> {
    this.stopWaiting();
    this.flush();
    await this.#push.close({ flushMs });
    const left = this.#notWritten();
    // What broke off came before what still waited.
    const inDoubt = left.slice(0, this.#push.stats().framesInDoubt);
    const unsent = left.slice(inDoubt.length);
    return { unsent: sum(unsent) + this.#encoder.updates, inDoubt: sum(inDoubt) };
  }

  #drain(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.flush();
    if (this.#isFull) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

const byteLength = (value: string | Uint8Array): number =>
  typeof value === "string" ? (value.length * 3 <= valueBytesMax ? 0 : Buffer.byteLength(value)) : value.length;
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
