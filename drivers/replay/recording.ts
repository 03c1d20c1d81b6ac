// Recordings of tags as files: lines of JSON, as the file sink writes them, or batches as drivers send them. Read in
// pieces, so that a recording may be larger than memory.
//
//   lines     {"topic":…,"timestamp":…,"quality":…,"value":…} and a line feed; a number is a float64
//   batches   u32 length, little-endian, and a TagUpdateBatch of that length, one after the other
//
// Which of the two a file is shows in its first bytes: JSON holds no zero, and a length below 16 MiB ends with one.

import { createReadStream } from "node:fs";
import { FlowFusionError, type Message, parseMessageJson, reasonOf } from "@flowfusion/graph";
import { decodeTagUpdateBatch } from "@flowfusion/proto";

const lengthBytes = 4;
/** A longer line or batch is no reading of tags. Bytes. */
const partBytesMax = 16 * 1024 * 1024 - 1;

/** Readings in the order of the file. Rejects with a FlowFusionError that names the line or the batch. */
export const readRecording = (path: string): AsyncGenerator<readonly Message[]> => readingsOf(openFile(path), path);

/** Of a recording that is not a file. `path`: what errors call it. */
export async function* readingsOf(
  recording: AsyncIterable<Buffer> | Iterable<Buffer>,
  path: string,
): AsyncGenerator<readonly Message[]> {
  let format: "lines" | "batches" | undefined;
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let parts = 0;
  for await (const chunk of recording) {
    rest = Buffer.concat([rest, chunk]);
    if (rest.length < lengthBytes) continue;
    format ??= rest.subarray(0, lengthBytes).includes(0) ? "batches" : "lines";
    const [readings, used, count] = format === "lines" ? takeLines(path, rest, parts) : takeBatches(path, rest, parts);
    rest = rest.subarray(used);
    parts += count;
    if (rest.length > partBytesMax + lengthBytes) throw invalid(path, parts, `more than ${partBytesMax} bytes`);
    if (readings.length > 0) yield readings;
  }
  if (rest.length === 0) return;
  if (format === "batches") throw invalid(path, parts, "the file ends in the middle of a batch");
  yield takeLines(path, Buffer.concat([rest, Buffer.from("\n")]), parts)[0];
}

async function* openFile(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof FlowFusionError || (error as { syscall?: string }).syscall === undefined) throw error;
    throw new FlowFusionError("FF_RECORDING_FILE", `${path}: cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

type Taken = [readings: Message[], usedBytes: number, parts: number];

function takeLines(path: string, bytes: Buffer, before: number): Taken {
  const end = bytes.lastIndexOf(0x0a) + 1;
  const lines = end === 0 ? [] : bytes.toString("utf8", 0, end - 1).split("\n");
  const readings: Message[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      readings.push(parseMessageJson(line));
    } catch (error) {
      throw invalid(path, before + index, (error as Error).message, error);
    }
  }
  return [readings, end, lines.length];
}

function takeBatches(path: string, bytes: Buffer, before: number): Taken {
  const readings: Message[] = [];
  let at = 0;
  let parts = 0;
  while (bytes.length - at >= lengthBytes) {
    const length = bytes.readUInt32LE(at);
    if (length > partBytesMax) throw invalid(path, before + parts, `${length} bytes, ${partBytesMax} allowed`);
    const start = at + lengthBytes;
    if (bytes.length - start < length) break;
    readings.push(...batchAt(path, bytes.subarray(start, start + length), before + parts));
    at = start + length;
    parts++;
  }
  return [readings, at, parts];
}

function batchAt(path: string, bytes: Uint8Array, part: number): Message[] {
  try {
    // As plain bytes: what is read from a Buffer is one.
    const { updates } = decodeTagUpdateBatch(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    return updates.map(({ tag, ...reading }) => ({ topic: tag, ...reading }));
  } catch (error) {
    throw invalid(path, part, (error as Error).message, error);
  }
}

/** `part`: which line or batch, counted from 0. */
const invalid = (path: string, part: number, why: string, cause?: unknown): FlowFusionError =>
  new FlowFusionError("FF_RECORDING_INVALID", `${path}:${part + 1}: ${why}`, { cause });
