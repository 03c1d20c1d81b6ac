// A bounded first-in-first-out queue of frames in one ring of bytes: each frame is its length (u32, little-endian)
// and its payload, either of which may wrap around. Frames are copied in and out, so that senders can use their
// buffers again; the ring doubles up to its bound and is then only used again.

const lengthBytes = 4;
const ringBytesFirst = 64 * 1024;

export class FrameQueue {
  readonly #bytesMax: number;
  #ring: Uint8Array;
  #head = 0;
  #bytes = 0;
  #frames = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#ring = new Uint8Array(Math.min(ringBytesFirst, bytesMax));
  }

  get frames(): number {
    return this.#frames;
  }

  /** Bytes in use, 4 a frame included. */
  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** The longest frame that fits when the queue is empty. */
  get frameBytesMax(): number {
    return this.#bytesMax - lengthBytes;
  }

  /** Copies the frame in; false, and nothing changed, when it does not fit. */
  push(frame: Uint8Array): boolean {
    const needed = this.#bytes + lengthBytes + frame.length;
    if (needed > this.#bytesMax) return false;
    if (needed > this.#ring.length) this.#grow(needed);
    const tail = this.#head + this.#bytes;
    for (let i = 0; i < lengthBytes; i++) this.#ring[(tail + i) % this.#ring.length] = frame.length >>> (8 * i);
    const at = (tail + lengthBytes) % this.#ring.length;
    const untilEnd = Math.min(frame.length, this.#ring.length - at);
    this.#ring.set(untilEnd === frame.length ? frame : frame.subarray(0, untilEnd), at);
    if (untilEnd < frame.length) this.#ring.set(frame.subarray(untilEnd), 0);
    this.#bytes = needed;
    this.#frames++;
    return true;
  }

  /** Length of the oldest frame; −1 when the queue is empty. */
  nextLength(): number {
    if (this.#frames === 0) return -1;
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length += this.#ring[(this.#head + i) % this.#ring.length]! * 2 ** (8 * i);
    return length;
  }

  /** Moves the oldest frame to `target` at `offset`, which must have room for it; returns the offset behind it. */
  shiftInto(target: Uint8Array, offset: number): number {
    const length = this.nextLength();
    if (length < 0) throw new RangeError("the queue is empty");
    this.#copyOut((this.#head + lengthBytes) % this.#ring.length, length, target, offset);
    this.#bytes -= lengthBytes + length;
    this.#frames--;
    this.#head = this.#bytes === 0 ? 0 : (this.#head + lengthBytes + length) % this.#ring.length;
    return offset + length;
  }

  #copyOut(at: number, length: number, target: Uint8Array, offset: number): void {
    const untilEnd = Math.min(length, this.#ring.length - at);
    target.set(this.#ring.subarray(at, at + untilEnd), offset);
    if (untilEnd < length) target.set(this.#ring.subarray(0, length - untilEnd), offset + untilEnd);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(needed, this.#ring.length * 2)));
    this.#copyOut(this.#head, this.#bytes, grown, 0);
    this.#ring = grown;
    this.#head = 0;
  }
}
