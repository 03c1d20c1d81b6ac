// Pushes messages as TagUpdateBatch to an nng PULL socket: what a driver sends a gateway, so that one gateway can
// feed another. SP has no acknowledgement: a message counts as sent when the socket's own queue has taken it.

import type { PropValue } from "@flowfusion/graph";
import { TagBatchEncoder } from "@flowfusion/proto";
import { dialPush } from "@flowfusion/transport";
import { readMessages, type Sink } from "./sink.ts";

/** Updates in one batch. */
const batchMax = 512;
const queueBytesMax = 4 * 1024 * 1024;
/** At close, for what the socket's queue holds. */
const flushMs = 2_000;
const utf8 = new TextEncoder();

export function createNngSink(props: { readonly [name: string]: PropValue }, source: string): Sink {
  const drained: (() => void)[] = [];
  const push = dialPush({
    address: String(props.address),
    queueBytesMax,
    onDrain: () => {
      for (const resolve of drained.splice(0)) resolve();
    },
  });
  const encoder = new TagBatchEncoder(source);
  return {
    async send(frames) {
      const { messages, bytes, malformed } = readMessages(frames, batchMax);
      if (messages.length > 0) await enqueue(encode(encoder, messages));
      return { bytes, dropped: { malformed } };
    },
    async close() {
      await push.close({ flushMs });
    },
  };

  async function enqueue(batch: Uint8Array): Promise<void> {
    while (!push.send(batch)) {
      if (push.stats().connections === 0) throw new Error(`${push.address} is not connected and its queue is full`);
      await new Promise<void>((resolve) => drained.push(resolve));
    }
  }
}

function encode(encoder: TagBatchEncoder, messages: ReturnType<typeof readMessages>["messages"]): Uint8Array {
  encoder.begin();
  for (const { topic, timestampNs, quality, value } of messages) {
    encoder.add(utf8.encode(topic), timestampNs, quality, value);
  }
  return encoder.finish();
}
