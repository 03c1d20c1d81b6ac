// Pushes messages as TagUpdateBatch to an nng PULL socket: what a driver sends a gateway, so that one gateway can
// feed another. SP has no acknowledgement: a message counts as sent when the socket's own queue has taken it. One that alone is
// more than a peer takes is dropped.

import type { LookupFunction } from "node:net";
import type { PropValue } from "@flowfusion/graph";
import { dialPush, frameBytesMaxDefault } from "@flowfusion/transport";
import type { Sink } from "./sink.ts";
import { TagBatchWriter } from "./tag-batch.ts";

/** Updates in one batch. */
const batchMax = 512;
/** Of a batch of several, so that it stays well below the frame that a peer takes, 1 MiB where it is not told otherwise. */
const batchBytesMax = 256 * 1024;
const queueBytesMax = 4 * 1024 * 1024;
/** At close, for what the socket's queue holds. */
const flushMs = 2_000;

/** `lookup`: gives the addresses of the host that may be connected to. */
export function createNngSink(
  props: { readonly [name: string]: PropValue },
  source: string,
  lookup?: LookupFunction,
): Sink {
  const waiting: (() => void)[] = [];
  const lookAgain = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const address = String(props.address);
  const push = dialPush({ address, lookup, queueBytesMax, onDrain: lookAgain, onDisconnect: lookAgain });
  const writer = new TagBatchWriter(source);
  return {
    async send(frames) {
      const { batch, updates, bytes, malformed } = writer.encode(frames, batchMax, batchBytesMax);
      // A peer would not only refuse it, but cut the connection, and what else is on its way would be lost.
      if (batch.length > frameBytesMaxDefault) return { bytes, dropped: { malformed, too_large: updates } };
      if (updates > 0) await enqueue(batch);
      return { bytes, dropped: { malformed } };
    },
    async close() {
      await push.close({ flushMs });
    },
  };

  async function enqueue(batch: Uint8Array): Promise<void> {
    while (!push.send(batch)) {
      const { connections, lastConnectError } = push.stats();
      if (connections === 0) {
        const why = lastConnectError === undefined ? "" : `: ${lastConnectError}`;
        throw new Error(`${push.address} is not connected and its queue is full${why}`);
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
}
