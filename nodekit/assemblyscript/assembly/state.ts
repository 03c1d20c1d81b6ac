// Reading and writing a node's state: plain values one after the other, little-endian. What is written first is read
// first; the state version in the manifest says which values there are. Reader and writer live in the arena of the
// call: a flow saves its state as long as it runs, so nothing may be left behind.

import { allocate } from "./arena";
import { Topic } from "./message";

/** Most bytes of one node's state; a node that writes more traps. */
const stateBytesMax: usize = 65536;

@unmanaged
export class StateWriter {
  start: usize;
  length: usize;

  u64(value: u64): void {
    store<u64>(this.reserve(8), value);
  }

  f64(value: f64): void {
    store<f64>(this.reserve(8), value);
  }

  topic(value: Topic): void {
    this.u64(value.length);
    memory.copy(this.reserve(value.length), value.start, value.length);
  }

  private reserve(size: usize): usize {
    if (size > stateBytesMax - this.length) unreachable();
    const at = this.start + this.length;
    this.length += size;
    return at;
  }
}

export function newWriter(): StateWriter {
  const writer = changetype<StateWriter>(allocate(offsetof<StateWriter>()));
  writer.start = allocate(stateBytesMax);
  writer.length = 0;
  return writer;
}

@unmanaged
export class StateReader {
  at: usize;
  end: usize;
  /** Whether reading went past the end: the state is not of the version that it claims. */
  isExhausted: bool;

  u64(): u64 {
    const at = this.take(8);
    return at == 0 ? 0 : load<u64>(at);
  }

  f64(): f64 {
    const at = this.take(8);
    return at == 0 ? 0 : load<f64>(at);
  }

  /** Reads what the writer's `topic` wrote into `value`. */
  topic(value: Topic): void {
    const length = this.u64();
    // The bound comes first, so that the conversion cannot cut the length.
    const at = length > 0xffff ? this.fail() : this.take(<usize>length);
    if (at != 0) value.set(at, <usize>length);
  }

  /** Whether all was read and nothing lacked. To be asked before anything that was read is put to use. */
  get isFinished(): bool {
    return !this.isExhausted && this.at == this.end;
  }

  private take(size: usize): usize {
    const at = this.at;
    if (this.end - at < size) return this.fail();
    this.at = at + size;
    return at;
  }

  private fail(): usize {
    this.isExhausted = true;
    return 0;
  }
}

export function newReader(start: usize, length: usize): StateReader {
  const reader = changetype<StateReader>(allocate(offsetof<StateReader>()));
  reader.at = start;
  reader.end = start + length;
  reader.isExhausted = false;
  return reader;
}
