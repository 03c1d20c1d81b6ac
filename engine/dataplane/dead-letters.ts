// The messages that flows died of: the last of them with node, cause and bytes, all of them counted.

import type { TrapCause } from "@flowfusion/fusion";

const keptMax = 100;
/** Of all frames kept. There may be thousands of flows. */
const keptBytesMax = 256 * 1024;
const messageBytesMax = 64 * 1024;

export interface DeadLetter {
  readonly node: string;
  readonly cause: TrapCause;
  readonly detail: string;
  /** ms since the Unix epoch. */
  readonly atMs: number;
  /** The frame, cut at 64 KiB. */
  readonly frame: Uint8Array;
}

export class DeadLetters {
  readonly #kept: DeadLetter[] = [];
  #keptBytes = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Oldest first. */
  get kept(): readonly DeadLetter[] {
    return this.#kept;
  }

  add(letter: DeadLetter): void {
    const frame = letter.frame.slice(0, messageBytesMax);
    this.#count++;
    this.#kept.push({ ...letter, frame });
    this.#keptBytes += frame.length;
    while (this.#kept.length > keptMax || this.#keptBytes > keptBytesMax) {
      this.#keptBytes -= this.#kept.shift()!.frame.length;
    }
  }
}
