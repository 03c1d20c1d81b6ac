// Frames that wait, first in first out, in one run of bytes: what is taken is at the front and needs no copy, what is
// added is copied behind it. The buffer doubles up to its bound. When it has run empty it is given back to the spares, which
// all queues of a thread share: queues come and go with each gust of load, and must not make garbage of it.

const firstBytes = 64 * 1024;
const spareBytesMax = 4 * 1024 * 1024;
const nothing = new Uint8Array(0);

let spares: Uint8Array<ArrayBuffer>[] = [];
let spareBytes = 0;

function takeBuffer(bytes: number): Uint8Array<ArrayBuffer> {
  const spare = spares.find(({ length }) => length >= bytes);
  if (!spare) return new Uint8Array(bytes);
  spares = spares.filter((it) => it !== spare);
  spareBytes -= spare.length;
  return spare;
}

function giveBack(buffer: Uint8Array<ArrayBuffer>): void {
  if (buffer.length === 0 || spareBytes + buffer.length > spareBytesMax) return;
  spares.push(buffer);
  spareBytes += buffer.length;
}

export class FrameFifo {
  readonly #bytesMax: number;
  #buffer: Uint8Array<ArrayBuffer> = nothing;
  #head = 0;
  #tail = 0;
  #frames = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The memory that the frames lie in, from `start` on; until the next `add`. */
  get memory(): Uint8Array {
    return this.#buffer;
  }

  get start(): number {
    return this.#head;
  }

  get bytes(): number {
    return this.#tail - this.#head;
  }

  get frames(): number {
    return this.#frames;
  }

  hasRoomFor(bytes: number): boolean {
    return this.bytes + bytes <= this.#bytesMax;
  }

  /** Copies the frames at `memory[start, start + bytes)`; ask for room first. */
  add(memory: Uint8Array, start: number, bytes: number, frames: number): void {
    if (this.#tail + bytes > this.#buffer.length) this.#makeRoom(bytes);
    this.#buffer.set(memory.subarray(start, start + bytes), this.#tail);
    this.#tail += bytes;
    this.#frames += frames;
  }

  /** Forgets the first `bytes`, `frames` in number. */
  take(bytes: number, frames: number): void {
    this.#head += bytes;
    this.#frames -= frames;
    if (this.#head < this.#tail) return;
    this.#head = 0;
    this.#tail = 0;
    giveBack(this.#buffer);
    this.#buffer = nothing;
  }

  #makeRoom(bytes: number): void {
    const needed = this.bytes + bytes;
    const isHalfFree = needed * 2 <= this.#buffer.length;
    const target = isHalfFree
      ? this.#buffer
      : takeBuffer(Math.min(this.#bytesMax, Math.max(firstBytes, needed, this.#buffer.length * 2)));
    target.set(this.#buffer.subarray(this.#head, this.#tail));
    if (!isHalfFree) giveBack(this.#buffer);
    this.#buffer = target;
    this.#tail -= this.#head;
    this.#head = 0;
  }
}
