// From a flow's outbox into the queues of its sinks. Frames that follow one another to the same sink are copied as
// one piece. The artefact is not trusted: a frame that does not hold together counts as the flow's fault.

import { FlowTrap, type FusedInstance } from "@flowfusion/fusion";
import { frameHeaderBytes, messageHeaderBytes } from "@flowfusion/graph";
import type { SinkQueue } from "../sinks/queue.ts";

const logFrameFlag = 0x8000_0000;

/** Takes a line that a node wrote to its log port. */
export type OnLog = (nodeIndex: number, memory: Uint8Array, message: number) => void;

/** Moves the first `bytes` of the outbox to the sinks and empties it. Gives the number of messages. */
export function drainOutbox(instance: FusedInstance, bytes: number, sinks: readonly SinkQueue[], onLog: OnLog): number {
  const { memory, outboxStart } = instance;
  const end = outboxStart + bytes;
  if (end > memory.length) throw invalid(`an outbox of ${bytes} bytes does not fit the memory`);
  const words = new Uint32Array(memory.buffer);
  let messages = 0;
  for (let at = outboxStart; at < end; ) {
    const port = words[at >>> 2]!;
    let runEnd = at;
    let frames = 0;
    do {
      runEnd = frameEnd(words, runEnd, end);
      frames++;
    } while (runEnd < end && words[runEnd >>> 2] === port);
    deliver(port, at, runEnd, frames);
    messages += frames;
    at = runEnd;
  }
  instance.clearOutbox();
  return messages;

  function deliver(port: number, start: number, stop: number, frames: number): void {
    if (port >= logFrameFlag) onLog(port - logFrameFlag, memory, start + frameHeaderBytes);
    else if (port < sinks.length) sinks[port]!.append(memory, start, stop, frames);
    else throw invalid(`there is no sink ${port}`);
  }
}

function frameEnd(words: Uint32Array, at: number, end: number): number {
  const length = words[(at >>> 2) + 1]!;
  const message = (at + frameHeaderBytes) >>> 2;
  const content = messageHeaderBytes + (words[message + 4]! >>> 16) + words[message + 5]!;
  if (length % 8 !== 0 || content > length || length > end - at - frameHeaderBytes) {
    throw invalid(`a frame of ${length} bytes does not hold together`);
  }
  return at + frameHeaderBytes + length;
}

const invalid = (why: string): FlowTrap => new FlowTrap("invalid_emission", -1, 0, new Error(why));
