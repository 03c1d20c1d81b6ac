// Reads a made-up plant at a set rate and PUSHes the updates in batches. Nothing is dropped while it runs: when the
// send queue is full it waits, and reports how long. Production starts with the first connection, so that a
// gateway that starts later is not met with a backlog.

import { TagBatchEncoder } from "@flowfusion/proto";
import { dialPush, type PushSocket } from "@flowfusion/transport";
import { Pacer } from "./pacer.ts";
import { createPlant, type Plant, type Reading } from "./plant.ts";
import { Stamps } from "./stamps.ts";
import { wallClockNs } from "./wall-clock.ts";

export interface SimulatorOptions {
  /** Where a PULL socket listens: `tcp://HOST:PORT` or `ipc://PATH`. */
  readonly push: string;
  /** Updates a second. */
  readonly rate: number;
  readonly tags: number;
  /** Most updates in one batch. Less are sent when less are due: nothing waits for a batch to fill. */
  readonly batch: number;
  readonly seed: number;
  readonly source: string;
  /** Stop after this time of production, ms. */
  readonly durationMs?: number;
  /** Stop after exactly this many updates. */
  readonly count?: number;
}

export interface SimulatorSummary {
  /** Updates handed to the kernel. */
  readonly sent: number;
  readonly batches: number;
  /** Updates that were made but could not be handed over before the end. */
  readonly dropped: number;
  /** Batches that were being written when a connection broke: delivered or lost. Counted as sent. */
  readonly batchesInDoubt: number;
  /** Updates that were never made because a stall or back-pressure lasted too long. */
  readonly forgone: number;
  /** Time from the first update to the last, s. */
  readonly seconds: number;
  /** How often the send queue was full, and how long it was waited for in all. */
  readonly waits: number;
  readonly waitMs: number;
  /** Connections made; more than one says that the receiver was gone in between. */
  readonly connects: number;
}

export interface SimulatorProgress {
  /** Updates taken by the send queue so far. */
  readonly updates: number;
  /** Whether that is full now. */
  readonly isWaiting: boolean;
  readonly isConnected: boolean;
  /** Why the last attempt to connect failed. */
  readonly lastConnectError: string | undefined;
}

const queueBytesMax = 1024 * 1024;
/** Time to hand over what is made: short when somebody asked to stop, longer when the run ended by itself. */
const flushMsStopped = 2000;
const flushMsEnded = 10_000;
/** More frames than the send queue and one block can hold: the sizes of the batches that may still be unsent. */
const sizesKept = 65_536;
const tickMs = 1;

export class Simulator {
  /** Resolves when all is sent or given up. */
  readonly finished: Promise<SimulatorSummary>;
  readonly #options: SimulatorOptions;
  readonly #plant: Plant;
  readonly #tagsUtf8: readonly Uint8Array[];
  readonly #encoder: TagBatchEncoder;
  readonly #stamps = new Stamps(wallClockNs);
  readonly #sizes = new Uint32Array(sizesKept);
  readonly #push: PushSocket;
  #finish: (summary: SimulatorSummary) => void = () => {};
  #pacer: Pacer | undefined;
  /** Readings of the batch at hand: made, and not yet taken by the send queue. */
  #readings: Reading[] = [];
  #made = 0;
  #batches = 0;
  #startMs = 0;
  #seconds = 0;
  #tickTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;
  #waitingSinceMs: number | undefined;
  #waits = 0;
  #waitMs = 0;
  #isStopping = false;

