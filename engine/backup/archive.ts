// A backup: the files of a data folder in one file, that is either whole or not taken.
//
//   0    8   magic, the last byte being the version of this layout
//   8    …   one entry for each file: u16 bytes of the name, u32 bytes of the content, name, content
//   …    2   0: there are no more entries
//   …    32  sha256 of all before

import { createHash } from "node:crypto";
import { FlowFusionError } from "@flowfusion/graph";

const magic = Buffer.from("FFBACK\0\x01", "latin1");
const entryHeaderBytes = 6;
const endBytes = 2;
const checksumBytes = 32;
/** Folders of a data folder that are backed up, and files beside them. */
const nameAllowed =
  /^(?:gateway\.db|secret\.key|deployments\.journal|dead-letters\/[a-z][a-z0-9_-]*\.journal|(?:artefacts|modules)\/[0-9a-f]{64}\.wasm|drivers\/[a-z][a-z0-9_-]*\/pki\/[a-z][a-z-]*\.pem|checkpoints\/[a-z][a-z0-9_-]*\.\d{12}\.ckpt)$/;

export interface BackupEntry {
  /** Path within the data folder, with `/`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One that is too large to be in memory. */
export interface StreamedEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** The archive piece by piece, so that no more than one entry's bytes are in memory. */
export async function* writeArchive(entries: AsyncIterable<BackupEntry | StreamedEntry>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  const seen = (piece: Uint8Array) => {
    hash.update(piece);
    return piece;
  };
  yield seen(magic);
  for await (const entry of entries) {
    const encoded = Buffer.from(entry.name, "utf8");
    const header = Buffer.alloc(entryHeaderBytes + encoded.length);
    header.writeUInt16LE(encoded.length, 0);
    header.writeUInt32LE("bytes" in entry ? entry.bytes.length : entry.sizeBytes, 2);
    encoded.copy(header, entryHeaderBytes);
    yield seen(header);
    if ("bytes" in entry) yield seen(entry.bytes);
    else for await (const piece of entry.pieces) yield seen(piece);
  }
  yield seen(Buffer.alloc(endBytes));
  yield hash.digest();
}

/** The entries of a whole archive. Throws FF_BACKUP_INVALID when these bytes are none, before it gives any. */
export function readArchive(archive: Uint8Array): readonly BackupEntry[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = bytes.length - checksumBytes;
  if (end < magic.length + endBytes || !bytes.subarray(0, magic.length).equals(magic)) {
    throw invalid(`${bytes.length} bytes that do not begin as a backup does`);
  }
  if (!createHash("sha256").update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) {
    throw invalid("its checksum does not match: it was cut or damaged");
  }
  const entries: BackupEntry[] = [];
  let at = magic.length;
  for (;;) {
    const nameBytes = at + endBytes <= end ? bytes.readUInt16LE(at) : Number.NaN;
    if (nameBytes === 0 && at + endBytes === end) return entries;
    const nameStart = at + entryHeaderBytes;
    const start = nameStart + nameBytes;
    // Whoever makes a backup by hand can make its checksum too.
    if (!(start <= end)) throw invalid(`an entry at byte ${at} does not end within it`);
    at = start + bytes.readUInt32LE(at + endBytes);
    if (at > end) throw invalid(`an entry ends at byte ${at}, the entries at ${end}`);
    const name = bytes.toString("utf8", nameStart, start);
    if (!nameAllowed.test(name)) throw invalid(`${JSON.stringify(name)} is no file of a gateway`);
    entries.push({ name, bytes: bytes.subarray(start, at) });
  }
}

const invalid = (why: string): FlowFusionError =>
  new FlowFusionError("FF_BACKUP_INVALID", `this is no whole backup of a gateway: ${why}`);
