// Frames that wait on disk for a sink: a folder of segments, written at the end and read from the start, in order. It is
// bounded: where a run does not fit, the oldest segment goes, and what was in it is counted as evicted. What the sink
// has taken is noted in a position file, so that a restart, also after kill -9, goes on there: a message may be sent
// once more, none is left out.
//
// Where the reader has caught up, the file is written on for as long as it is small and something comes: a block of a sink
// that keeps up then costs two writes, its frames and the position, and no file.
//
// All work on the files happens one after the other, in the order of the calls.

import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { makeFolder, namesIn, syncFolder } from "../../durable-file.ts";
import { Turn } from "../../turns.ts";
import { type Position, PositionFile } from "./position.ts";
import { segmentHeaderBytes } from "./record.ts";
import { Segment, type SpoolBlock } from "./segment.ts";

const segmentBytesMin = 16 * 1024;
const segmentBytesMax = 8 * 1024 * 1024;
/** Segments that the bound is divided into: so much of it goes at an eviction. */
const segmentsWanted = 16;
/** A segment that was taken to its end is kept up to this size … */
const keptBytesMax = 64 * 1024;
/** … and for so long, for something to come. */
const keptMs = 30_000;
/** Numbers left free before the first segment, for those that are put before it: twice as many as the bound is divided into. */
const numbersBefore = 2 * segmentsWanted;
const positionName = "position";

/** Why frames were given up: there was no room for them, or the disk gave back something else. */
type Loss = "evicted" | "damaged";

export interface SpoolOptions {
  readonly folder: string;
  /** Whether it is known that nothing of an earlier start is there. */
  readonly isEmpty?: boolean;
  /** 8 characters that no other start of this queue has. */
  readonly epoch: string;
  readonly onLost: (cause: Loss, frames: number) => void;
}

const nothingKept = Promise.resolve();

