// Reading and writing a node's state: plain values one after the other, little-endian. What is written first is read
// first; the state version in the manifest says which values there are.

import { allocate } from "./arena";

const stateBytesMax: usize = 65536;

export class StateWriter {
  start: usize = 0;
  length: usize = 0;

  u64(value: u64): void {
    store<u64>(this.reserve(8), value);
  }

  f64(value: f64): void {
    store<f64>(this.reserve(8), value);
  }

  bytes(start: usize, length: usize): void {
    this.u64(length);
    memory.copy(this.reserve(length), start, length);
  }

  private reserve(size: usize): usize {
    if (this.start == 0) this.start = allocate(stateBytesMax);
    const at = this.start + this.length;
    this.length += size;
    if (this.length > stateBytesMax) unreachable();
    return at;
  }
}

export class StateReader {
  constructor(
    private at: usize,
    private end: usize,
  ) {}

  /** Whether reading went past the end: the state is not of the version that it claims. */
  exhausted: bool = false;

  u64(): u64 {
    const at = this.take(8);
    return at == 0 ? 0 : load<u64>(at);
  }

  f64(): f64 {
    const at = this.take(8);
    return at == 0 ? 0 : load<f64>(at);
  }

  private take(size: usize): usize {
    const at = this.at;
    if (this.end - at < size) {
      this.exhausted = true;
      return 0;
    }
    this.at = at + size;
    return at;
  }

  get isFinished(): bool {
    return !this.exhausted && this.at == this.end;
  }
}
