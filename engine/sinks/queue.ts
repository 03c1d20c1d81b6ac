// The bounded queue in front of a sink. The data plane appends frames, synchronously and, once the queue has grown to
// what it needs, without allocating; a pump hands them to the sink and tries again, with growing pauses, for as long
// as the sink fails. When the queue is full, what comes is dropped and counted: data never waits for a sink.
//
// Every message appended ends up in exactly one of `sent`, `dropped` and `queuedBytes`.

import { type BackoffPolicy, backoffDefault, backoffMs } from "@flowfusion/transport";
import { blockEnd, countFrames } from "./frames.ts";
import type { Sink, Taken } from "./sink.ts";

const capacityFirstBytes = 4 * 1024;
/** Larger buffers are given back when the queue has run empty. */
const capacityKeptBytesMax = 1024 * 1024;
/** Handed to the sink at once. Bytes. */
const blockBytes = 256 * 1024;

export interface QueueOptions {
  /** What the queue holds at most; a run of frames that does not fit is dropped whole. */
  readonly bytesMax: number;
  /** Pauses between tries. */
  readonly retry?: BackoffPolicy;
}

export interface QueueStats {
  readonly queuedBytes: number;
  readonly sent: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastError?: string;
}

const nothing = new Uint8Array(0);

export class SinkQueue {
  readonly #sink: Sink;
  readonly #bytesMax: number;
  readonly #retry: BackoffPolicy;
  readonly #dropped: Record<string, number> = {};
  /** What is appended to, and what the pump sends; they change places. */
  #filling = nothing;
  #sending = nothing;
  #filled = 0;
  #sendAt = 0;
  #sendEnd = 0;
  #sent = 0;
  #pumping: Promise<void> | undefined;
  #lastError: string | undefined;
  #wake: (() => void) | undefined;
  #state: "open" | "flushing" | "closed" = "open";

  constructor(sink: Sink, { bytesMax, retry = backoffDefault }: QueueOptions) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
    this.#retry = retry;
  }

  /** Takes the frames at `memory[start, end)`, `frames` in number. */
  append(memory: Uint8Array, start: number, end: number, frames: number): void {
    const bytes = end - start;
    const isFull = this.#queuedBytes + bytes > this.#bytesMax;
    if (isFull || this.#state !== "open") {
      this.#drop(this.#state === "open" ? "queue_full" : "closed", frames);
      return;
    }
    if (this.#filled + bytes > this.#filling.length) this.#grow(bytes);
    this.#filling.set(memory.subarray(start, end), this.#filled);
    this.#filled += bytes;
    this.#pumping ??= this.#pump();
  }

  get stats(): QueueStats {
    return {
      queuedBytes: this.#queuedBytes,
      sent: this.#sent,
      dropped: { ...this.#dropped },
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** Sends what is queued, for at most `flushMs`, counts the rest as dropped, and closes the sink. */
  async close(flushMs: number): Promise<void> {
    this.#state = "flushing";
    if (this.#pumping) await within(flushMs, this.#pumping);
    this.#state = "closed";
    this.#drop("not_flushed", countFrames(this.#sending, this.#sendAt, this.#sendEnd));
    this.#drop("not_flushed", countFrames(this.#filling, 0, this.#filled));
    this.#sendAt = this.#sendEnd;
    this.#filled = 0;
    this.#wake?.();
    await this.#sink.close();
  }

  get #queuedBytes(): number {
    return this.#filled + this.#sendEnd - this.#sendAt;
  }

  async #pump(): Promise<void> {
    // Off the data path: whatever else this turn appends goes into the same block.
    await new Promise(setImmediate);
    while (this.#filled > 0) {
      [this.#filling, this.#sending] = [this.#sending, this.#filling];
      this.#sendAt = 0;
      this.#sendEnd = this.#filled;
      this.#filled = 0;
      await this.#sendAll();
    }
    if (this.#filling.length > capacityKeptBytesMax) this.#filling = nothing;
    if (this.#sending.length > capacityKeptBytesMax) this.#sending = nothing;
    this.#pumping = undefined;
  }

  async #sendAll(): Promise<void> {
    let failures = 0;
    while (this.#sendAt < this.#sendEnd) {
      const block = this.#sending.subarray(
        this.#sendAt,
        blockEnd(this.#sending, this.#sendAt, this.#sendEnd, blockBytes),
      );
      try {
        const taken = await this.#sink.send(block);
        if (this.#state === "closed") return;
        this.#settle(block, taken);
        failures = 0;
      } catch (error) {
        this.#lastError = describe(error);
        if (this.#state === "closed") return;
        await this.#pause(backoffMs(++failures, this.#retry, Math.random));
      }
    }
  }

  #settle(block: Uint8Array, { bytes, dropped }: Taken): void {
    if (bytes <= 0 || bytes > block.length) throw new RangeError(`the sink took ${bytes} of ${block.length} bytes`);
    let messages = countFrames(block, 0, bytes);
    for (const [cause, count] of Object.entries(dropped)) {
      this.#drop(cause, count);
      messages -= count;
    }
    this.#sent += messages;
    this.#sendAt += bytes;
    this.#lastError = undefined;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #drop(cause: string, messages: number): void {
    if (messages > 0) this.#dropped[cause] = (this.#dropped[cause] ?? 0) + messages;
  }

  #grow(missing: number): void {
    const wanted = Math.max(this.#filling.length * 2, this.#filled + missing, capacityFirstBytes);
    const grown = new Uint8Array(Math.min(this.#bytesMax, wanted));
    grown.set(this.#filling.subarray(0, this.#filled));
    this.#filling = grown;
  }
}

/** Resolves when `work` does, or after `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

/** `fetch` says only "fetch failed"; why is in the cause, and when several addresses failed, only in its code. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return `${error.message}: ${cause.message || (cause as NodeJS.ErrnoException).code}`;
}
