// Queues with short pauses for the sinks' tests.

import type { Message } from "@flowfusion/graph";
import { SinkQueue } from "../queue.ts";
import type { Sink } from "../sink.ts";
import { framesOf } from "./messages.ts";

const mebibyte = 1024 * 1024;

export const queueOf = (sink: Sink, bytesMax = 16 * mebibyte): SinkQueue =>
  new SinkQueue(sink, { bytesMax, retry: { firstMs: 5, mostMs: 20 } });

export function append(queue: SinkQueue, messages: readonly Message[]): void {
  const run = framesOf(messages);
  queue.append(run, 0, run.length, messages.length);
}