  /** Throws a TransportError for a malformed address. */
  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#plant = createPlant(options);
    this.#tagsUtf8 = this.#plant.tags.map((tag) => new TextEncoder().encode(tag));
    this.#encoder = new TagBatchEncoder(options.source);
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#push = dialPush({
      address: options.push,
      queueBytesMax,
      onConnect: () => this.#start(),
      onDrain: () => this.#resume(),
    });
  }

  get progress(): SimulatorProgress {
    const { connections, lastConnectError } = this.#push.stats();
    const updates = this.#made - this.#readings.length;
    return { updates, isWaiting: this.#waitingSinceMs !== undefined, isConnected: connections > 0, lastConnectError };
  }

  /** Makes no more updates, sends what is made for at most `flushMs`, and settles `finished`. */
  stop(flushMs = flushMsStopped): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#tickTimer);
    clearTimeout(this.#endTimer);
    this.#seconds = this.#pacer === undefined ? 0 : (performance.now() - this.#startMs) / 1000;
    // A batch that found the queue full gets its chance when the queue drains.
    if (this.#readings.length === 0) this.#close(flushMs);
    else this.#endTimer = setTimeout(() => this.#close(0), flushMs);
  }

  #close(flushMs: number): void {
    clearTimeout(this.#endTimer);
    this.#endWait();
    void this.#push.close({ flushMs }).then(({ framesUnsent }) => this.#finish(this.#summary(framesUnsent)));
  }

  #start(): void {
    if (this.#pacer !== undefined || this.#isStopping) return;
    this.#startMs = performance.now();
    this.#pacer = new Pacer(this.#options.rate, this.#startMs);
    const { durationMs } = this.#options;
    if (durationMs !== undefined) this.#endTimer = setTimeout(() => this.stop(flushMsEnded), durationMs);
    this.#tick();
  }

  #resume(): void {
    if (this.#waitingSinceMs === undefined) return;
    this.#endWait();
    if (!this.#isStopping) this.#tick();
    else if (this.#sendOrWait()) this.#close(flushMsStopped);
  }

  #endWait(): void {
    if (this.#waitingSinceMs === undefined) return;
    this.#waitMs += performance.now() - this.#waitingSinceMs;
    this.#waitingSinceMs = undefined;
  }

  /** Makes and sends what is due, then sleeps; stops short when the send queue is full. */
  #tick(): void {
    const pacer = this.#pacer!;
    const { batch, count = Number.POSITIVE_INFINITY } = this.#options;
    let due = Math.min(pacer.due(performance.now()), count - this.#made);
    while (this.#readings.length > 0 || due > 0) {
      if (this.#readings.length === 0) {
        const size = Math.min(due, batch);
        this.#make(size);
        pacer.paid(size);
        due -= size;
      }
      if (!this.#sendOrWait()) return;
    }
    if (this.#made >= count) this.stop(flushMsEnded);
    else this.#tickTimer = setTimeout(() => this.#tick(), Math.max(tickMs, pacer.waitMs()));
  }

  #make(size: number): void {
    for (let i = 0; i < size; i++) {
      this.#readings.push(this.#plant.read(this.#made % this.#tagsUtf8.length, this.#made / this.#options.rate));
      this.#made++;
    }
  }

  #sendOrWait(): boolean {
    if (this.#send()) return true;
    this.#waits++;
    this.#waitingSinceMs = performance.now();
    return false;
  }

  /** Stamps and encodes the batch at hand at this moment, also when an earlier attempt found the queue full. */
  #send(): boolean {
    const encoder = this.#encoder;
    const readings = this.#readings;
    const first = this.#made - readings.length;
    let stampNs = this.#stamps.take(readings.length);
    encoder.begin();
    for (let i = 0; i < readings.length; i++) {
      const { value, quality } = readings[i]!;
      encoder.add(this.#tagsUtf8[(first + i) % this.#tagsUtf8.length]!, stampNs++, quality, value);
    }
    if (!this.#push.send(encoder.finish())) return false;
    this.#sizes[this.#batches++ % sizesKept] = readings.length;
    readings.length = 0;
    return true;
  }

  #summary(framesUnsent: number): SimulatorSummary {
    let dropped = this.#readings.length;
    for (let i = 1; i <= framesUnsent; i++) dropped += this.#sizes[(this.#batches - i) % sizesKept]!;
    const { framesInDoubt, connects } = this.#push.stats();
    return {
      sent: this.#made - dropped,
      batches: this.#batches - framesUnsent,
      dropped,
      batchesInDoubt: framesInDoubt,
      forgone: this.#pacer?.forgiven ?? 0,
      seconds: round(this.#seconds),
      waits: this.#waits,
      waitMs: round(this.#waitMs),
      connects,
    };
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
