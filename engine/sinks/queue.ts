// The bounded queue in front of a sink. The data plane appends frames, synchronously and, once the queue has grown to
// what it needs, without allocating; a pump hands them to the sink and tries again, with growing pauses, for as long
// as the sink fails. What waits is kept in memory and, where the queue has a spool, on disk:
//
//   append ──► filling ──► held ──► spool ──► sending ──► sink
//                  └──────────────────────────────▲            while the sink keeps up
//
// Frames take the way over the disk when the sink fails, when memory is half full, or always (`isDurable`). They leave in
// the order in which they came, whichever way they went. When there is no room, frames are dropped and counted: new ones
// where memory is full, the oldest where the disk is. Data never waits for a sink; in a rush of more than memory holds, what may
// wait does so for the disk.
//
// Every message appended, or recovered from disk, is in exactly one of `sent`, `dropped` and `queued`.

import { randomUUID } from "node:crypto";
import type { SinkStats } from "@flowfusion/graph";
import { type BackoffPolicy, backoffDefault, backoffMs } from "@flowfusion/transport";
import { describeError } from "./describe-error.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import { blockEnd, countFrames, runsOf } from "./frames.ts";
import type { Sink, Taken } from "./sink.ts";
import { Spool } from "./spool/spool.ts";

/** Handed to the sink at once. Bytes. */
const blockBytes = 256 * 1024;
/** After the disk has failed. */
const spoolRetryMs = 1_000;
/** Share of memory from which on what may wait does so until the disk has taken its part … */
const holdShare = 3 / 4;
/** … for so long at most. */
const holdMs = 1_000;
/** For a sink that is replaced to end what it is sending. */
const replaceMs = 1_000;
/** For a sink that was closed to tell what became of what it was sending. */
const settleMs = 100;

/** Where frames wait. */
export interface StoragePolicy {
  /** What the files of the spool take at most; 0: nothing goes to disk. */
  readonly diskBytesMax: number;
  /** `memory`: to disk only what memory cannot keep. Else each message is on disk, `written` or `synced`, before it is sent. */
  readonly durability: "memory" | "written" | "synced";
}

export interface QueueOptions {
  /** What the queue holds in memory at most; a run of frames that does not fit is dropped whole. */
  readonly bytesMax: number;
  /** Pauses between tries. */
  readonly retry?: BackoffPolicy;
  /** The folder for what waits on disk. Without one, nothing does. */
  readonly spoolFolder?: string;
  /** Whether it is known that nothing of an earlier start waits there, so that it is not looked for. */
  readonly isSpoolEmpty?: boolean;
  readonly storage?: StoragePolicy;
  /** Settles when nobody else uses that folder any more. */
  readonly after?: Promise<unknown>;
  /** Told when memory is about to be full while the disk is written to; `over` resolves when that is done, or takes too long. */
  readonly onHold?: ((over: Promise<void>) => void) | undefined;
}

export type QueueStats = Omit<SinkStats, "node" | "kind">;

const memoryOnly: StoragePolicy = { diskBytesMax: 0, durability: "memory" };

export class SinkQueue {
  #sink: Sink;
  readonly #bytesMax: number;
  readonly #retry: BackoffPolicy;
  readonly #epoch = drawEpoch();
  readonly #spool: Spool | undefined;
  readonly #after: Promise<unknown> | undefined;
  readonly #onHold: QueueOptions["onHold"];
  readonly #dropped: Record<string, number> = {};
  #filling = new FrameBuffer();
  /** What is being written to disk, or could not be. */
  #held = new FrameBuffer();
  #sending = new FrameBuffer();
  /** The epoch of what is sent; of an earlier start when it comes from disk. */
  #sendingEpoch = this.#epoch;
  /** Bytes of the block from the spool that were taken; undefined when what is sent comes from memory. */
  #takenOfSpool: number | undefined;
  #appended = 0;
  #sent = 0;
  #recovered = 0;
  #failures = 0;
  #failingSinceMs: number | undefined;
  #isDurable = false;
  #isRecovered = false;
  #spoolFailedAtMs = Number.NEGATIVE_INFINITY;
  #pumping: Promise<void> | undefined;
  #spilling: Promise<void> | undefined;
  /** What was being written when others were told to wait for it. */
  #heldFor: Promise<void> | undefined;
  #sendingNow: Promise<unknown> | undefined;
  #replacing: Promise<void> | undefined;
  #lastError: string | undefined;
  /** Why what an earlier start left on disk is not known yet, while that is so. */
  #unrecoveredBecause: string | undefined;
  #wake: (() => void) | undefined;
  #state: "open" | "flushing" | "closed" = "open";
  #isEnded = false;
  /** Messages that stay on disk after the end. */
  #stowed = 0;

