// What bytes stand for, held once for bytes that come again soon: of each length, the last few that were different. Without a key,
// since to make one takes longer than to compare bytes that mostly differ early.

const heldMax = 16;

interface Held<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

export class AlikeBytes<T> {
  readonly #byLength = new Map<number, Held<T>[]>();
  /** Which of those that are held is given up next. */
  #next = 0;

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
    const alike = this.#byLength.get(length) ?? [];
    for (const { bytes, value } of alike) {
      if (isAt(bytes, 0, before, buffer, begin) && isAt(bytes, before, length, buffer, holeEnd)) return value;
    }
    const bytes = new Uint8Array(length);
    bytes.set(buffer.subarray(begin, holeBegin));
    bytes.set(buffer.subarray(holeEnd, end), before);
    const value = read(bytes);
    if (alike.length === 0) this.#byLength.set(length, alike);
    if (alike.length < heldMax) alike.push({ bytes, value });
    else alike[this.#next++ % heldMax] = { bytes, value };
    return value;
  }
}

/** Whether `known[begin, end)` lies at `buffer[at]`. */
function isAt(known: Uint8Array, begin: number, end: number, buffer: Uint8Array, at: number): boolean {
  for (let index = begin; index < end; index++) if (known[index] !== buffer[at + index - begin]) return false;
  return true;
}
