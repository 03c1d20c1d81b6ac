// The tags of a driver, and since when nothing was heard of each. A tag that is silent for too long turns bad, once, with
// the time at which that was noticed and without a value: what it last was says nothing of what it is.
//
// An update that finds no room is dropped, but for the last one of each tag: it is written once there is room, so that the
// gateway's view ends as the device's, also where the device tells of changes alone.

import type { TagQuality, TagValue } from "@flowfusion/proto";
import type { TagWriter } from "./tag-writer.ts";

export interface TagSetOptions {
  readonly tags: Pick<TagWriter, "write" | "isFull">;
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

export class TagSet {
  readonly #options: TagSetOptions;
  readonly #tags: Tag[] = [];
  readonly #byName = new Map<string, number>();
  /** The last update of each tag that found no room for it. */
  readonly #waiting = new Map<Tag, Update>();
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
    this.#waiting.delete(tag);
    this.#writeWaiting();
    const { tags } = this.#options;
    const isWritten = tags.write(tag.utf8, timestampNs, quality, value);
    if (!isWritten && tags.isFull) this.#waiting.set(tag, { timestampNs, quality, value });
  }

  #writeWaiting(): void {
    for (const [tag, { timestampNs, quality, value }] of this.#waiting) {
      if (this.#options.tags.isFull) return;
      this.#waiting.delete(tag);
      this.#options.tags.write(tag.utf8, timestampNs, quality, value);
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
