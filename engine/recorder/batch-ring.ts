// The newest batches that came in, as they came in: whole, in order, each led by its length, which is the form of a
// recording. Memory is taken in chunks as it is needed and then used over and over; when the last is full, the oldest
// chunk gives way. Recording a batch is one copy.

import type { RecorderStats } from "@flowfusion/graph";
import { recordingPrefixBytes } from "@flowfusion/proto";

const chunks = 8;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
  batches: number;
}

export class BatchRing {
  readonly #chunkBytes: number;
  readonly #chunks: Chunk[] = [];
  /** Which chunk is written to. */
  #current = 0;
  #skipped = 0;

  /** `bytesMax` 0: nothing is recorded. */
  constructor(bytesMax: number) {
    this.#chunkBytes = Math.floor(bytesMax / chunks);
  }

  record(batch: Uint8Array): void {
    const bytes = recordingPrefixBytes + batch.length;
    if (bytes > this.#chunkBytes) {
      this.#skipped++;
      return;
    }
    const chunk = this.#chunkFor(bytes);
    chunk.view.setUint32(chunk.used, batch.length, true);
    chunk.bytes.set(batch, chunk.used + recordingPrefixBytes);
    chunk.used += bytes;
    chunk.batches++;
  }

  /** The recording, oldest batch first; a copy. */
  snapshot(): Uint8Array<ArrayBuffer> {
    const recording = new Uint8Array(this.stats.bytes);
    let at = 0;
    for (let age = this.#chunks.length; age > 0; age--) {
      const { bytes, used } = this.#chunks[(this.#current + this.#chunks.length + 1 - age) % this.#chunks.length]!;
      recording.set(bytes.subarray(0, used), at);
      at += used;
    }
    return recording;
  }

  /** A batch larger than an eighth of `bytesMax` is skipped. */
  get stats(): RecorderStats {
    const sum = (of: (chunk: Chunk) => number) => this.#chunks.reduce((total, chunk) => total + of(chunk), 0);
    return {
      bytes: sum(({ used }) => used),
      bytesMax: this.#chunkBytes * chunks,
      batches: sum(({ batches }) => batches),
      skipped: this.#skipped,
    };
  }

  #chunkFor(bytes: number): Chunk {
    const current = this.#chunks[this.#current];
    if (current && current.used + bytes <= this.#chunkBytes) return current;
    if (current) this.#current = (this.#current + 1) % chunks;
    const oldest = this.#chunks[this.#current];
    if (oldest) {
      oldest.used = 0;
      oldest.batches = 0;
      return oldest;
    }
    const fresh = new Uint8Array(this.#chunkBytes);
    const chunk = { bytes: fresh, view: new DataView(fresh.buffer), used: 0, batches: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }
}
