// Queues with short pauses for the sinks' tests.

import type { Message } from "@flowfusion/graph";
import { SinkQueue, type StoragePolicy } from "../queue.ts";
import type { Sink } from "../sink.ts";
import { framesOf } from "./messages.ts";

const mebibyte = 1024 * 1024;

export const queueOf = (sink: Sink, bytesMax = 16 * mebibyte): SinkQueue =>
  new SinkQueue(sink, { bytesMax, retry: { firstMs: 5, mostMs: 20 } });

/** What waits goes to disk where the sink fails, or always. */
export const onOverflow: StoragePolicy = { diskBytesMax: 64 * mebibyte, durability: "memory" };
export const always: StoragePolicy = { diskBytesMax: 64 * mebibyte, durability: "written" };

export const spooledQueueOf = (
  sink: Sink,
  spoolFolder: string,
  storage: StoragePolicy,
  bytesMax = 16 * mebibyte,
): SinkQueue => new SinkQueue(sink, { bytesMax, storage, spoolFolder, retry: { firstMs: 1, mostMs: 5 } });

export function append(queue: SinkQueue, messages: readonly Message[]): void {
  const run = framesOf(messages);
  queue.append(run, 0, run.length, messages.length);
}
