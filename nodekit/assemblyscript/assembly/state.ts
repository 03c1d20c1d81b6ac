// Reading and writing a node's state: plain values one after the other, little-endian. What is written first is read
// first; the state version in the manifest says which values there are. A flow saves its state as long as it runs, so
// nothing may be left behind: reader, writer and bytes live in the arena of the call, so that what is written lies where
// what is read did.

import { allocate } from "./arena";
import { Topic } from "./message";

/** Most bytes of one node's state; a node that writes more traps. */
const stateBytesMax: usize = 3 << 20;
const firstBufferBytes: usize = 256;

@unmanaged
export class StateWriter {
  start: usize;
  length: usize;
  private capacity: usize;

  u64(value: u64): void {
    store<u64>(this.reserve(8), value);
  }

  f64(value: f64): void {
    store<f64>(this.reserve(8), value);
  }

  topic(value: Topic): void {
    this.u64(value.length);
    this.bytes(value.start, value.length);
  }

  bytes(start: usize, length: usize): void {
    memory.copy(this.reserve(length), start, length);
  }

  /** Makes room for so many bytes at once. Who knows how many are to come spares copying what was written before. */
  makeRoom(size: usize): void {
    if (this.length + size > this.capacity) this.grow(this.length + size);
  }

  private reserve(size: usize): usize {
    if (size > stateBytesMax - this.length) unreachable();
    if (this.length + size > this.capacity) this.grow(this.length + size);
    const at = this.start + this.length;
    this.length += size;
    return at;
  }

  private grow(needed: usize): void {
    this.capacity = min(max(needed, max(this.capacity << 1, firstBufferBytes)), stateBytesMax);
    const larger = allocate(this.capacity);
    memory.copy(larger, this.start, this.length);
    this.start = larger;
  }
}

export function newWriter(): StateWriter {
  const writer = changetype<StateWriter>(allocate(offsetof<StateWriter>()));
  writer.start = 0;
  writer.length = 0;
  writer.capacity = 0;
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
    const length = this.topicLength();
    const at = this.bytes(length);
    if (at != 0) value.set(at, length);
  }

  /** The length of a topic, whose bytes follow. */
  topicLength(): usize {
    const length = this.u64();
    // The bound comes before the conversion, so that nothing is cut off.
    return length > 0xffff ? this.fail() : <usize>length;
  }

  /** Where the next `length` bytes are; 0 when there are not as many. */
  bytes(length: usize): usize {
    return this.take(length);
  }

  /** Bytes that are left to read. */
  get length(): usize {
    return this.end - this.at;
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

  /** Marks the state as not being what it claims. */
  fail(): usize {
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