  constructor(
    sink: Sink,
    { bytesMax, retry, spoolFolder, isSpoolEmpty = false, storage, after, onHold }: QueueOptions,
  ) {
    this.#sink = sink;
    this.#bytesMax = bytesMax;
    this.#retry = retry ?? backoffDefault;
    this.#after = after;
    this.#onHold = onHold;
    if (spoolFolder === undefined) return;
    this.#spool = new Spool({
      folder: spoolFolder,
      isEmpty: isSpoolEmpty,
      epoch: this.#epoch,
      onLost: (cause, frames) => this.#drop(cause, frames),
    });
    this.#apply(storage ?? memoryOnly);
    // What an earlier start left is sent without waiting for something new.
    if (!isSpoolEmpty) this.#pumping = this.#pump();
  }

  /** Takes the frames at `memory[start, end)`, `frames` in number. */
  append(memory: Uint8Array, start: number, end: number, frames: number): void {
    const isFull = this.#queuedBytes + end - start > this.#bytesMax;
    if (isFull || this.#state !== "open") {
      this.#drop(this.#state === "open" ? "queue_full" : "closed", frames);
      return;
    }
    if (this.#filling.frames === 0) this.#filling.clear(this.#appended);
    this.#filling.push(memory, start, end, frames);
    this.#appended += frames;
    this.#pumping ??= this.#pump();
    if (this.#isDurable || this.#queuedBytes > this.#bytesMax / 2) this.#spillSoon();
    if (this.#spilling && this.#queuedBytes > this.#bytesMax * holdShare) this.#hold(this.#spilling);
  }

  /** Whether what has come so far outlives the process, in so far as the sink is to see to that. */
  whenKept(): () => boolean {
    const last = this.#appended;
    return () => this.#firstInMemoryAlone >= last;
  }

  /** Resolves once nothing waits, or all that can be done was done at the end. */
  async whenIdle(): Promise<void> {
    await this.#pumping;
  }

  get stats(): QueueStats {
    const { frames, bytes, bytesMax } = this.#spool ?? { frames: 0, bytes: 0, bytesMax: 0 };
    return {
      queued: this.#filling.frames + this.#held.frames + this.#sending.frames + frames + this.#stowed,
      queuedBytes: this.#queuedBytes,
      diskBytes: bytes,
      diskBytesMax: bytesMax,
      sent: this.#sent,
      recovered: this.#recovered,
      dropped: { ...this.#dropped },
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#failingSinceMs !== undefined && { failingMs: Math.round(performance.now() - this.#failingSinceMs) }),
    };
  }

  /** Messages, by whatever cause. */
  get dropped(): number {
    return Object.values(this.#dropped).reduce((sum, count) => sum + count, 0);
  }

  /** Sends on with another sink, what waits included. The one before ends what it is sending, and is closed. */
  replace(sink: Sink, storage: StoragePolicy): void {
    const previous = this.#sink;
    this.#sink = sink;
    this.#apply(storage);
    this.#failures = 0;
    this.#replacing = Promise.all([this.#replacing, within(replaceMs, this.#sendingNow)])
      .then(() => previous.close())
      .catch(() => {});
    this.#wake?.();
  }

  /** Sends what is queued, for at most `flushMs`, and closes the sink. The rest stays on disk or, where it cannot, is dropped. */
  async close(flushMs: number): Promise<void> {
    // A sink that fails gets no more of it than what it has been given: all of it is kept.
    const isKept = this.#failures > 0 && this.#spool !== undefined && this.#spool.bytesMax > 0;
    await this.#end(isKept ? 0 : flushMs);
    if (this.#spool) await this.#stow(this.#spool);
    this.#dropMemory();
    await this.#spool?.close().catch(() => {});
  }

  /** As `close`, but nothing stays: the rest is dropped and the files are deleted, as far as the disk gives them up. */
  async discard(flushMs: number): Promise<void> {
    await this.#end(flushMs);
    this.#dropMemory();
    this.#drop("not_flushed", this.#spool?.frames ?? 0);
    await this.#spool?.remove().catch(() => {});
  }

  get #isClosed(): boolean {
    return this.#state === "closed";
  }

  get #queuedBytes(): number {
    return this.#filling.bytes + this.#held.bytes + this.#sending.bytes;
  }

  /** Number of the oldest message that a kill would take, though it is to survive one; where there is none, of the next to come. */
  get #firstInMemoryAlone(): number {
    if (!this.#isDurable) return this.#appended;
    // What is on disk may be newer, where it took nothing for a while.
    if (this.#takenOfSpool === undefined && this.#sending.frames > 0) return this.#sending.ordinal;
    if (this.#held.frames > 0) return this.#held.ordinal;
    return this.#filling.frames > 0 ? this.#filling.ordinal : this.#appended;
  }

  #apply({ diskBytesMax, durability }: StoragePolicy): void {
    if (!this.#spool) return;
    this.#spool.bytesMax = diskBytesMax;
    this.#spool.isSynced = durability === "synced";
    this.#isDurable = durability !== "memory" && diskBytesMax > 0;
  }

  async #end(flushMs: number): Promise<void> {
    this.#state = "flushing";
    await within(flushMs, this.#pumping);
    this.#state = "closed";
    this.#wake?.();
    await this.#spilling;
    // One that cannot be closed must not keep the rest from being stowed.
    await Promise.all([this.#sink.close().catch(() => {}), this.#replacing]);
    // What the sink was sending has an outcome now, unless it never tells.
    await within(settleMs, this.#sendingNow);
    // Nothing else holds the pump up; what it does on disk must be done before the rest goes there.
    if (!this.#sendingNow) await this.#pumping;
    this.#isEnded = true;
  }

  async #pump(): Promise<void> {
    // Off the data path: whatever else this turn appends goes into the same block.
    await new Promise(setImmediate);
    await this.#recover();
    while (!this.#isClosed && (await this.#takeNext())) await this.#sendAll();
    this.#filling.shrink();
    this.#held.shrink();
    this.#sending.shrink();
    this.#pumping = undefined;
  }

  async #recover(): Promise<void> {
    if (!this.#spool || this.#isRecovered) return;
    try {
      await this.#after;
      this.#recovered = await this.#spool.recover();
      this.#isRecovered = true;
      this.#unrecoveredBecause = undefined;
    } catch (error) {
      this.#spoolFailed(error);
      this.#unrecoveredBecause = this.#lastError;
    }
  }

  /** Loads what is oldest into `#sending`. False when nothing waits. */
  async #takeNext(): Promise<boolean> {
    if (this.#sending.frames > 0) return true;
    this.#takenOfSpool = undefined;
    this.#sendingEpoch = this.#epoch;
    if (this.#isDurable && this.#filling.frames > 0) this.#spillNow();
    for (;;) {
      while (this.#spilling) await this.#spilling;
      if (this.#isClosed) return false;
      if (!this.#spool || this.#spool.frames === 0) break;
      if (await this.#takeFromSpool(this.#spool)) return true;
    }
    // Without a pause since the spool was found empty, so nothing older can have gone there.
    // What goes there meanwhile must leave room before it for what is sent now.
    if (this.#held.frames + this.#filling.frames > 0) void this.#spool?.settle();
    if (this.#held.frames > 0) [this.#held, this.#sending] = [this.#sending, this.#held];
    else if (this.#filling.frames > 0) [this.#filling, this.#sending] = [this.#sending, this.#filling];
    return this.#sending.frames > 0;
  }

  async #takeFromSpool(spool: Spool): Promise<boolean> {
    try {
      const block = await spool.read();
      if (!block) return false;
      this.#sending.wrap(block.run, block.frames, block.ordinal);
      this.#sendingEpoch = block.epoch;
      this.#takenOfSpool = 0;
      return true;
    } catch (error) {
      // It must not be overtaken: it is tried again until the disk gives it back.
      this.#spoolFailed(error);
      await this.#pause(spoolRetryMs);
      return false;
    }
  }

  async #sendAll(): Promise<void> {
    while (this.#sending.frames > 0 && !this.#isClosed) {
      if (this.#replacing) await this.#replacing;
      const { rest } = this.#sending;
      const block = rest.subarray(0, blockEnd(rest, 0, rest.length, blockBytes));
      try {
        await this.#send(block);
        this.#failures = 0;
      } catch (error) {
        this.#lastError = describeError(error);
        this.#failures++;
        this.#failingSinceMs ??= performance.now();
        if (this.#isClosed) return;
        await this.#retreat();
        await this.#pause(backoffMs(this.#failures, this.#retry, Math.random));
        if (this.#sending.frames === 0) return;
      }
    }
  }

  async #send(block: Uint8Array): Promise<void> {
    const origin = { epoch: this.#sendingEpoch, ordinal: this.#sending.ordinal };
    const sending = this.#sink.send(block, origin).then((taken) => this.#settle(block, taken));
    this.#sendingNow = sending;
    try {
      await sending;
    } finally {
      this.#sendingNow = undefined;
    }
    if (this.#takenOfSpool === undefined) return;
    // The sink has it: that the disk does not say so is no failure of the sink.
    await this.#spool!.taken(this.#takenOfSpool).catch((error: unknown) => this.#spoolFailed(error));
  }

  #settle(block: Uint8Array, { bytes, dropped }: Taken): void {
    if (this.#isEnded) return;
    if (bytes <= 0 || bytes > block.length) throw new RangeError(`the sink took ${bytes} of ${block.length} bytes`);
    const messages = countFrames(block, 0, bytes);
    let sent = messages;
    for (const [cause, count] of Object.entries(dropped)) {
      this.#drop(cause, count);
      sent -= count;
    }
    this.#sent += sent;
    this.#sending.consume(bytes, messages);
    if (this.#takenOfSpool !== undefined) this.#takenOfSpool += bytes;
    this.#lastError = this.#unrecoveredBecause;
    this.#failingSinceMs = undefined;
  }

  /** The sink has failed: what waits in memory goes to disk, so that an outage needs no more memory and survives a kill. */
  async #retreat(): Promise<void> {
    if (!this.#canSpill) return;
    await this.#spilling;
    if (this.#takenOfSpool === undefined) await this.#prepend();
    if (this.#filling.frames + this.#held.frames > 0) this.#spillNow();
    await this.#spilling;
  }

  /** What is sent from memory is older than all that is on disk. Its end goes there first, and what finds no room stays. */
  async #prepend(): Promise<void> {
    const spool = this.#spool!;
    try {
      for (const run of runsOf(this.#sending.rest, spool.segmentBytes).toReversed()) {
        const frames = countFrames(run);
        const ordinal = this.#sending.ordinal + this.#sending.frames - frames;
        if (!(await spool.prepend(run, frames, ordinal))) return;
        this.#sending.cut(run.length, frames);
      }
      this.#sending.clear();
    } catch (error) {
      this.#spoolFailed(error);
    }
  }

  get #canSpill(): boolean {
    const isUsable = this.#spool !== undefined && this.#spool.bytesMax > 0 && this.#isRecovered;
    return isUsable && performance.now() - this.#spoolFailedAtMs > spoolRetryMs;
  }

  #spillSoon(): void {
    if (!this.#spilling && this.#sending.frames > 0 && this.#canSpill) this.#spillNow();
  }

  #spillNow(): void {
    if (this.#canSpill) this.#spilling ??= this.#spill();
  }

  #hold(spilling: Promise<void>): void {
    if (this.#heldFor === spilling) return;
    this.#heldFor = spilling;
    this.#onHold?.(within(holdMs, spilling));
  }

  async #spill(): Promise<void> {
    // Whatever else this turn appends goes with it.
    await new Promise(setImmediate);
    if (this.#held.frames === 0) [this.#filling, this.#held] = [this.#held, this.#filling];
    try {
      await this.#writeHeld(this.#spool!);
    } catch (error) {
      this.#spoolFailed(error);
    }
    this.#spilling = undefined;
  }

  async #writeHeld(spool: Spool): Promise<void> {
    for (const run of runsOf(this.#held.rest, spool.segmentBytes)) {
      const frames = countFrames(run);
      await spool.append(run, frames, this.#held.ordinal);
      this.#held.consume(run.length, frames);
    }
    this.#held.clear();
  }

  /** At the end: what is in memory joins what is on disk, in order. */
  async #stow(spool: Spool): Promise<void> {
    await this.#recover();
    if (!this.#isRecovered) return;
    const unsettled = this.#takenOfSpool === undefined ? 0 : this.#sending.frames;
    if (unsettled > 0) {
      if (!spool.hasOutstanding) this.#drop("evicted", unsettled);
      this.#sending.clear();
    }
    if (spool.bytesMax > 0) await this.#stowMemory(spool);
    this.#stowed = spool.frames + (spool.hasOutstanding ? unsettled : 0);
  }

  async #stowMemory(spool: Spool): Promise<void> {
    try {
      if (this.#sending.frames > 0) await this.#prepend();
      await this.#writeHeld(spool);
      [this.#filling, this.#held] = [this.#held, this.#filling];
      await this.#writeHeld(spool);
    } catch (error) {
      this.#spoolFailed(error);
    }
  }

  #dropMemory(): void {
    for (const buffer of [this.#sending, this.#held, this.#filling]) {
      this.#drop("not_flushed", buffer.frames);
      buffer.clear();
    }
  }

  #spoolFailed(error: unknown): void {
    this.#spoolFailedAtMs = performance.now();
    this.#lastError = `the disk failed: ${describeError(error)}`;
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
}

/** Resolves when `work` has settled, or after `ms`. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  if (!work) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work.catch(() => {}), promise]);
  clearTimeout(timer);
}

/** 48 random bits, 8 characters. Node.js draws what identifiers are made of in advance, other random bytes one by one. */
function drawEpoch(): string {
  return Buffer.from(randomUUID().slice(0, 13).replace("-", ""), "hex").toString("base64url");
}
