// One checkpoint as a file. Everything that is needed to tell whether it may be loaded is in it, under one checksum: a
// file that is cut, has a flipped bit or lies under another flow's name is not read as one.
//
//   0    8   magic, the last byte being the version of this layout
//   8    8   sequence, counts the checkpoints of a flow
//   16   8   generation of the flow that saved it
//   24   8   when, ms since the Unix epoch
//   32   32  sha256 of the artefact that saved it
//   64   4   bytes of the name
//   68   4   bytes of the state
//   72   n   flow name, UTF-8
//   72+n m   state, as `save_state` gave it
//   …    32  sha256 of all before

import { createHash } from "node:crypto";
import { type Digest, FlowFusionError, type FlowName } from "@flowfusion/graph";

const magic = Buffer.from("FFCKPT\0\x01", "latin1");
const headerBytes = 72;
const checksumBytes = 32;

/** Kept of each flow; the older one is for when the newer one is damaged. */
export const checkpointsKeptMax = 2;

export interface Checkpoint {
  readonly flow: FlowName;
  readonly sequence: number;
  readonly generation: number;
  readonly artefact: Digest;
  readonly savedAtMs: number;
  readonly state: Uint8Array;
}

export function encodeCheckpoint({ flow, sequence, generation, artefact, savedAtMs, state }: Checkpoint): Uint8Array {
  const name = Buffer.from(flow, "utf8");
  const bytes = Buffer.alloc(headerBytes + name.length + state.length + checksumBytes);
  magic.copy(bytes);
  bytes.writeBigUInt64LE(BigInt(sequence), 8);
  bytes.writeBigUInt64LE(BigInt(generation), 16);
  bytes.writeBigUInt64LE(BigInt(savedAtMs), 24);
  bytes.write(artefact.slice("sha256:".length), 32, "hex");
  bytes.writeUInt32LE(name.length, 64);
  bytes.writeUInt32LE(state.length, 68);
  name.copy(bytes, headerBytes);
  bytes.set(state, headerBytes + name.length);
  const end = bytes.length - checksumBytes;
  bytes.set(checksum(bytes.subarray(0, end)), end);
  return bytes;
}

/** Throws FF_STORE_CORRUPT when these are not the bytes of a whole checkpoint of this flow. */
export function decodeCheckpoint(bytes: Uint8Array, flow: FlowName): Checkpoint {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < headerBytes + checksumBytes) {
    throw damaged(`${view.length} bytes, at least ${headerBytes + checksumBytes} expected`);
  }
  if (!view.subarray(0, magic.length).equals(magic)) throw damaged("it does not begin as a checkpoint does");
  const end = view.length - checksumBytes;
  if (!view.subarray(end).equals(checksum(view.subarray(0, end)))) throw damaged("its checksum does not match");
  const stateStart = headerBytes + view.readUInt32LE(64);
  const stateEnd = stateStart + view.readUInt32LE(68);
  if (stateEnd !== end) throw damaged(`its parts end at ${stateEnd}, ${end} expected`);
  const name = view.toString("utf8", headerBytes, stateStart);
  if (name !== flow) throw damaged(`it is of flow ${name}`);
  return {
    flow,
    sequence: Number(view.readBigUInt64LE(8)),
    generation: Number(view.readBigUInt64LE(16)),
    savedAtMs: Number(view.readBigUInt64LE(24)),
    artefact: `sha256:${view.toString("hex", 32, 64)}` as Digest,
    // A copy of its own size: with a part of a buffer, all of that would be handed to another thread.
    state: new Uint8Array(view.subarray(stateStart, stateEnd)),
  };
}

const fileName = /^([a-z][a-z0-9_-]*)\.(\d{12})\.ckpt$/;

export const checkpointFile = (flow: FlowName, sequence: number): string =>
  `${flow}.${String(sequence).padStart(12, "0")}.ckpt`;

/** Flow and sequence of a file in the folder of checkpoints; undefined when it is none. */
export function parseCheckpointFile(name: string): { readonly flow: FlowName; readonly sequence: number } | undefined {
  const [, flow, sequence] = fileName.exec(name) ?? [];
  return flow === undefined ? undefined : { flow: flow as FlowName, sequence: Number(sequence) };
}

const checksum = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

const damaged = (why: string): FlowFusionError => new FlowFusionError("FF_STORE_CORRUPT", why);
