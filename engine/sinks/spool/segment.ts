// One file of a spool: records are appended to it, and read from where the reader stands. A write that failed is cut
// away again; where that fails too, the segment takes nothing more, and what is behind its last whole record is ignored.
// What a reader that has caught up is about to read is kept in memory as it was written, and not read back.

import { constants, type FileHandle, open, rm } from "node:fs/promises";
import { blockEnd, countFrames } from "../frames.ts";
import {
  isIntact,
  isTakenRecord,
  readRecordHeader,
  readSegmentHeader,
  recordHeader,
  recordHeaderBytes,
  segmentHeader,
  segmentHeaderBytes,
  takenRecord,
} from "./record.ts";

/** Frames of one record, and of what is read at once, but for the last frame. Bytes. */
const blockBytes = 256 * 1024;

/** Of a write that is kept in memory until it is read. */
const freshBytesMax = blockBytes + recordHeaderBytes;

/** Is told how many frames a damaged record had. */
export type OnDamaged = (frames: number) => void;

/** Frames read at once; they may come from several records. */
export interface SpoolBlock {
  readonly run: Uint8Array;
  readonly frames: number;
  readonly epoch: string;
  readonly ordinal: number;
  /** For each record: where its frames begin in `run`, and in the file. */
  readonly pieces: readonly { readonly at: number; readonly offset: number }[];
}

interface Recovered {
  /** Undefined when there is nothing in it to be read. */
  readonly segment: Segment | undefined;
  /** Messages behind a header that does not hold, as far as is known: one, or none. */
  readonly damaged: number;
}

export class Segment {
  readonly number: number;
  readonly epoch: string;
  /** Bytes of the file that hold together. */
  bytes = segmentHeaderBytes;
  /** Frames that were not read yet. */
  unread = 0;
  /** Takes nothing more. */
  isSealed = false;
  /** Whether its name in the folder has reached the disk. */
  isNameSynced = false;
  /** Whether all that is in it was taken. What is appended next says so, for a start that finds an old position. */
  isTaken = false;
  readonly #path: string;
  readonly #file: FileHandle;
  /** Where the record begins that is read next, and how many bytes of its frames were taken by an earlier start. */
  #readOffset = segmentHeaderBytes;
  #skipBytes = 0;
  /** All that is behind `#readOffset`, where that is one write. */
  #fresh: Buffer | undefined;

  private constructor(number: number, path: string, file: FileHandle, epoch: string) {
    this.number = number;
    this.#path = path;
    this.#file = file;
    this.epoch = epoch;
  }

