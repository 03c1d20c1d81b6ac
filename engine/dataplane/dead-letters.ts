// The messages that flows died of: the last of them with node, cause and bytes, all of them counted.

import type { TrapCause } from "@flowfusion/fusion";

const keptMax = 100;
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
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get last(): DeadLetter | undefined {
    return this.#kept.at(-1);
  }

  add(letter: DeadLetter): void {
    this.#count++;
    this.#kept.push({ ...letter, frame: letter.frame.slice(0, messageBytesMax) });
    if (this.#kept.length > keptMax) this.#kept.shift();
  }
}
