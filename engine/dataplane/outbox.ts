// From a flow's outbox into the queues of its sinks. Frames that follow one another to the same sink are copied as
// one piece. The artefact is not trusted: a frame that does not hold together counts as the flow's fault.

import { FlowTrap, outboxHighWaterBytes, outboxMaxBytes } from "@flowfusion/fusion";
import { frameHeaderBytes, messageHeaderBytes } from "@flowfusion/graph";
import type { SinkQueue } from "../sinks/queue.ts";
import type { FlowInstance } from "./instance.ts";

const logFrameFlag = 0x8000_0000;
/** Of a flow that runs node by node, which may hold more than one that is fused. */
const bytesMax = outboxMaxBytes + outboxHighWaterBytes;

/** Takes a line that a node wrote to its log port. */
export type OnLog = (nodeIndex: number, memory: Uint8Array, message: number) => void;

/**
 * Moves the first `bytes` of the outbox to the sinks and empties it. Gives the number of messages that went to sinks.
 * Throws a FlowTrap at a frame that does not hold together; what was before it has been moved.
 */
export function drainOutbox(instance: FlowInstance, bytes: number, sinks: readonly SinkQueue[], onLog: OnLog): number {
  if (bytes === 0) return 0;
  const { memory, outboxStart } = instance;
  const end = outboxStart + bytes;
  instance.clearOutbox();
  if (bytes > bytesMax || end > memory.length || outboxStart % 8 !== 0)
    throw unsound(`an outbox of ${bytes} bytes is larger than one may be, or than the memory`);
  const words = new Uint32Array(memory.buffer);
  let messages = 0;
  for (let at = outboxStart; at < end; ) {
    const port = words[at >>> 2]!;
    let runEnd = at;
    let frames = 0;
    do {
      runEnd = checkedFrameEnd(words, runEnd, end);
      frames++;
      // Each line goes by itself: the one who takes it is told where it begins.
    } while (port < logFrameFlag && runEnd < end && words[runEnd >>> 2] === port);
    if (port >= logFrameFlag) onLog(port - logFrameFlag, memory, at + frameHeaderBytes);
    else if (port < sinks.length) sinks[port]!.append(memory, at, runEnd, frames);
    else throw unsound(`there is no sink ${port}`);
    if (port < logFrameFlag) messages += frames;
    at = runEnd;
  }
  return messages;
}

function checkedFrameEnd(words: Uint32Array, at: number, end: number): number {
  const length = words[(at >>> 2) + 1]!;
  const message = (at + frameHeaderBytes) >>> 2;
  const content = messageHeaderBytes + (words[message + 4]! >>> 16) + words[message + 5]!;
  if (length % 8 !== 0 || content > length || length > end - at - frameHeaderBytes) {
    throw unsound(`a frame of ${length} bytes does not hold together`);
  }
  return at + frameHeaderBytes + length;
}

/** The trap of a flow whose glue, not a node of it, does what it must not. */
export const unsound = (why: string): FlowTrap => new FlowTrap("invalid_emission", -1, 0, new Error(why));
