// The tags of a driver, and since when nothing was heard of each. A tag that is silent for too long turns bad, once, with
// the time at which that was noticed and without a value: what it last was says nothing of what it is.
//
// An update that finds no room waits until there is some, so that the gateway's view ends as the device's, also where the
// device tells of changes alone. One waits of each tag: a later one takes its place, and the first is dropped. Long values
// that wait are bounded together; beyond that a tag waits as bad, without its value, which is dropped.

import type { TagQuality, TagValue } from "@flowfusion/proto";
import { type TagWriter, valueBytesMax } from "./tag-writer.ts";

export interface TagSetOptions {
  readonly tags: Pick<TagWriter, "write" | "drop" | "isFull">;
  /** After this time without an update a tag is silent, ms. */
  readonly silenceMs: number;
  /** More tags are not taken. */
  readonly tagsMax?: number;
  /** A clock that never steps back, ms. */
  readonly steadyMs: () => number;
  readonly wallClockNs: () => bigint;
}

interface Tag {
  readonly name: string;
  readonly utf8: Uint8Array;
  lastMs: number;
  isSilent: boolean;
  /** What it was last. */
  isBad: boolean;
}

interface Update {
  readonly timestampNs: bigint;
  readonly quality: TagQuality;
  readonly value: TagValue;
}

const utf8 = new TextEncoder();
/** Of the texts and byte strings that wait, together. */
export const waitingBytesMax = 1024 * 1024;

export class TagSet {
  readonly #options: TagSetOptions;
  readonly #tags: Tag[] = [];
  readonly #byName = new Map<string, number>();
  /** The last update of each tag that found no room for it. */
  readonly #waiting = new Map<Tag, Update>();
  #waitingBytes = 0;
  #isEnded = false;
  #silent = 0;
  #bad = 0;

  constructor(options: TagSetOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#tags.length;
  }

  /** How many are silent now. */
  get silent(): number {
    return this.#silent;
  }

  /** How many are bad now, because the device said so or said nothing. */
  get bad(): number {
    return this.#bad;
  }

  /** Names of the first of those that are bad now. */
  firstBad(most: number): readonly string[] {
    if (this.#bad === 0) return [];
    return this.#tags
      .filter(({ isBad }) => isBad)
      .slice(0, most)
      .map(({ name }) => name);
  }

  get isAllSilent(): boolean {
    return this.#silent === this.#tags.length && this.#silent > 0;
  }

  isSilent(index: number): boolean {
    return this.#tags[index]!.isSilent;
  }

  /** The tag's index, a new one where the name is new; undefined when there are too many. It counts as heard of now. */
  add(name: string): number | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const index = this.#tags.length;
    if (index >= (this.#options.tagsMax ?? Number.POSITIVE_INFINITY)) return undefined;
    this.#tags.push({
      ...{ name, utf8: utf8.encode(name) },
      ...{ lastMs: this.#options.steadyMs(), isSilent: false, isBad: false },
    });
    this.#byName.set(name, index);
    return index;
  }

  update(index: number, timestampNs: bigint, quality: TagQuality, value: TagValue): void {
    const tag = this.#tags[index]!;
    this.heard(index);
    this.#mark(tag, quality === 2);
    const { tags } = this.#options;
    if (this.#takeWaiting(tag) !== undefined) tags.drop();
    this.#writeWaiting();
    if (tags.isFull && !this.#isEnded) this.#wait(tag, { timestampNs, quality, value });
    else tags.write(tag.utf8, timestampNs, quality, value);
  }

  #wait(tag: Tag, update: Update): void {
    const bytes = bytesOf(update.value);
    if (bytes > valueBytesMax || this.#waitingBytes + bytes > waitingBytesMax) {
      // A value that is too long to be written is not one that was lost on the way.
      if (bytes <= valueBytesMax) this.#options.tags.drop();
      this.#mark(tag, true);
      this.#waiting.set(tag, { ...update, quality: 2, value: null });
      return;
    }
    const { value } = update;
    // A copy: what it is a part of may be much longer.
    this.#waiting.set(tag, value instanceof Uint8Array ? { ...update, value: new Uint8Array(value) } : update);
    this.#waitingBytes += bytes;
  }

  #takeWaiting(tag: Tag): Update | undefined {
    const update = this.#waiting.get(tag);
    if (update === undefined) return undefined;
    this.#waiting.delete(tag);
    this.#waitingBytes -= bytesOf(update.value);
    return update;
  }

  #writeWaiting(): void {
    for (const [tag, { timestampNs, quality, value }] of this.#waiting) {
      if (this.#options.tags.isFull) return;
      this.#takeWaiting(tag);
      this.#options.tags.write(tag.utf8, timestampNs, quality, value);
    }
  }

  /** Nothing waits from here on: what finds no room now is dropped. Before the writer is closed. */
  end(): void {
    this.#isEnded = true;
    this.#writeWaiting();
    for (const tag of this.#waiting.keys()) {
      this.#takeWaiting(tag);
      this.#options.tags.drop();
    }
  }

  /** The device answered for this tag, though there is nothing to pass on. */
  heard(index: number): void {
    const tag = this.#tags[index]!;
    tag.lastMs = this.#options.steadyMs();
    if (tag.isSilent) this.#silent--;
    tag.isSilent = false;
  }

  /** The device vouches for all tags but those that turned silent already: these wait for an update. */
  allHeard(): void {
    const nowMs = this.#options.steadyMs();
    for (const tag of this.#tags) if (!tag.isSilent) tag.lastMs = nowMs;
  }

  /** Writes what found no room, and turns bad what was silent for too long; gives how many tags that were. Those that find no room wait for the next call. */
  sweep(): number {
    if (this.#isEnded) return 0;
    this.#writeWaiting();
    const { tags, silenceMs, steadyMs, wallClockNs } = this.#options;
    const nowMs = steadyMs();
    const stampNs = wallClockNs();
    let turned = 0;
    for (const tag of this.#tags) {
      if (tag.isSilent || nowMs - tag.lastMs < silenceMs) continue;
      if (tags.isFull || !tags.write(tag.utf8, stampNs, 2, null)) break;
      tag.isSilent = true;
      this.#mark(tag, true);
      turned++;
    }
    this.#silent += turned;
    return turned;
  }

  #mark(tag: Tag, isBad: boolean): void {
    if (tag.isBad !== isBad) this.#bad += isBad ? 1 : -1;
    tag.isBad = isBad;
  }

  /** Turns all tags bad that are not so for silence already: the device said that it is gone. */
  silenceAll(indexes: Iterable<number> = this.#tags.keys()): void {
    for (const index of indexes) this.#tags[index]!.lastMs = Number.NEGATIVE_INFINITY;
    this.sweep();
  }
}

const bytesOf = (value: TagValue): number =>
  typeof value === "string" ? Buffer.byteLength(value) : value instanceof Uint8Array ? value.length : 0;
