// A recording of tag updates: TagUpdateBatch messages, each led by its length as a little-endian u32, oldest first.

export const recordingPrefixBytes = 4;

/** The batches of a recording that is whole. */
export function splitRecording(recording: Uint8Array): Uint8Array[] {
  const view = new DataView(recording.buffer, recording.byteOffset, recording.length);
  const batches: Uint8Array[] = [];
  for (let at = 0; at < recording.length; ) {
    const start = at + recordingPrefixBytes;
    at = start + view.getUint32(at, true);
    batches.push(recording.subarray(start, at));
  }
  return batches;
}

export function joinRecording(batches: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const recording = new Uint8Array(batches.reduce((sum, { length }) => sum + recordingPrefixBytes + length, 0));
  const view = new DataView(recording.buffer);
  let at = 0;
  for (const batch of batches) {
    view.setUint32(at, batch.length, true);
    recording.set(batch, at + recordingPrefixBytes);
    at += recordingPrefixBytes + batch.length;
  }
  return recording;
}
