// A run of frames on its way through a flow: how far it has come. The memory is the router's, so the frames hold
// together; what the flow says of them (bytes consumed, position of a trap) may be a lie and is checked against them.

import { countFrames, frameEnd } from "../sinks/frames.ts";

export class FlowInput {
  readonly #memory: Uint8Array;
  readonly #end: number;
  #at: number;
  #frames: number;

  /** The frames at `memory[start, start + bytes)`, `frames` in number. */
  constructor(memory: Uint8Array, start: number, bytes: number, frames: number) {
    this.#memory = memory;
    this.#at = start;
    this.#end = start + bytes;
    this.#frames = frames;
  }

  /** Frames that are left. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes that are left. */
  get bytes(): number {
    return this.#end - this.#at;
  }

  /** What is left. */
  get rest(): Uint8Array {
    return this.#memory.subarray(this.#at, this.#end);
  }

  /** Goes on behind `bytes` bytes. False, and nothing changes, when no frame ends there. */
  advance(bytes: number): boolean {
    if (bytes === this.bytes) {
      this.#at = this.#end;
      this.#frames = 0;
      return true;
    }
    if (bytes <= 0 || bytes > this.bytes) return false;
    const target = this.#at + bytes;
    let at = this.#at;
    while (at < target) at = frameEnd(this.#memory, at);
    if (at !== target) return false;
    this.#frames -= countFrames(this.#memory, this.#at, target);
    this.#at = target;
    return true;
  }

  /** Goes on behind the frame that holds the byte at `offset`, the last one where there is none. Gives that frame. */
  skipTo(offset: number): Uint8Array {
    const target = this.#at + offset;
    let start = this.#at;
    let end = frameEnd(this.#memory, start);
    this.#frames--;
    while (end <= target && end < this.#end) {
      start = end;
      end = frameEnd(this.#memory, start);
      this.#frames--;
    }
    this.#at = end;
    return this.#memory.subarray(start, end);
  }
}