  static async create(number: number, path: string, epoch: string): Promise<Segment> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await file.write(segmentHeader(epoch), 0, segmentHeaderBytes, 0);
      return new Segment(number, path, file, epoch);
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Opens a file of an earlier start, to be read from `from` on and without what is torn at its end. */
  static async recover(number: number, path: string, from: number): Promise<Recovered> {
    const file = await open(path, constants.O_RDONLY);
    try {
      const content = await file.readFile();
      const epoch = readSegmentHeader(content);
      const segment = new Segment(number, path, file, epoch ?? "");
      segment.isSealed = true;
      const isWhole = epoch === undefined ? content.length < segmentHeaderBytes : segment.#scan(content, from);
      const damaged = isWhole ? 0 : 1;
      if (segment.unread > 0) return { segment, damaged };
      await file.close();
      return { segment: undefined, damaged };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Appends the frames, in records. Nothing of them is there when it rejects. */
  async append(run: Uint8Array, frames: number, ordinal: number, isSynced: boolean): Promise<void> {
    const parts: Uint8Array[] = this.isTaken ? [takenRecord(ordinal)] : [];
    let next = ordinal;
    for (let at = 0; at < run.length; ) {
      const end = blockEnd(run, at, run.length, blockBytes);
      const piece = run.subarray(at, end);
      const count = countFrames(piece);
      parts.push(recordHeader(piece, count, next), piece);
      next += count;
      at = end;
    }
    try {
      const written = Buffer.concat(parts);
      await writeAll(this.#file, written, this.bytes);
      if (isSynced) await this.#file.datasync();
      const isNext = this.#readOffset === this.bytes && written.length <= freshBytesMax;
      this.#fresh = isNext ? written : undefined;
      this.bytes += written.length;
      this.unread += frames;
      this.isTaken = false;
    } catch (error) {
      await this.#file.truncate(this.bytes).catch(() => {
        this.isSealed = true;
      });
      throw error;
    }
  }

  /** Reads on; undefined at the end. Skips records that are damaged and tells how many frames they had. */
  async read(onDamaged: OnDamaged): Promise<SpoolBlock | undefined> {
    while (this.#readOffset < this.bytes) {
      const chunk = await this.#chunk();
      const block = chunk && this.#blockOf(chunk, onDamaged);
      if (block) return block;
      if (chunk) continue;
      onDamaged(this.unread);
      this.unread = 0;
      this.#readOffset = this.bytes;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async remove(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  /** Whole records from where the reader stands, at least one. Undefined when the header there does not hold. */
  async #chunk(): Promise<Buffer | undefined> {
    const fresh = this.#fresh;
    this.#fresh = undefined;
    if (fresh) return fresh;
    const left = this.bytes - this.#readOffset;
    const chunk = await this.#readAt(this.#readOffset, Math.min(left, blockBytes + recordHeaderBytes));
    const first = readRecordHeader(chunk);
    const bytes = recordHeaderBytes + (first?.bytes ?? 0);
    if (first === undefined || bytes > left) return undefined;
    return bytes <= chunk.length ? chunk : this.#readAt(this.#readOffset, bytes);
  }

  async #readAt(offset: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await this.#file.read(buffer, 0, bytes, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** Moves the frames of the records in `chunk` together, up to where the count of frames has a gap. */
  #blockOf(chunk: Buffer, onDamaged: OnDamaged): SpoolBlock | undefined {
    const pieces: SpoolBlock["pieces"][number][] = [];
    let bytes = 0;
    let frames = 0;
    let ordinal = 0;
    for (let at = 0; ; ) {
      const header = readRecordHeader(chunk.subarray(at));
      const begin = at + recordHeaderBytes;
      const end = begin + (header?.bytes ?? 0);
      if (header === undefined || end > chunk.length) break;
      const isGood = isIntact(chunk.subarray(begin, end), header);
      const count = isGood && this.#skipBytes > 0 ? countFrames(chunk, begin + this.#skipBytes, end) : header.frames;
      const first = header.ordinal + header.frames - count;
      if (isGood && pieces.length > 0 && first !== ordinal + frames) break;
      if (isGood) {
        if (pieces.length === 0) ordinal = first;
        pieces.push({ at: bytes, offset: this.#readOffset + recordHeaderBytes + this.#skipBytes });
        chunk.copyWithin(bytes, begin + this.#skipBytes, end);
        bytes += end - begin - this.#skipBytes;
        frames += count;
      } else onDamaged(count);
      this.unread -= count;
      this.#readOffset += end - at;
      this.#skipBytes = 0;
      at = end;
    }
    return pieces.length === 0
      ? undefined
      : { run: chunk.subarray(0, bytes), frames, epoch: this.epoch, ordinal, pieces };
  }

  /**
   * Finds where the whole records end, where to read from, and how many frames are to be read. False when it ends at
   * something that is no record, rather than at one that a write under way has left behind.
   */
  #scan(content: Buffer, from: number): boolean {
    for (let at = segmentHeaderBytes; ; ) {
      const header = readRecordHeader(content.subarray(at));
      const begin = at + recordHeaderBytes;
      const end = begin + (header?.bytes ?? 0);
      if (header === undefined) return begin > content.length;
      if (end > content.length) return true;
      this.bytes = end;
      if (isTakenRecord(header)) {
        this.#readOffset = end;
        this.#skipBytes = 0;
        this.unread = 0;
      } else if (end <= from) this.#readOffset = end;
      else if (from > begin && isIntact(content.subarray(begin, end), header)) {
        this.#skipBytes = from - begin;
        this.unread += countFrames(content, from, end);
      } else this.unread += header.frames;
      at = end;
    }
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}
