// Frames of Message v1 to a TagUpdateBatch (proto/tag_update.proto), bytes to bytes: no object for a message, one buffer
// for all batches. Both formats keep time and scalars in 8 little-endian bytes, so most of it is copying.

import { isUtf8 } from "node:buffer";
import { frameHeaderBytes, MessageKind, messageHeaderBytes } from "@flowfusion/graph";

const sourceKey = 0x0a;
const updateKey = 0x12;
const tagKey = 0x0a;
const timestampKey = 0x11;
const qualityKey = 0x18;
const boolKey = 0x20;
const intKey = 0x29;
const doubleKey = 0x31;
const textKey = 0x3a;
const bytesKey = 0x42;

/** Keys, lengths and fixed-width fields of one update, at most. */
const overheadBytesMax = 64;
const firstCapacityBytes = 64 * 1024;

export interface TagBatch {
  /** Valid until the next call. */
  readonly batch: Uint8Array;
  readonly updates: number;
  /** Bytes of the frames that were read. */
  readonly bytes: number;
  /** Frames among them whose message is no update: a node may emit text that is not UTF-8. */
  readonly malformed: number;
}

export class TagBatchWriter {
  readonly #source: Uint8Array;
  #out = new Uint8Array(firstCapacityBytes);
  #outView = new DataView(this.#out.buffer);
  #end = 0;

  constructor(source: string) {
    this.#source = new TextEncoder().encode(source);
  }

  /** Encodes at most `updatesMax` frames, and more than one only as far as the batch stays within `bytesMax`. */
  encode(frames: Uint8Array, updatesMax: number, bytesMax = Number.POSITIVE_INFINITY): TagBatch {
    const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
    this.#end = 0;
    this.#putBytes(sourceKey, this.#source, 0, this.#source.length);
    let at = 0;
    let updates = 0;
    let malformed = 0;
    while (at < frames.length && updates + malformed < updatesMax) {
      const frameBytes = frameHeaderBytes + view.getUint32(at + 4, true);
      // An update takes less than its frame.
      if (at > 0 && this.#end + frameBytes > bytesMax) break;
      if (this.#putUpdate(frames, view, at + frameHeaderBytes)) updates++;
      else malformed++;
      at += frameBytes;
    }
    return { batch: this.#out.subarray(0, this.#end), updates, bytes: at, malformed };
  }

  #putUpdate(frames: Uint8Array, view: DataView, message: number): boolean {
    const kind = view.getUint8(message + 16);
    const quality = view.getUint8(message + 17);
    const topic = message + messageHeaderBytes;
    const body = topic + view.getUint16(message + 18, true);
    const end = body + view.getUint32(message + 20, true);
    const hasText = kind === MessageKind.text;
    const hasBody = hasText || kind === MessageKind.bytes;
    if (quality > 2 || kind > MessageKind.bytes) return false;
    if (!isText(frames, topic, body) || (hasText && !isText(frames, body, end))) return false;
    const valueBytes = hasBody ? 1 + varintBytes(end - body) + end - body : scalarBytes(kind);
    const tagBytes = body === topic ? 0 : 1 + varintBytes(body - topic) + body - topic;
    const length = tagBytes + 9 + (quality === 0 ? 0 : 2) + valueBytes;
    this.#reserve(length + overheadBytesMax);
    this.#out[this.#end++] = updateKey;
    this.#putVarint(length);
    if (tagBytes > 0) this.#putBytes(tagKey, frames, topic, body);
    this.#putWord(timestampKey, view, message);
    if (quality !== 0) {
      this.#out[this.#end++] = qualityKey;
      this.#out[this.#end++] = quality;
    }
    if (hasBody) this.#putBytes(hasText ? textKey : bytesKey, frames, body, end);
    else this.#putScalar(kind, view, message + 8);
    return true;
  }

  #putScalar(kind: number, view: DataView, at: number): void {
    if (kind === MessageKind.boolean) {
      this.#out[this.#end++] = boolKey;
      this.#out[this.#end++] = view.getUint8(at) === 0 ? 0 : 1;
    } else if (kind === MessageKind.int64) this.#putWord(intKey, view, at);
    else if (kind === MessageKind.float64) this.#putWord(doubleKey, view, at);
  }

  #putWord(key: number, view: DataView, at: number): void {
    this.#out[this.#end++] = key;
    this.#outView.setUint32(this.#end, view.getUint32(at, true), true);
    this.#outView.setUint32(this.#end + 4, view.getUint32(at + 4, true), true);
    this.#end += 8;
  }

  #putBytes(key: number, bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + overheadBytesMax);
    this.#out[this.#end++] = key;
    this.#putVarint(end - start);
    // A tag is short: a loop costs less than the view that `set` would need.
    if (end - start > 64) this.#out.set(bytes.subarray(start, end), this.#end);
    else for (let at = start; at < end; at++) this.#out[this.#end + at - start] = bytes[at]!;
    this.#end += end - start;
  }

  #putVarint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#out[this.#end++] = (rest & 0x7f) | 0x80;
    this.#out[this.#end++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#out.length) return;
    const grown = new Uint8Array(Math.max(this.#end + bytes, this.#out.length * 2));
    grown.set(this.#out.subarray(0, this.#end));
    this.#out = grown;
    this.#outView = new DataView(grown.buffer);
  }
}

function scalarBytes(kind: number): number {
  if (kind === MessageKind.none) return 0;
  return kind === MessageKind.boolean ? 2 : 9;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes++;
  return bytes;
}

/** Whether bytes are UTF-8; nearly always they are ASCII, which the loop alone finds out. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 0x7f) return isUtf8(bytes.subarray(start, end));
  }
  return true;
}
