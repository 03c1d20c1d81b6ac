// A moving average: the mean of the last values, at each value.

import {
  emit,
  Message,
  Properties,
  reject,
  StateReader,
  StateWriter,
  Topic,
} from "@flowfusion/nodekit-assemblyscript/assembly";

const sizeMax: i32 = 64;

let size: i32 = 1;
let topic: Topic = new Topic();
/** Oldest first. */
const values = new StaticArray<f64>(sizeMax);
let count: i32 = 0;
/** What a state holds, until all of it was read. */
const saved = new StaticArray<f64>(sizeMax);

export function configure(properties: Properties): void {
  const wanted = properties.number("size");
  if (!(wanted >= 1 && wanted <= sizeMax)) reject("size must be 1 to 64");
  size = <i32>wanted;
  topic = properties.topic("topic");
}

export function handle(port: u32, message: Message): void {
  if (!message.isNumeric) return;
  append(message.number);
  let sum: f64 = 0;
  for (let index = 0; index < count; index++) sum += unchecked(values[index]);
  message.setNumber(sum / count);
  emit(0, message.withTopic(topic));
}

function append(value: f64): void {
  if (count == size) {
    for (let index = 1; index < count; index++) unchecked((values[index - 1] = values[index]));
    count--;
  }
  unchecked((values[count] = value));
  count++;
}

export function saveState(state: StateWriter): void {
  state.u64(count);
  for (let index = 0; index < count; index++) state.f64(unchecked(values[index]));
}

export function loadState(state: StateReader): void {
  const savedCount = state.u64();
  if (savedCount > <u64>sizeMax) {
    reject("the state holds more than 64 values");
    return;
  }
  for (let index = 0; index < <i32>savedCount; index++) saved[index] = state.f64();
  if (!state.isFinished) return;
  count = 0;
  for (let index = 0; index < <i32>savedCount; index++) append(saved[index]);
}
