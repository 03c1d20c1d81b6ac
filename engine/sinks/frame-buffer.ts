// A run of frames in memory that grows at its end and is used up from its start.

const capacityFirstBytes = 256;
/** Larger buffers are given back when they have run empty. */
const capacityKeptBytesMax = 1024 * 1024;

const nothing: Uint8Array = new Uint8Array(0);

export class FrameBuffer {
  /** Number of the first frame that is left, in the count of its queue. */
  ordinal = 0;
  #bytes = nothing;
  #start = 0;
  #end = 0;
  #frames = 0;

  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#end - this.#start;
  }

  /** What is left; valid until the next change. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Appends the frames at `memory[start, end)`. Allocates only while it has not grown to what it needs. */
  push(memory: Uint8Array, start: number, end: number, frames: number): void {
    const bytes = end - start;
    if (this.#end + bytes > this.#bytes.length) this.#grow(bytes);
    this.#bytes.set(memory.subarray(start, end), this.#end);
    this.#end += bytes;
    this.#frames += frames;
  }

  /** Holds just the frames of `run`, without a copy. */
  wrap(run: Uint8Array, frames: number, ordinal: number): void {
    this.#bytes = run;
    this.#start = 0;
    this.#end = run.length;
    this.#frames = frames;
    this.ordinal = ordinal;
  }

  /** Forgets the first `bytes`, which are `frames` frames. */
  consume(bytes: number, frames: number): void {
    this.#start += bytes;
    this.#frames -= frames;
    this.ordinal += frames;
  }

  /** Forgets the last `bytes`, which are `frames` frames. */
  cut(bytes: number, frames: number): void {
    this.#end -= bytes;
    this.#frames -= frames;
  }

  /** Empties it, and makes it begin with frame number `ordinal`. */
  clear(ordinal = 0): void {
    this.#start = 0;
    this.#end = 0;
    this.#frames = 0;
    this.ordinal = ordinal;
  }

  /** Gives back what an empty buffer has more than it usually needs. */
  shrink(): void {
    if (this.bytes === 0 && this.#bytes.length > capacityKeptBytesMax) this.#bytes = nothing;
  }

  #grow(missing: number): void {
    const wanted = Math.max(this.#bytes.length * 2, this.#end + missing, capacityFirstBytes);
    const grown = new Uint8Array(wanted);
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}
