// The bounded queue in front of a sink. The data plane appends frames, synchronously and without allocating; a pump
// hands them to the sink and tries again, with growing pauses, for as long as the sink fails. When the queue is full,
// what comes is dropped and counted: data never waits for a sink.

import type { Sink } from "./sink.ts";

const firstCapacityBytes = 64 * 1024;
/** Handed to the sink at once. Bytes. */
const blockBytes = 256 * 1024;
const retryFirstMs = 100;
const retryMaxMs = 5_000;

export interface QueueStats {
  readonly queuedBytes: number;
  readonly sent: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly lastError?: string;
}

export class SinkQueue {
  readonly #sink: Sink;
  readonly #bytesMax: number;
  readonly #dropped: Record<string, number> = {};
  /** What is appended to, and what the pump sends; they change places. */
  #filling = new Uint8Array(firstCapacityBytes);
  #sending = new Uint8Array(firstCapacityBytes);
  #filled = 0;
  #unsent = 0;
  #sent = 0;
  #pumping: Promise<void> | undefined;
  #lastError: string | undefined;
  #wake: (() => void) | undefined;
  #isClosing = false;

  constructor(createSink: (onDropped: (cause: string, messages: number) => void) => Sink, bytesMax: number) {
    this.#sink = createSink((cause, messages) => this.#drop(cause, messages));
    this.#bytesMax = bytesMax;
  }

  /** Takes the frames at `memory[start, end)`, `frames` in number. */
  append(memory: Uint8Array, start: number, end: number, frames: number): void {
    const bytes = end - start;
    if (this.#filled + this.#unsent + bytes > this.#bytesMax || this.#isClosing) {
      this.#drop(this.#isClosing ? "closed" : "queue_full", frames);
      return;
    }
    if (this.#filled + bytes > this.#filling.length) this.#grow(bytes);
    this.#filling.set(memory.subarray(start, end), this.#filled);
    this.#filled += bytes;
    this.#pumping ??= this.#pump();
  }

  get stats(): QueueStats {
    return {
      queuedBytes: this.#filled + this.#unsent,
      sent: this.#sent,
      dropped: { ...this.#dropped },
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** Sends what is queued, for at most `flushMs`, counts the rest as dropped, and closes the sink. */
  async close(flushMs: number): Promise<void> {
    this.#isClosing = true;
    const timeout = setTimeout(() => this.#giveUp(), flushMs);
    await this.#pumping;
    clearTimeout(timeout);
    await this.#sink.close();
  }

  async #pump(): Promise<void> {
    // Off the data path: whatever else this turn appends goes into the same block.
    await new Promise(setImmediate);
    while (this.#filled > 0) {
      [this.#filling, this.#sending] = [this.#sending, this.#filling];
      this.#unsent = this.#filled;
      this.#filled = 0;
      await this.#sendAll(this.#unsent);
    }
    this.#pumping = undefined;
  }

  async #sendAll(bytes: number): Promise<void> {
    let at = 0;
    let pauseMs = retryFirstMs;
    while (at < bytes && this.#unsent > 0) {
      try {
        const block = this.#sending.subarray(at, wholeFrames(this.#sending, at, bytes));
        const taken = await this.#sink.send(block);
        this.#sent += countFrames(block.subarray(0, taken));
        at += taken;
        this.#unsent = Math.max(0, this.#unsent - taken);
        pauseMs = retryFirstMs;
        this.#lastError = undefined;
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        await this.#pause(pauseMs * (0.5 + Math.random() / 2));
        pauseMs = Math.min(pauseMs * 2, retryMaxMs);
      }
    }
    if (at < bytes) this.#drop("not_flushed", countFrames(this.#sending.subarray(at, bytes)));
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

  #giveUp(): void {
    this.#drop("not_flushed", countFrames(this.#filling.subarray(0, this.#filled)));
    this.#filled = 0;
    this.#unsent = 0;
    this.#wake?.();
  }

  #drop(cause: string, messages: number): void {
    if (messages > 0) this.#dropped[cause] = (this.#dropped[cause] ?? 0) + messages;
  }

  #grow(missing: number): void {
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(this.#filling.length * 2, this.#filled + missing)));
    grown.set(this.#filling.subarray(0, this.#filled));
    this.#filling = grown;
  }
}

/** Where the last frame ends that begins within a block from `at`. */
function wholeFrames(bytes: Uint8Array, at: number, end: number): number {
  if (end - at <= blockBytes) return end;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let last = at;
  while (last < end && last - at < blockBytes) last += 8 + view.getUint32(last + 4, true);
  return last;
}

function countFrames(frames: Uint8Array): number {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let count = 0;
  for (let at = 0; at < frames.length; at += 8 + view.getUint32(at + 4, true)) count++;
  return count;
}
