// Encodes batches of tag updates at a high rate: one buffer, used for every batch, and no object an update. The
// bytes are those that protobufjs writes for the same batch, which a differential test holds.
//
//   encoder.begin();
//   encoder.add(tagUtf8, timestampNs, 0, 21.5);
//   push.send(encoder.finish());

import type { TagQuality, TagValue } from "./tag-update.ts";

// Keys: field number << 3 | wire type. Below 16 each is one byte.
const key = {
  batchSource: (1 << 3) | 2,
  batchUpdate: (2 << 3) | 2,
  batchReceipt: (3 << 3) | 2,
  tag: (1 << 3) | 2,
  timestamp: (2 << 3) | 1,
  quality: (3 << 3) | 0,
  bool: (4 << 3) | 0,
  int: (5 << 3) | 1,
  double: (6 << 3) | 1,
  text: (7 << 3) | 2,
  bytes: (8 << 3) | 2,
} as const;

const bytesFirst = 16 * 1024;
/** Keys, the longest lengths and all fixed-width fields of one update: what an update takes beside its tag and body. */
const updateOverheadBytesMax = 48;
const utf8 = new TextEncoder();
const receiptBytes = 16;
/** A receipt with its key and length, at the end of a batch. */
const receiptFieldBytes = 2 + receiptBytes;

/** What the receipt of a batch says. */
export interface BatchReceipt {
  /** 8 bytes, as a number that names the sender's session. */
  readonly session: bigint;
  /** Of the batch in its session, from 1 on. */
  readonly number: number;
}

/** The receipt that a batch ends with, where it has one. */
export function receiptOf(batch: Uint8Array): BatchReceipt | undefined {
  const at = batch.length - receiptFieldBytes;
  if (at < 0 || batch[at] !== key.batchReceipt || batch[at + 1] !== receiptBytes) return undefined;
  const view = new DataView(batch.buffer, batch.byteOffset + at + 2, receiptBytes);
  return { session: view.getBigUint64(0, true), number: Number(view.getBigUint64(8, true)) };
}

export class TagBatchEncoder {
  readonly #source: Uint8Array;
  #bytes: Uint8Array;
  #view: DataView;
  #end = 0;
  #updates = 0;
  #session: bigint | undefined;
  #batches = 0;

  constructor(source: string) {
    this.#source = utf8.encode(source);
    this.#bytes = new Uint8Array(Math.max(bytesFirst, this.#source.length + updateOverheadBytesMax));
    this.#view = new DataView(this.#bytes.buffer);
    this.begin();
  }

  /** Numbers the batches from here on, in a session of that name. */
  beginSession(session: bigint): void {
    this.#session = session;
    this.#batches = 0;
    this.begin();
  }

  /** Of the batch that is being written, in its session. */
  get batchNumber(): number {
    return this.#batches;
  }

  /** Updates in the batch so far. */
  get updates(): number {
    return this.#updates;
  }

  /** Length of the batch so far. */
  get byteLength(): number {
    return this.#end;
  }

  /** Starts a batch; what the last `finish` gave is overwritten from here on. */
  begin(): void {
    this.#end = 0;
    this.#updates = 0;
    this.#batches++;
    if (this.#source.length > 0) this.#putBytes(key.batchSource, this.#source);
  }

  /** `tag` is UTF-8, so that a caller with a fixed set of tags encodes each name once. */
  add(tag: Uint8Array, timestampNs: bigint, quality: TagQuality, value: TagValue): void {
    const body = typeof value === "string" ? utf8.encode(value) : value instanceof Uint8Array ? value : undefined;
    const length = tagBytes(tag) + 9 + (quality === 0 ? 0 : 2) + valueBytes(value, body);
    this.#reserve(length + updateOverheadBytesMax);
    this.#bytes[this.#end++] = key.batchUpdate;
    this.#putLength(length);
    if (tag.length > 0) this.#putBytes(key.tag, tag);
    this.#bytes[this.#end++] = key.timestamp;
    this.#view.setBigUint64(this.#end, timestampNs, true);
    this.#end += 8;
    if (quality !== 0) {
      this.#bytes[this.#end++] = key.quality;
      this.#bytes[this.#end++] = quality;
    }
    this.#putValue(value, body);
    this.#updates++;
  }

  /** The batch, as a view that is valid until the next `begin` or `add`. */
  finish(): Uint8Array {
    if (this.#session === undefined) return this.#bytes.subarray(0, this.#end);
    // Each update has left room for it.
    this.#bytes[this.#end] = key.batchReceipt;
    this.#bytes[this.#end + 1] = receiptBytes;
    this.#view.setBigUint64(this.#end + 2, this.#session, true);
    this.#view.setBigUint64(this.#end + 10, BigInt(this.#batches), true);
    return this.#bytes.subarray(0, this.#end + receiptFieldBytes);
  }

  #putValue(value: TagValue, body: Uint8Array | undefined): void {
    if (body !== undefined) {
      this.#putBytes(typeof value === "string" ? key.text : key.bytes, body);
    } else if (typeof value === "number") {
      this.#bytes[this.#end++] = key.double;
      this.#view.setFloat64(this.#end, value, true);
      this.#end += 8;
    } else if (typeof value === "bigint") {
      this.#bytes[this.#end++] = key.int;
      this.#view.setBigInt64(this.#end, value, true);
      this.#end += 8;
    } else if (typeof value === "boolean") {
      this.#bytes[this.#end++] = key.bool;
      this.#bytes[this.#end++] = value ? 1 : 0;
    }
  }

  #putBytes(fieldKey: number, bytes: Uint8Array): void {
    this.#bytes[this.#end++] = fieldKey;
    this.#putLength(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #putLength(length: number): void {
    let rest = length;
    while (rest > 0x7f) {
      this.#bytes[this.#end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#end++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#end + bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

const tagBytes = (tag: Uint8Array): number => (tag.length === 0 ? 0 : 1 + lengthBytes(tag.length) + tag.length);

function valueBytes(value: TagValue, body: Uint8Array | undefined): number {
  if (body !== undefined) return 1 + lengthBytes(body.length) + body.length;
  if (value === null) return 0;
  return typeof value === "boolean" ? 2 : 9;
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length >>> 7; rest > 0; rest >>>= 7) bytes++;
  return bytes;
}
