// What a node emits in one call, as the canonical ABI wants it: a list of (port, pointer, length), pointers into the
// node's own memory. The list is small until a call emits more, so that it lies on the page of memory that the node touches
// anyway. It has a greatest size: a node that emits more in one call traps, and the flow stops there.

import { Message } from "./message";

/** Most emissions of one call. */
const emissionsMax: u32 = 1024;
const emissionBytes: usize = 12;
/** Room for so many at first. */
const emissionsAtFirst: u32 = 4;
/** A tick that has emitted as many leaves the rest to the next one. */
const emissionsPerTickMax: u32 = 512;

const result = memory.data(8, 8);

let list: usize = memory.data(48, 8);
let capacity: u32 = emissionsAtFirst;
let count: u32 = 0;

/** Emits a message on an output port. The message may be the one that came in. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function emit(port: u32, message: Message): void {
  emitBytes(port, changetype<usize>(message), message.byteLength);
}

/** Whether a node that emits for many topics may go on in this call. */
export function hasRoom(): bool {
  return count < emissionsPerTickMax;
}

/** Writes a line to the flow's log. */
export function log(message: Message): void {
  emitBytes(0xffffffff, changetype<usize>(message), message.byteLength);
}

function makeRoom(): void {
  if (capacity == emissionsMax) unreachable();
  capacity = emissionsMax;
  const larger = heap.alloc(emissionsMax * emissionBytes);
  memory.copy(larger, list, count * emissionBytes);
  list = larger;
}

// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
function emitBytes(port: u32, start: usize, length: u32): void {
  if (count == capacity) makeRoom();
  const at = list + count * emissionBytes;
  store<u32>(at, port);
  store<u32>(at, <u32>start, 4);
  store<u32>(at, length, 8);
  count++;
}

/** Where the caller finds the list. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function takeEmissions(): usize {
  store<u32>(result, <u32>list);
  store<u32>(result, count, 4);
  count = 0;
  return result;
}
