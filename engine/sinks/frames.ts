// Runs of frames, as flows and sinks pass them on: each frame is a u32 port, a u32 length, and a message of that
// length (see graph/message.ts).

import { frameHeaderBytes } from "@flowfusion/graph";

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the frame ends that begins at `at`. */
export function frameEnd(bytes: Uint8Array, at: number): number {
  return at + frameHeaderBytes + viewOf(bytes).getUint32(at + 4, true);
}

export function countFrames(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = viewOf(bytes);
  let count = 0;
  for (let at = start; at < end; at += frameHeaderBytes + view.getUint32(at + 4, true)) count++;
  return count;
}

/** Where the last frame ends of those that begin within `blockBytes` from `start`. */
export function blockEnd(bytes: Uint8Array, start: number, end: number, blockBytes: number): number {
  if (end - start <= blockBytes) return end;
  const view = viewOf(bytes);
  let at = start;
  while (at < end && at - start < blockBytes) at += frameHeaderBytes + view.getUint32(at + 4, true);
  return at;
}

/** The frames as runs of `runBytes`, each but for its last frame. */
export function runsOf(bytes: Uint8Array, runBytes: number): Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = blockEnd(bytes, at, bytes.length, runBytes);
    runs.push(bytes.subarray(at, end));
    at = end;
  }
  return runs;
}