export class Spool {
  /** What the files take at most; 0: nothing is written. */
  bytesMax = 0;
  /** Whether each write reaches the disk before it counts as done, and so survives a power cut. */
  isSynced = false;
  readonly #options: SpoolOptions;
  /** In order. The last one is written to, unless it is sealed. */
  #segments: Segment[] = [];
  /** Taken to its end, and written on when something comes; there are no others then. */
  #kept: Segment | undefined;
  #keptTimer: NodeJS.Timeout | undefined;
  #position: PositionFile | undefined;
  #isOpen = false;
  #nextNumber = 1;
  /** Below it, a segment counts as taken. */
  #lowestNumber = 1;
  /** What was read last and is not wholly taken. */
  #outstanding: { readonly segment: Segment; readonly block: SpoolBlock } | undefined;
  readonly #turn = new Turn();

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** Frames that wait to be read. */
  get frames(): number {
    return this.#segments.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** Of a segment, but for its last frame. A run of more makes one that is larger, and goes as a whole at an eviction. */
  get segmentBytes(): number {
    return Math.min(segmentBytesMax, Math.max(segmentBytesMin, this.bytesMax / segmentsWanted));
  }

  /** Bytes of the files with frames that wait or are not taken. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether what was read last and is not taken is still on disk. */
  get hasOutstanding(): boolean {
    return this.#outstanding !== undefined;
  }

  /** Finds what an earlier start left; gives the number of frames, those that turned out to be damaged included. */
  recover(): Promise<number> {
    return this.#turn.run(async () => {
      const damaged = this.#isOpen ? 0 : await this.#open();
      return this.frames + damaged;
    });
  }

  /** Adds frames behind all others. Rejects, and has added nothing, when the disk does not take them. */
  append(run: Uint8Array, frames: number, ordinal: number): Promise<void> {
    return this.#turn.run(async () => {
      if (!(await this.#makeRoom(run.length))) return this.#options.onLost("evicted", frames);
      const last = this.#kept ?? this.#segments.at(-1);
      if (last && this.#takes(last, run.length)) {
        await last.append(run, frames, ordinal, this.isSynced);
        if (last === this.#kept) this.#segments.push(last);
      } else {
        await this.#removeKept();
        this.#segments.push(await this.#written(this.#takeNumber(), run, frames, ordinal));
      }
      this.#kept = undefined;
    });
  }

  /**
   * Puts frames before all others, as a segment, once all that was read is taken; `settle` must have been called between that
   * and what was appended since. False when there is no room for them.
   */
  prepend(run: Uint8Array, frames: number, ordinal: number): Promise<boolean> {
    return this.#turn.run(async () => {
      await this.#removeKept();
      if (this.bytes + run.length > this.bytesMax) return false;
      const number = this.#segments[0] ? this.#segments[0].number - 1 : this.#takeNumber();
      if (number < this.#lowestNumber) return false;
      const segment = await this.#written(number, run, frames, ordinal);
      segment.isSealed = true;
      this.#segments.unshift(segment);
      return true;
    });
  }

  /**
   * What is appended from now on goes to another file than what was taken, so that frames can be put between them. Where the
   * other cannot be deleted, the next start knows that it was taken.
   */
  settle(): Promise<void> {
    if (!this.#kept) return nothingKept;
    return this.#turn.run(() => this.#removeKept()).catch(() => {});
  }

  /** The frames that come next; they belong to the caller until they are taken, and are not read again in this run. */
  read(): Promise<SpoolBlock | undefined> {
    return this.#turn.run(async () => {
      for (const segment of this.#segments) {
        const block = await segment.read((frames) => this.#options.onLost("damaged", frames));
        if (block) {
          this.#outstanding = { segment, block };
          return block;
        }
      }
      return undefined;
    });
  }

  /**
   * The sink has taken the first `bytes` of the block that was read last. Rejects where the disk takes no note of it: a
   * restart then sends again what is still there. What was read to its end goes all the same, for that is what makes room.
   */
  taken(bytes: number): Promise<void> {
    return this.#turn.run(async () => {
      if (!this.#outstanding) return;
      const { segment, block } = this.#outstanding;
      const piece = block.pieces.findLast(({ at }) => at < bytes)!;
      let isNoted = false;
      this.#lowestNumber = segment.number + 1;
      try {
        await this.#position!.write({ segment: segment.number, offset: piece.offset + bytes - piece.at });
        isNoted = true;
      } finally {
        if (bytes === block.run.length) await this.#removeUpTo(segment, isNoted);
      }
    });
  }

  async close(): Promise<void> {
    await this.#turn.run(async () => {
      clearTimeout(this.#keptTimer);
      // Where it cannot be deleted, the next start knows that it was taken.
      await this.#removeKept().catch(() => {});
      await Promise.all(this.#segments.map((segment) => segment.close()));
      await this.#position?.close();
      this.#segments = [];
    });
  }

  /** Deletes the folder. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #open(): Promise<number> {
    const { folder, isEmpty = false } = this.#options;
    const names = isEmpty ? [] : await namesIn(folder);
    const numbers = names.filter((name) => /^\d{12,}\.seg$/.test(name)).map((name) => Number.parseInt(name, 10));
    numbers.sort((a, b) => a - b);
    const position = names.length > 0 ? await this.#openPosition() : undefined;
    let damaged = 0;
    for (const number of numbers) {
      const isTaken = position !== undefined && number < position.segment;
      const from = number === position?.segment ? position.offset : 0;
      const found = isTaken ? undefined : await Segment.recover(number, this.#pathOf(number), from);
      const segment = found?.segment;
      damaged += found?.damaged ?? 0;
      if (segment) this.#segments.push(segment);
      else await rm(this.#pathOf(number), { force: true });
    }
    // Behind the position too: what is before it counts as taken.
    this.#nextNumber = Math.max(0, numbers.at(-1) ?? 0, position?.segment ?? 0) + 1;
    this.#lowestNumber = this.#nextNumber;
    this.#isOpen = true;
    this.#options.onLost("damaged", damaged);
    return damaged;
  }

  async #openPosition(): Promise<Position | undefined> {
    const { file, position } = await PositionFile.open(path.join(this.#options.folder, positionName));
    this.#position = file;
    return position;
  }

  /** What is read to its end goes, the last one too, if later: so a spool at rest is an empty folder. */
  async #removeUpTo({ number }: Segment, isNoted: boolean): Promise<void> {
    this.#outstanding = undefined;
    while (this.#segments[0]?.unread === 0 && this.#segments[0].number <= number) {
      const segment = this.#segments.shift()!;
      const isLast = this.#segments.length === 0;
      if (isLast && isNoted && segment.bytes <= keptBytesMax && this.#takes(segment, 0)) this.#keep(segment);
      else await segment.remove();
    }
  }

  #keep(segment: Segment): void {
    segment.isTaken = true;
    this.#kept = segment;
    this.#keptTimer ??= setTimeout(() => void this.settle(), keptMs).unref();
    this.#keptTimer.refresh();
  }

  async #removeKept(): Promise<void> {
    const kept = this.#kept;
    this.#kept = undefined;
    await kept?.remove();
  }

  /** Drops the oldest segments until `bytes` fit. False when they never will. */
  async #makeRoom(bytes: number): Promise<boolean> {
    if (bytes + segmentHeaderBytes > this.bytesMax) return false;
    if (this.#kept && this.#kept.bytes + bytes > this.bytesMax) await this.#removeKept();
    while (this.bytes + bytes > this.bytesMax && this.#segments.length > 0) {
      const oldest = this.#segments.shift()!;
      if (this.#outstanding?.segment === oldest) this.#outstanding = undefined;
      if (oldest.unread > 0) this.#options.onLost("evicted", oldest.unread);
      await oldest.remove();
    }
    return true;
  }

  /** A new segment with these frames. */
  async #written(number: number, run: Uint8Array, frames: number, ordinal: number): Promise<Segment> {
    const segment = await this.#create(number);
    try {
      await segment.append(run, frames, ordinal, this.isSynced);
      return segment;
    } catch (error) {
      await segment.remove();
      throw error;
    }
  }

  #takes(segment: Segment, bytes: number): boolean {
    const isSafe = segment.isNameSynced || !this.isSynced;
    return isSafe && !segment.isSealed && segment.bytes + bytes <= this.segmentBytes;
  }

  async #create(number: number): Promise<Segment> {
    const { folder, epoch } = this.#options;
    await (this.isSynced ? makeFolder(folder) : mkdir(folder, { recursive: true, mode: 0o700 }));
    if (!this.#position) await this.#openPosition();
    const segment = await Segment.create(number, this.#pathOf(number), epoch);
    if (!this.isSynced) return segment;
    await syncFolder(folder);
    segment.isNameSynced = true;
    return segment;
  }

  #takeNumber(): number {
    if (this.#segments.length === 0) {
      this.#lowestNumber = this.#nextNumber;
      this.#nextNumber += numbersBefore;
    }
    return this.#nextNumber++;
  }

  #pathOf(number: number): string {
    return path.join(this.#options.folder, `${String(number).padStart(12, "0")}.seg`);
  }
}
