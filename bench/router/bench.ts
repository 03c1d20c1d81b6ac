// What one tag costs from the protobuf bytes of a driver's batch to the input of the flow that subscribes to it, ns:
//
//   router       decode, look the tag up in a table of 500 subscriptions, write the message where its flow reads it
//   protobufjs   decoding the same bytes alone, with the decoder that protobufjs generates
//
// Why it is fair: the same batches, by turns, in one run. The router does more than what it is compared with, and its
// output is compared with that of protobufjs before anything is timed. The batch is copied into the router's memory
// within the time, as it is when it comes from a socket; what the flow then does is not.

import path from "node:path";
import { Router } from "@flowfusion/engine";
import { decodeMessage, frameHeaderBytes } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import protobuf from "protobufjs";
import { plantReadings, plantTopics } from "../flow/plant-flow.ts";
import { type Effort, measureInterleaved, noiseOf, ratio } from "../measure.ts";

export const routerEffort: Effort = { repetitions: 30, sliceMs: 10, warmUpMs: 300 };

const batchSize = 512;
const batches = 4;
const tags = 500;
const protoFile = path.join(import.meta.dirname, "..", "..", "proto", "tag_update.proto");

interface PlainUpdate {
  readonly tag: string;
  readonly doubleValue: number;
}

export async function benchRouter(effort: Effort) {
  const readings = plantReadings(batches, batchSize, tags);
  const encoded = readings.map((batch) =>
    encodeTagUpdateBatch({ source: "bench", updates: batch.map(({ topic, ...rest }) => ({ tag: topic, ...rest })) }),
  );
  const batchType = protobuf.loadSync(protoFile).lookupType("flowfusion.v1.TagUpdateBatch");
  verify(encoded, batchType);

  let bytesRouted = 0;
  const router = subscribed((_slot, _memory, _start, bytes) => {
    bytesRouted += bytes;
  });
  let turn = 0;
  let decodedUpdates = 0;
  const next = () => encoded[turn++ % batches]!;
  const timings = measureInterleaved<"router" | "protobufjs">(
    [
      {
        name: "router",
        tagsPerRun: batchSize,
        run: () => {
          router.route(next());
          router.flush();
        },
      },
      {
        name: "protobufjs",
        tagsPerRun: batchSize,
        run: () => {
          decodedUpdates += updatesOf(batchType, next()).length;
        },
      },
    ],
    effort,
  );
  if (bytesRouted === 0 || decodedUpdates === 0) throw new Error("nothing was routed");
  return {
    bench: "router",
    batch: batchSize,
    subscriptions: tags,
    bytesPerTag: ratio(encoded[0]!.length, batchSize),
    routerNs: timings.router.bestNs,
    protobufjsNs: timings.protobufjs.bestNs,
    medianNs: { router: timings.router.medianNs, protobufjs: timings.protobufjs.medianNs },
    protobufjsOverRouter: ratio(timings.protobufjs.bestNs, timings.router.bestNs),
    repetitions: effort.repetitions,
    noise: noiseOf(timings),
  };
}

type OnFrames = ConstructorParameters<typeof Router>[0];

/** A router with one subscription for each tag, all for one flow. */
function subscribed(onFrames: OnFrames): Router {
  const router = new Router(onFrames);
  router.subscribe(plantTopics(tags).map((pattern) => ({ pattern, route: { slot: 0, input: 0 } })));
  return router;
}

const updatesOf = (type: protobuf.Type, bytes: Uint8Array): readonly PlainUpdate[] =>
  (type.decode(bytes) as unknown as { readonly updates: readonly PlainUpdate[] }).updates;

/** Throws unless the router hands on every update that protobufjs reads, in order. */
function verify(encoded: readonly Uint8Array[], type: protobuf.Type): void {
  const routed: string[] = [];
  const router = subscribed((_slot, memory, start, bytes) => {
    const view = new DataView(memory.buffer, memory.byteOffset);
    for (let at = start; at < start + bytes; at += frameHeaderBytes + view.getUint32(at + 4, true)) {
      const { topic, value } = decodeMessage(memory, at + frameHeaderBytes);
      routed.push(`${topic} ${value}`);
    }
  });
  for (const batch of encoded) {
    router.route(batch);
    router.flush();
  }
  const decoded = encoded.flatMap((batch) => updatesOf(type, batch).map((it) => `${it.tag} ${it.doubleValue}`));
  if (decoded.join("\n") !== routed.join("\n")) throw new Error("the router gives other updates than protobufjs");
}
