// Runs of frames from one thread to another, through memory that both share: one writer, one reader, no lock, a copy in
// and none out. Positions count bytes and wrap around at 2^32; the ring's size is a power of two.
//
//   i32 written, read     positions: how far the writer has come, and the reader
//   i32 bell              changes when the reader should look again
//   i32 isReaderAsleep    the reader has found nothing and will look again when the bell changes
//   i32 isReaderStopped   the reader may not take what is next, for the time being
//
// A record, aligned to 8 bytes, lies in one piece; where it does not fit before the end, the rest up to the end is skipped:
//
//   0   u32 bytes of frames     4   u32 slot, or `skipped`     8   u32 epoch of the slot numbers     12  u32 frames
//   16  u32 1 when the input they came by drops                24  f64 when they came, ms            32  frames

import type { OverloadPolicy } from "../types.ts";

const controlBytes = 64;
const recordHeaderBytes = 32;
const written = 0;
const read = 1;
const bell = 2;
const isReaderAsleep = 3;
const isReaderStopped = 4;
const skipped = 0xffff_ffff;
/** How long the writer sleeps before it takes the reader for one that stands still, ms. */
const roomWaitMs = 1_000;

export interface RingRecord {
  slot: number;
  epoch: number;
  frames: number;
  policy: OverloadPolicy;
  /** By a clock that both threads share, ms. */
  arrivedMs: number;
}

export const createRing = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(controlBytes + bytes);

class Ring {
  readonly control: Int32Array;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly doubles: Float64Array;
  readonly size: number;

  constructor(shared: SharedArrayBuffer) {
    this.size = shared.byteLength - controlBytes;
    this.control = new Int32Array(shared, 0, controlBytes / 4);
    this.bytes = new Uint8Array(shared, controlBytes);
    this.words = new Uint32Array(shared, controlBytes);
    this.doubles = new Float64Array(shared, controlBytes);
  }

  get used(): number {
    return (Atomics.load(this.control, written) - Atomics.load(this.control, read)) >>> 0;
  }

  /** Where a position lies. */
  placeOf(position: number): number {
    return (position >>> 0) % this.size;
  }
}

export class RingWriter {
  readonly #ring: Ring;
  /** Written since the reader was last told. */
  #isNews = false;
  /** Where the reader was when it stood still. */
  #stoodAt: number | undefined;

  constructor(shared: SharedArrayBuffer) {
    this.#ring = new Ring(shared);
  }

  /** Bytes that wait for the reader. */
  get used(): number {
    return this.#ring.used;
  }

  /** Copies frames in. False, and nothing is written, when there is no room. */
  write(memory: Uint8Array, start: number, bytes: number, record: RingRecord): boolean {
    const ring = this.#ring;
    const needed = recordHeaderBytes + bytes;
    let position = Atomics.load(ring.control, written);
    let place = ring.placeOf(position);
    const untilEnd = ring.size - place;
    const skip = untilEnd < needed ? untilEnd : 0;
    if (ring.used + skip + needed > ring.size) return false;
    if (skip > 0) {
      if (skip >= 8) ring.words[(place >>> 2) + 1] = skipped;
      position += skip;
      place = 0;
    }
    const word = place >>> 2;
    ring.words[word] = bytes;
    ring.words[word + 1] = record.slot;
    ring.words[word + 2] = record.epoch;
    ring.words[word + 3] = record.frames;
    ring.words[word + 4] = record.policy === "drop" ? 1 : 0;
    ring.doubles[(place + 24) >>> 3] = record.arrivedMs;
    ring.bytes.set(memory.subarray(start, start + bytes), place + recordHeaderBytes);
    Atomics.store(ring.control, written, (position + needed) | 0);
    this.#isNews = true;
    return true;
  }

  /** Lets the reader look, where it sleeps. */
  ring(): void {
    if (!this.#isNews) return;
    this.#isNews = false;
    if (Atomics.load(this.#ring.control, isReaderAsleep) === 0) return;
    Atomics.add(this.#ring.control, bell, 1);
    Atomics.notify(this.#ring.control, bell);
  }

  /** Whether the reader takes what is written; false while it may not, and once it has not for a while. */
  get isReaderGoingOn(): boolean {
    const { control } = this.#ring;
    return Atomics.load(control, isReaderStopped) === 0 && Atomics.load(control, read) !== this.#stoodAt;
  }

  /** Sleeps until the reader has gone on, or a while. */
  waitForRoom(): void {
    const { control } = this.#ring;
    this.ring();
    const at = Atomics.load(control, read);
    if (this.used === 0) return;
    this.#stoodAt = Atomics.wait(control, read, at, roomWaitMs) === "timed-out" ? at : undefined;
  }
}

export class RingReader {
  readonly #ring: Ring;
  /** The record at hand; one for all, so that none is made for each. */
  readonly #record: RingRecord = { slot: 0, epoch: 0, frames: 0, policy: "block", arrivedMs: 0 };

  constructor(shared: SharedArrayBuffer) {
    this.#ring = new Ring(shared);
  }

  get isEmpty(): boolean {
    return this.#ring.used === 0;
  }

  /** Whether what has been written by now was read. */
  whenRead(): () => boolean {
    const { control } = this.#ring;
    const end = Atomics.load(control, written);
    // Positions wrap around: less than half way is behind.
    return () => ((Atomics.load(control, read) - end) | 0) >= 0;
  }

  /**
   * Hands over records of up to `bytesMax` bytes, and the one that goes beyond. They are valid during the call only.
   * False when it stopped before one that may not be taken yet.
   */
  read(
    bytesMax: number,
    take: (record: Readonly<RingRecord>, memory: Uint8Array, start: number, bytes: number) => void,
    mayTake: (policy: OverloadPolicy) => boolean = () => true,
  ): boolean {
    const ring = this.#ring;
    const record = this.#record;
    const end = Atomics.load(ring.control, written);
    let position = Atomics.load(ring.control, read);
    let isStopped = false;
    for (let bytesRead = 0; position !== end && bytesRead < bytesMax; ) {
      const place = ring.placeOf(position);
      const word = place >>> 2;
      let length = ring.size - place;
      if (length >= recordHeaderBytes && ring.words[word + 1] !== skipped) {
        const bytes = ring.words[word]!;
        record.slot = ring.words[word + 1]!;
        record.epoch = ring.words[word + 2]!;
        record.frames = ring.words[word + 3]!;
        record.policy = ring.words[word + 4] === 1 ? "drop" : "block";
        record.arrivedMs = ring.doubles[(place + 24) >>> 3]!;
        length = recordHeaderBytes + bytes;
        isStopped = !mayTake(record.policy);
        if (isStopped) break;
        take(record, ring.bytes, place + recordHeaderBytes, bytes);
      }
      bytesRead += length;
      position = (position + length) | 0;
      Atomics.store(ring.control, read, position);
    }
    Atomics.store(ring.control, isReaderStopped, isStopped ? 1 : 0);
    Atomics.notify(ring.control, read);
    return !isStopped;
  }

  /** Resolves once there is something to read, or the bell was rung. */
  async untilWritten(): Promise<void> {
    const { control } = this.#ring;
    const before = Atomics.load(control, bell);
    Atomics.store(control, isReaderAsleep, 1);
    if (this.isEmpty) {
      const { async, value } = Atomics.waitAsync(control, bell, before);
      if (async) await value;
    }
    Atomics.store(control, isReaderAsleep, 0);
  }

  /** Ends a wait of this reader. */
  wake(): void {
    Atomics.add(this.#ring.control, bell, 1);
    Atomics.notify(this.#ring.control, bell);
  }
}
