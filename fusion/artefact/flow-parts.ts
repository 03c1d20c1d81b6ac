// What a flow has of its own beside its shape. A thousand flows of a shape differ in a few numbers, so all of them share, in all
// threads, the bytes of the first one, and each has but its changes.
//
//   common    u32 count of statics, u32 bytes of `own`, for each of the statics u32 address and u32 length;
//             then `own`, then the bytes of the statics one behind the other
//   changes   again and again: offset from `own` on, length, both LEB128, and so many bytes

import { ByteReader } from "../binary/reader.ts";
import type { ByteWriter } from "../binary/writer.ts";

/** What the flow's own memory begins with. */
interface StaticBytes {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface OwnBytes {
  /** To be written into the memory of an instance, in this order, before anything else is called. */
  readonly statics: readonly StaticBytes[];
  /** What `ff_take_own` takes, before the statics are written; see take-own.ts. Empty where there is no such function. */
  readonly own: Uint8Array;
}

/** May be posted to another thread. */
export interface FlowParts {
  readonly common: Uint8Array;
  readonly changes: Uint8Array;
}

const headBytes = 8;
const staticHeadBytes = 8;
/** Fewer equal bytes than this between two that differ are part of the change. */
const equalBytesMin = 8;

/** The bytes that flows share. */
export function packCommon({ own, statics }: OwnBytes): Uint8Array {
  const payload = headBytes + statics.length * staticHeadBytes;
  const size = statics.reduce((sum, { bytes }) => sum + bytes.length, payload + own.length);
  const common = new Uint8Array(new SharedArrayBuffer(size));
  const head = new DataView(common.buffer);
  head.setUint32(0, statics.length, true);
  head.setUint32(4, own.length, true);
  common.set(own, payload);
  let at = payload + own.length;
  for (const [index, { address, bytes }] of statics.entries()) {
    head.setUint32(headBytes + index * staticHeadBytes, address, true);
    head.setUint32(headBytes + index * staticHeadBytes + 4, bytes.length, true);
    common.set(bytes, at);
    at += bytes.length;
  }
  return common;
}

/** Appends what `its` has where it differs from `first`, which is as long and lies at `offset` of what flows share. */
export function writeChanges(changes: ByteWriter, offset: number, first: Uint8Array, its: Uint8Array): void {
  for (let start = 0; start < its.length; start++) {
    if (its[start] === first[start]) continue;
    let end = start + 1;
    for (let at = end; at < its.length && at - end < equalBytesMin; at++) if (its[at] !== first[at]) end = at + 1;
    changes.u32(offset + start);
    changes.u32(end - start);
    changes.bytes(its.subarray(start, end));
    start = end;
  }
}

/** A copy. */
export function unpackParts({ common, changes }: FlowParts): OwnBytes {
  const head = new DataView(common.buffer, common.byteOffset);
  const count = head.getUint32(0, true);
  const ownBytes = head.getUint32(4, true);
  const payload = common.slice(headBytes + count * staticHeadBytes);
  const reader = new ByteReader(changes);
  while (reader.position < changes.length) {
    const at = reader.u32();
    const length = reader.u32();
    payload.set(changes.subarray(reader.position, reader.position + length), at);
    reader.skip(length);
  }
  let at = ownBytes;
  const statics = Array.from({ length: count }, (_, index) => {
    const start = at;
    at += head.getUint32(headBytes + index * staticHeadBytes + 4, true);
    return { address: head.getUint32(headBytes + index * staticHeadBytes, true), bytes: payload.subarray(start, at) };
  });
  return { own: payload.subarray(0, ownBytes), statics };
}
