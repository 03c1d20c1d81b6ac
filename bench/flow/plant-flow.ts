// The flow that is measured, and what it is fed with. Eight nodes behind a tag input; two thresholds let 85 of 100
// updates go the whole way, through eleven visits of nodes to one message in the outbox. The rest leave at the
// filter (5) and the switch (10). A window of two makes each update that arrives at the aggregate give one result.
//
//   temps → sane (filter) → zones (switch) → copy (fan_out) ─→ fahrenheit (scale) ─→ spread.left  (binary_combine)
//                                                           └→ half (scale) ───────→ spread.right
//   spread → mean (agg of 2) → out (sink)

import { encodeFrame, encodeMessage, type GraphDocument, type Message, type PropValue } from "@flowfusion/graph";

export const thresholds = { saneAbove: 5, normalBelow: 90.5 } as const;
export const scales = { fahrenheit: { factor: 1.8, offset: 32 }, half: { factor: 0.5, offset: -1 } } as const;

export interface FlowShape {
  /** Tag patterns that feed the flow. */
  readonly tags: readonly string[];
  readonly sink: { readonly type: string; readonly props: { readonly [name: string]: PropValue } };
  /** Values in one window of the aggregate: one message leaves for each window. */
  readonly window: number;
}

const unusedSink = { type: "file", props: { path: "unused.jsonl" } };

export function plantFlow(
  { tags, sink, window }: FlowShape = { tags: ["#"], sink: unusedSink, window: 2 },
): GraphDocument {
  return {
    nodes: {
      temps: { type: "tag_input", props: { tags: [...tags] } },
      sane: { type: "filter", props: { op: ">", value: thresholds.saneAbove } },
      zones: { type: "switch", props: { cases: [{ op: "<", value: thresholds.normalBelow }] } },
      copy: { type: "fan_out", props: {} },
      fahrenheit: { type: "scale", props: { ...scales.fahrenheit } },
      half: { type: "scale", props: { ...scales.half } },
      spread: { type: "binary_combine", props: { op: "-" } },
      mean: { type: "agg", props: { op: "avg", size: window } },
      out: { type: sink.type, props: { ...sink.props } },
    },
    wires: {
      "temps.out -> sane.in": {},
      "sane.pass -> zones.in": {},
      "zones.case1 -> copy.in": {},
      "copy.out1 -> fahrenheit.in": {},
      "copy.out2 -> half.in": {},
      "fahrenheit.out -> spread.left": {},
      "half.out -> spread.right": {},
      "spread.out -> mean.in": {},
      "mean.out -> out.in": {},
    },
  };
}

/** An update as JavaScript would hold it. */
export interface Reading extends Message {
  readonly value: number;
}

const kinds = ["temp", "pressure", "flow/rate"];
const firstTimestampNs = 1_760_000_000_000_000_000n;

export function plantTopics(tags: number): string[] {
  return Array.from(
    { length: tags },
    (_, tag) => `line/${100 + Math.floor(tag / kinds.length)}/${kinds[tag % kinds.length]}`,
  );
}

/** Batches of updates of `tags` different tags, with values from 0 to 100, the same in every run. */
export function plantReadings(batches: number, batchSize: number, tags = 400): Reading[][] {
  const random = generator(1);
  const topics = plantTopics(tags);
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: batchSize }, (_, index) => ({
      topic: topics[Math.floor(random() * tags)]!,
      timestampNs: firstTimestampNs + BigInt(batch * batchSize + index),
      quality: random() < 0.02 ? 1 : 0,
      value: Math.round(random() * 10_000) / 100,
    })),
  );
}

/** A run of frames for one port, as a flow takes and gives it. */
export function framesOf(messages: readonly Message[], port = 0): Uint8Array {
  return new Uint8Array(Buffer.concat(messages.map((message) => encodeFrame(port, encodeMessage(message)))));
}

/** Mulberry32: numbers from 0 to 1 from a seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
