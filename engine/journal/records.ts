// How entries lie in a journal's file. Little-endian.
//
//   file      0   8 B   "FFJRNL\0" and the version of this layout
//             8   …     records
//   record    0   u32   bytes of the entry
//             4   u32   CRC-32 of the entry
//             8   u32   CRC-32 of the 8 bytes before
//             12  …     the entry, JSON in UTF-8
//
// The header has a CRC of its own, so that behind an entry that was damaged the next one is still found.

import { crc32 } from "node:zlib";

export const journalHeader = Buffer.from("FFJRNL\0\x01", "latin1");
const recordHeaderBytes = 12;

export interface JournalContent<Entry> {
  readonly entries: readonly Entry[];
  /** What could not be read; undefined when all could. */
  readonly damage: string | undefined;
}

export function encodeRecord(entry: object): Buffer {
  const text = Buffer.from(JSON.stringify(entry), "utf8");
  const header = Buffer.allocUnsafe(recordHeaderBytes);
  header.writeUInt32LE(text.length, 0);
  header.writeUInt32LE(crc32(text), 4);
  header.writeUInt32LE(crc32(header.subarray(0, 8)), 8);
  return Buffer.concat([header, text]);
}

/** All entries that are whole, in order. Never throws. */
export function decodeJournal<Entry>(bytes: Buffer): JournalContent<Entry> {
  if (!bytes.subarray(0, journalHeader.length).equals(journalHeader)) {
    return { entries: [], damage: "it does not begin as a journal does" };
  }
  const entries: Entry[] = [];
  let damaged = 0;
  let at = journalHeader.length;
  while (at < bytes.length) {
    const begin = at + recordHeaderBytes;
    if (begin > bytes.length || bytes.readUInt32LE(at + 8) !== crc32(bytes.subarray(at, at + 8))) break;
    const end = begin + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    const text = bytes.subarray(begin, end);
    if (bytes.readUInt32LE(at + 4) === crc32(text)) entries.push(JSON.parse(text.toString("utf8")) as Entry);
    else damaged++;
    at = end;
  }
  const torn = bytes.length - at;
  const what = [
    ...(damaged > 0 ? [`${damaged} entries are damaged`] : []),
    ...(torn > 0 ? [`the last ${torn} bytes are no whole entry`] : []),
  ];
  return { entries, damage: what.length === 0 ? undefined : what.join(", ") };
}
