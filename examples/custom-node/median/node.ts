// A running median: the middle one of the last values, at each value.

import { emit, Message, Properties, reject, StateReader, StateWriter } from "@flowfusion/nodekit-assemblyscript/assembly";

const sizeMax: i32 = 31;

let size: i32 = 1;
/** Oldest first. */
const values = new StaticArray<f64>(sizeMax);
let count: i32 = 0;
const sorted = new StaticArray<f64>(sizeMax);
/** What a state holds, until all of it was read. */
const saved = new StaticArray<f64>(sizeMax);

export function configure(properties: Properties): void {
  const wanted = properties.number("size");
  if (!(wanted >= 1 && wanted <= sizeMax)) reject("size must be 1 to 31");
  size = <i32>wanted;
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  append(message.number);
  message.setNumber(median());
  emit(0, message);
}

function append(value: f64): void {
  if (count == size) {
    for (let index = 1; index < count; index++) unchecked((values[index - 1] = values[index]));
    count--;
  }
  unchecked((values[count] = value));
  count++;
}

/** Of an even number of values, the lower one in the middle: their mean would let half of a spike through. */
function median(): f64 {
  for (let index = 0; index < count; index++) insert(unchecked(values[index]), index);
  return unchecked(sorted[(count - 1) / 2]);
}

/** Into the first `length` of `sorted`, which are in order. */
function insert(value: f64, length: i32): void {
  let at = length;
  while (at > 0 && unchecked(sorted[at - 1]) > value) {
    unchecked((sorted[at] = sorted[at - 1]));
    at--;
  }
  unchecked((sorted[at] = value));
}

export function saveState(state: StateWriter): void {
  state.u64(count);
  for (let index = 0; index < count; index++) state.f64(unchecked(values[index]));
}

export function loadState(state: StateReader): void {
  const savedCount = state.u64();
  if (savedCount > <u64>sizeMax) {
    reject("the state holds more than 31 values");
    return;
  }
  for (let index = 0; index < <i32>savedCount; index++) saved[index] = state.f64();
  if (!state.isFinished) return;
  count = 0;
  for (let index = 0; index < <i32>savedCount; index++) append(saved[index]);
}
