// The values of one input that wait for a partner, in the order in which they came; the oldest gives way when it is full.

import { Message, Quality, StateReader, StateWriter } from "@flowfusion/nodekit-assemblyscript/assembly";

const valuesMax: u64 = 64;

@unmanaged
export class Value {
  timestampNs: u64;
  value: f64;
  quality: u64;
}

export class Waiting {
  private start: usize = heap.alloc(<usize>valuesMax * offsetof<Value>());
  private taken: Value = changetype<Value>(heap.alloc(offsetof<Value>()));
  private count: u64 = 0;

  add(message: Message): void {
    if (this.count == valuesMax) this.remove(0);
    const value = this.at(this.count++);
    value.timestampNs = message.timestampNs;
    value.value = message.number;
    value.quality = message.quality;
  }

  /** Takes out the value nearest in time, of those within the tolerance; it stays readable until the next is taken. */
  takeNearest(timestampNs: u64, toleranceNs: u64): Value | null {
    let nearest: i64 = -1;
    let nearestNs = toleranceNs;
    for (let index: u64 = 0; index < this.count; index++) {
      const otherNs = this.at(index).timestampNs;
      const apartNs = otherNs > timestampNs ? otherNs - timestampNs : timestampNs - otherNs;
      if (apartNs > nearestNs || (apartNs == nearestNs && nearest >= 0)) continue;
      nearest = <i64>index;
      nearestNs = apartNs;
    }
    if (nearest < 0) return null;
    memory.copy(changetype<usize>(this.taken), changetype<usize>(this.at(<u64>nearest)), offsetof<Value>());
    this.remove(<u64>nearest);
    return this.taken;
  }

  save(state: StateWriter): void {
    state.u64(this.count);
    state.bytes(this.start, <usize>this.count * offsetof<Value>());
  }

  /** Whether what comes next in a state is what `save` writes. */
  isSound(state: StateReader): bool {
    const count = state.u64();
    // More than there can be is a state of another length, which the caller finds out.
    const saved = count > valuesMax ? state.fail() : state.bytes(<usize>count * offsetof<Value>());
    if (saved == 0) return true;
    for (let index: u64 = 0; index < count; index++) {
      if (valueAt(saved, index).quality > <u64>Quality.bad) return false;
    }
    return true;
  }

  clear(): void {
    this.count = 0;
  }

  load(state: StateReader): void {
    this.count = state.u64();
    const size = <usize>this.count * offsetof<Value>();
    memory.copy(this.start, state.bytes(size), size);
  }

  private at(index: u64): Value {
    return valueAt(this.start, index);
  }

  private remove(index: u64): void {
    this.count--;
    const at = changetype<usize>(this.at(index));
    memory.copy(at, at + offsetof<Value>(), <usize>(this.count - index) * offsetof<Value>());
  }
}

function valueAt(start: usize, index: u64): Value {
  return changetype<Value>(start + <usize>index * offsetof<Value>());
}
