// What bytes stand for, held once for bytes that come again soon: of each length, the last few that were different. Without a key,
// since to make one takes longer than to compare bytes that mostly differ early.

const alikeMax = 16;

interface Held<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

export class AlikeBytes<T> {
  readonly #bytesMax: number;
  readonly #byLength = new Map<number, Held<T>[]>();
  #heldBytes = 0;
  /** Which of those of a length is given up next. */
  #next = 0;

  /** `bytesMax`: what the bytes take that are held. Where more come, it begins anew. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What `buffer[begin, end)` stands for. `read`: makes it of a copy of those bytes. */
  of(buffer: Uint8Array, begin: number, end: number, read: (bytes: Uint8Array) => T): T {
    return this.around(buffer, begin, end, end, end, read);
  }

  /** As `of`, but for the bytes from `holeBegin` to `holeEnd`, which are left out. */
  around(
    buffer: Uint8Array,
    begin: number,
    holeBegin: number,
    holeEnd: number,
    end: number,
    read: (bytes: Uint8Array) => T,
  ): T {
    const before = holeBegin - begin;
    const length = before + end - holeEnd;
    for (const { bytes, value } of this.#byLength.get(length) ?? []) {
      if (isAt(bytes, 0, before, buffer, begin) && isAt(bytes, before, length, buffer, holeEnd)) return value;
    }
    const bytes = new Uint8Array(length);
    bytes.set(buffer.subarray(begin, holeBegin));
    bytes.set(buffer.subarray(holeEnd, end), before);
    const value = read(bytes);
    if (length <= this.#bytesMax) this.#hold({ bytes, value });
    return value;
  }

  #hold(held: Held<T>): void {
    const { length } = held.bytes;
    const alike = this.#byLength.get(length) ?? [];
    if (alike.length === alikeMax) {
      alike[this.#next++ % alikeMax] = held;
      return;
    }
    if (this.#heldBytes + length > this.#bytesMax) {
      this.#byLength.clear();
      this.#heldBytes = 0;
    }
    this.#heldBytes += length;
    this.#byLength.set(length, [...(this.#byLength.get(length) ?? []), held]);
  }
}

/** Whether `known[begin, end)` lies at `buffer[at]`. */
function isAt(known: Uint8Array, begin: number, end: number, buffer: Uint8Array, at: number): boolean {
  for (let index = begin; index < end; index++) if (known[index] !== buffer[at + index - begin]) return false;
  return true;
}
