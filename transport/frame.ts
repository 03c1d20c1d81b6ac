// SP frames, after the greeting:
//
//   TCP   u64 big-endian length, payload
//   IPC   0x01, u64 big-endian length, payload
//
// The decoder is the hot path of the gateway. A frame that lies inside one chunk is handed on as a view of that
// chunk, without a copy; a frame that is split is gathered in one buffer that is used again. The buffer grows with
// the bytes that have come, never by what a header promises.

import type { Scheme } from "./address.ts";

/** As nng's own default for recv-size-max. */
export const frameBytesMaxDefault = 1024 * 1024;

/** A gathering buffer above this size is let go after its frame, so that idle connections hold little memory. */
const gatherBytesKept = 1024 * 1024;
const gatherBytesFirst = 4096;
const ipcFrameType = 0x01;
const noBytes = new Uint8Array(0);
const always = () => true;

export interface FrameFault {
  readonly cause: "too_large" | "bad_frame_type";
  readonly message: string;
}

export const frameHeaderBytes = (scheme: Scheme): number => (scheme === "ipc" ? 9 : 8);

/** Writes the header of a frame with `length` bytes of payload; returns the offset behind it. */
export function writeFrameHeader(scheme: Scheme, target: Uint8Array, offset: number, length: number): number {
  let at = offset;
  if (scheme === "ipc") target[at++] = ipcFrameType;
  target.fill(0, at, at + 4);
  target[at + 4] = length >>> 24;
  target[at + 5] = length >>> 16;
  target[at + 6] = length >>> 8;
  target[at + 7] = length;
  return at + 8;
}

export class FrameDecoder {
  readonly #scheme: Scheme;
  readonly #frameBytesMax: number;
  readonly #headerBytes: number;
  readonly #header = new Uint8Array(9);
  #headerFilled = 0;
  /** Length of the frame being gathered, −1 between frames. */
  #frameLength = -1;
  #gather = noBytes;
  #gathered = 0;
  #fault: FrameFault | undefined;

  constructor(scheme: Scheme, frameBytesMax = frameBytesMaxDefault) {
    this.#scheme = scheme;
    this.#frameBytesMax = frameBytesMax;
    this.#headerBytes = frameHeaderBytes(scheme);
  }

  /** Bytes of a frame that has begun and is not whole; what is lost when the connection ends here. */
  get pendingBytes(): number {
    return this.#headerFilled + (this.#frameLength < 0 ? 0 : this.#headerBytes + this.#gathered);
  }

  /** What ended the stream; no frame follows it. */
  get fault(): FrameFault | undefined {
    return this.#fault;
  }

  /**
   * Calls `onFrame` for each frame that `chunk` completes, in order. The frame is a view that is valid during the
   * call only. Gives how many bytes were taken: fewer than there are where `mayGoOn` said no behind a frame, or at a fault.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void, mayGoOn: () => boolean = always): number {
    let at = 0;
    while (at < chunk.length && this.#fault === undefined && mayGoOn()) {
      if (this.#frameLength < 0) at = this.#readHeader(chunk, at);
      if (this.#frameLength >= 0) at = this.#readPayload(chunk, at, onFrame);
    }
    return at;
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    if (this.#headerFilled === 0 && chunk.length - at >= this.#headerBytes) {
      this.#beginFrame(chunk, at);
      return at + this.#headerBytes;
    }
    const taken = Math.min(this.#headerBytes - this.#headerFilled, chunk.length - at);
    for (let i = 0; i < taken; i++) this.#header[this.#headerFilled++] = chunk[at + i]!;
    if (this.#headerFilled === this.#headerBytes) {
      this.#headerFilled = 0;
      this.#beginFrame(this.#header, 0);
    }
    return at + taken;
  }

  #beginFrame(bytes: Uint8Array, offset: number): void {
    let at = offset;
    if (this.#scheme === "ipc" && bytes[at++] !== ipcFrameType) {
      this.#fault = { cause: "bad_frame_type", message: `frame of type ${bytes[offset]}, expected ${ipcFrameType}` };
      return;
    }
    const length = readUint32(bytes, at) * 2 ** 32 + readUint32(bytes, at + 4);
    if (length > this.#frameBytesMax) {
      this.#fault = { cause: "too_large", message: `frame of ${length} bytes, ${this.#frameBytesMax} allowed` };
      return;
    }
    this.#frameLength = length;
    this.#gathered = 0;
  }

  #readPayload(chunk: Uint8Array, at: number, onFrame: (frame: Uint8Array) => void): number {
    const length = this.#frameLength;
    const taken = Math.min(length - this.#gathered, chunk.length - at);
    const isInPlace = taken === length;
    if (!isInPlace) this.#store(chunk, at, taken);
    if (this.#gathered < length && !isInPlace) return at + taken;
    // All state is settled before the call: an exception from `onFrame` leaves the decoder at a frame boundary.
    const frame = isInPlace
      ? new Uint8Array(chunk.buffer, chunk.byteOffset + at, length)
      : this.#gather.subarray(0, length);
    this.#frameLength = -1;
    if (this.#gather.length > gatherBytesKept) this.#gather = noBytes;
    onFrame(frame);
    return at + taken;
  }

  #store(chunk: Uint8Array, at: number, count: number): void {
    const needed = this.#gathered + count;
    if (needed > this.#gather.length) {
      const grown = new Uint8Array(
        Math.max(needed, Math.min(this.#frameLength, this.#gather.length * 2), gatherBytesFirst),
      );
      grown.set(this.#gather.subarray(0, this.#gathered));
      this.#gather = grown;
    }
    this.#gather.set(chunk.subarray(at, at + count), this.#gathered);
    this.#gathered = needed;
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
