// A flow's saved state, as `save_state` writes it and `load_state` reads it:
//
//   offset  type   field                        little-endian
//   0       u32    magic, "FFS1"
//   4       u32    number of entries
//   8       u64    checksum of all else, see `stateChecksum`
//   16      …      entries, each a multiple of 8 bytes
//
//   entry
//   0       u32    key length, bytes: the node's id, a zero byte, the node's type
//   4       u32    state version
//   8       u32    state length, bytes
//   12      u32    0
//   16      32 B   digest of the module that wrote it
//   48      …      key, zero-padded to a multiple of 8, then state, padded likewise
//
// An entry belongs to the node with the same key. One that no node claims, or whose version a node does not
// accept, is passed over: what is kept and what begins anew is decided by `stateImpact`, from the two graphs.

import type { CanonicalNode } from "@flowfusion/graph";
import { paddedTo8 } from "@flowfusion/graph";

export const stateMagic = 0x31534646;
export const stateHeaderBytes = 16;
export const stateEntryHeaderBytes = 48;

function stateKey(node: { readonly id: string; readonly type: string }): string {
  return `${node.id}\0${node.type}`;
}

/** The part of a node's entry that never changes: header, with length 0, and key. */
export function stateEntryHead(node: CanonicalNode): Uint8Array {
  const key = new TextEncoder().encode(stateKey(node));
  const head = new Uint8Array(stateEntryHeaderBytes + paddedTo8(key.length));
  const view = new DataView(head.buffer);
  view.setUint32(0, key.length, true);
  view.setUint32(4, node.stateVersion, true);
  head.set(Buffer.from(node.module.slice("sha256:".length), "hex"), 16);
  head.set(key, stateEntryHeaderBytes);
  return head;
}

/**
 * FNV-1a over 64-bit words, each mixed once more so that a high bit changes low ones: of the first word, and of those
 * behind the checksum itself. `saved` must have whole words and the whole header.
 */
export function stateChecksum(saved: Uint8Array): bigint {
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength);
  let hash = checksumSeed;
  for (let at = 0; at < saved.byteLength; at += at === 0 ? stateHeaderBytes : 8) {
    hash = BigInt.asUintN(64, (hash ^ view.getBigUint64(at, true)) * checksumPrime);
    hash ^= hash >> 32n;
  }
  return hash;
}

export const checksumSeed = 0xcbf29ce484222325n;
export const checksumPrime = 0x100000001b3n;
