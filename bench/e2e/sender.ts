// A process that pushes batches as fast as they are taken: node sender.ts ADDRESS BATCH. The batches are encoded once,
// so that the sender is not what is measured. Asked "send" with a number of batches it sends so many and answers with
// the updates in them; without a number it goes on until it is ended.

import { TagBatchEncoder } from "@flowfusion/proto";
import { dialPush } from "@flowfusion/transport";
import { plantReadings } from "../flow/plant-flow.ts";

export interface SendRequest {
  readonly batches?: number;
}

export interface SendAnswer {
  readonly updates: number;
}

const [address = "", batch = ""] = process.argv.slice(2);
const batchSize = Number(batch);
const frames = plantReadings(8, batchSize).map((readings) => {
  const encoder = new TagBatchEncoder("bench");
  for (const { topic, timestampNs, quality, value } of readings) {
    encoder.add(new TextEncoder().encode(topic), timestampNs, quality, value);
  }
  return encoder.finish().slice();
});

let left = 0;
let sent = 0;
const push = dialPush({ address, onDrain: sendAll });

function sendAll(): void {
  while (left > 0 && push.send(frames[sent % frames.length]!)) {
    sent++;
    left--;
  }
  if (left === 0) process.send!({ updates: sent * batchSize } satisfies SendAnswer);
}

process.on("message", ({ batches = Number.POSITIVE_INFINITY }: SendRequest) => {
  left = batches;
  sent = 0;
  sendAll();
});
process.on("disconnect", () => process.exit());
