// The canonical-ABI side of the kit: what the generated entry of a node calls around the node's own functions.

import { allocate, reallocate, release } from "./arena";
import { Properties, reject, takeRejection } from "./properties";
import { StateReader, StateWriter } from "./state";

export { release } from "./arena";
export { takeEmissions } from "./emissions";
export { Message } from "./message";
export { emitOutcome, scalar_bits, scalar_meta } from "./scalar";

export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return reallocate(old, oldSize, size);
}

export function propertiesAt(start: usize, length: usize): Properties {
  const properties = changetype<Properties>(allocate(offsetof<Properties>()));
  properties.start = start;
  properties.length = length;
  return properties;
}

/** `result<_, string>`: a tag byte, then pointer and length of the error text. */
export function takeResult(): usize {
  const at = allocate(12);
  const reason = takeRejection();
  store<u8>(at, reason === null ? 0 : 1);
  if (reason !== null) {
    const text = String.UTF8.encode(reason);
    store<u32>(at, <u32>changetype<usize>(text), 4);
    store<u32>(at, text.byteLength, 8);
  }
  return at;
}

export function writtenState(writer: StateWriter): usize {
  const at = allocate(8);
  store<u32>(at, <u32>writer.start);
  store<u32>(at, <u32>writer.length, 4);
  return at;
}

export function checkRead(reader: StateReader): void {
  if (!reader.isFinished) reject("the state has another length than this version of the node writes");
}

export { newReader, newWriter } from "./state";
