// Pushes messages as TagUpdateBatch to an nng PULL socket: what a driver sends a gateway, so that one gateway can
// feed another. SP has no acknowledgement: a message counts as sent when the socket's own queue has taken it.

import type { PropValue } from "@flowfusion/graph";
import { TagBatchEncoder } from "@flowfusion/proto";
import { dialPush } from "@flowfusion/transport";
import { type OnDropped, readMessages, type Sink } from "./sink.ts";

/** Updates in one batch. */
const batchMax = 512;
const queueBytesMax = 4 * 1024 * 1024;
const utf8 = new TextEncoder();

export function createNngSink(
  props: { readonly [name: string]: PropValue },
  source: string,
  onDropped: OnDropped,
): Sink {
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
      encoder.begin();
      const { messages, bytes } = readMessages(frames, onDropped, batchMax);
      for (const { topic, timestampNs, quality, value } of messages) {
        encoder.add(utf8.encode(topic), timestampNs, quality, value);
      }
      while (!push.send(encoder.finish())) {
        if (push.stats().connections === 0) throw new Error(`${push.address} is not connected and its queue is full`);
        await new Promise<void>((resolve) => drained.push(resolve));
      }
      return bytes;
    },
    async close() {
      await push.close();
    },
  };
}
