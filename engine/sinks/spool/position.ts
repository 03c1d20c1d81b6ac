// Up to where the messages of a spool have been taken: two slots of one file, written in turn, so that a write that was
// cut leaves the one before. It is not synced: after a power cut it may be older than the truth, and then messages are
// sent once more.

import { constants, type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";

export interface Position {
  /** Number of the segment. */
  readonly segment: number;
  /** Where in its file the first frame begins that was not taken. */
  readonly offset: number;
}

const slotBytes = 32;

export class PositionFile {
  readonly #file: FileHandle;
  #count: number;

  private constructor(file: FileHandle, count: number) {
    this.#file = file;
    this.#count = count;
  }

  /** Makes the file where there is none. `position` is undefined when none was written, whole. */
  static async open(path: string): Promise<{ readonly file: PositionFile; readonly position: Position | undefined }> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const bytes = Buffer.alloc(2 * slotBytes);
    await file.read(bytes, 0, bytes.length, 0);
    const slots = [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)].map(readSlot);
    const newest = slots.filter((slot) => slot !== undefined).sort((a, b) => b.count - a.count)[0];
    return { file: new PositionFile(file, newest?.count ?? 0), position: newest };
  }

  async write({ segment, offset }: Position): Promise<void> {
    const slot = Buffer.alloc(slotBytes);
    slot.writeDoubleLE(++this.#count, 0);
    slot.writeDoubleLE(segment, 8);
    slot.writeDoubleLE(offset, 16);
    slot.writeUInt32LE(crc32(slot.subarray(0, 24)), 24);
    await this.#file.write(slot, 0, slotBytes, (this.#count % 2) * slotBytes);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function readSlot(slot: Buffer): (Position & { readonly count: number }) | undefined {
  const count = slot.readDoubleLE(0);
  if (count === 0 || slot.readUInt32LE(24) !== crc32(slot.subarray(0, 24))) return undefined;
  return { count, segment: slot.readDoubleLE(8), offset: slot.readDoubleLE(16) };
}
