// How frames lie in a file of the spool. Little-endian.
//
//   segment   0   8 B   "FFSPOOL1"
//             8   8 B   epoch of the queue that wrote it, ASCII
//             16  …     records
//   record    0   u32   bytes of frames
//             4   u32   number of frames
//             8   u64   ordinal of the first one
//             16  u32   CRC-32 of the frames
//             20  u32   CRC-32 of the 20 bytes before
//             24  …     frames
//
// The header has a CRC of its own, so that of a record whose frames were damaged it is still known how many there were
// and where the next one begins. A record without frames says that all before it in its file was taken when the next one,
// whose ordinal it has, was written.

import { crc32 } from "node:zlib";

const magic = "FFSPOOL1";
export const segmentHeaderBytes = 16;
export const recordHeaderBytes = 24;

export interface RecordHeader {
  /** Of the frames. */
  readonly bytes: number;
  readonly frames: number;
  readonly ordinal: number;
  readonly crc: number;
}

export function segmentHeader(epoch: string): Buffer {
  return Buffer.from(magic + epoch, "latin1");
}

/** The epoch; undefined when this is no header of a segment. */
export function readSegmentHeader(bytes: Buffer): string | undefined {
  if (bytes.length < segmentHeaderBytes || bytes.toString("latin1", 0, magic.length) !== magic) return undefined;
  return bytes.toString("latin1", magic.length, segmentHeaderBytes);
}

export function recordHeader(run: Uint8Array, frames: number, ordinal: number): Buffer {
  const header = Buffer.allocUnsafe(recordHeaderBytes);
  header.writeUInt32LE(run.length, 0);
  header.writeUInt32LE(frames, 4);
  header.writeBigUInt64LE(BigInt(ordinal), 8);
  header.writeUInt32LE(crc32(run), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 20)), 20);
  return header;
}

/** Undefined when it is cut or damaged. */
export function readRecordHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < recordHeaderBytes) return undefined;
  if (bytes.readUInt32LE(20) !== crc32(bytes.subarray(0, 20))) return undefined;
  return {
    bytes: bytes.readUInt32LE(0),
    frames: bytes.readUInt32LE(4),
    ordinal: Number(bytes.readBigUInt64LE(8)),
    crc: bytes.readUInt32LE(16),
  };
}

export const isIntact = (run: Uint8Array, { crc }: RecordHeader): boolean => crc32(run) === crc;

/** Says that all before it was taken; it is written with the record that begins with `ordinal`. */
export const takenRecord = (ordinal: number): Buffer => recordHeader(new Uint8Array(0), 0, ordinal);

export const isTakenRecord = ({ frames }: RecordHeader): boolean => frames === 0;
