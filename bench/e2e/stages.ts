// What each stage between the socket and the sink queue costs by itself, ns a tag, in one process:
//
//   frames    finding the frames in the chunks that a socket gives
//   router    checking the batch and writing each update where its flow reads it
//   copy      from there into the flow's memory
//   execute   the eight-node flow
//
// Each way does what the one before it does and one stage more, all take turns, and the differences are the stages.

import { Router } from "@flowfusion/engine";
import { defaultFlowLimits, FusedInstance, faced, fuse, meter } from "@flowfusion/fusion";
import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { FrameDecoder, frameHeaderBytes, writeFrameHeader } from "@flowfusion/transport";
import { plantFlow, plantReadings } from "../flow/plant-flow.ts";
import { type Effort, measureInterleaved, round2 } from "../measure.ts";

const batchSize = 512;
const batches = 16;
/** As libuv reads. */
const chunkBytes = 64 * 1024;

type OnFrames = ConstructorParameters<typeof Router>[0];

export async function measureStages(effort: Effort) {
  const chunks = stream();
  const instance = await plantInstance();
  let seen = 0;
  const frames = passing((frame) => {
    seen += frame.length;
  });
  const routed = routing((_slot, _memory, _start, bytes) => {
    seen += bytes;
  });
  const copied = routing((_slot, memory, start, bytes) => {
    const at = instance.reserve(bytes);
    instance.memory.set(memory.subarray(start, start + bytes), at);
  });
  const executed = routing((_slot, memory, start, bytes, count) => {
    const at = instance.reserve(bytes);
    instance.memory.set(memory.subarray(start, start + bytes), at);
    seen += instance.executeAt(at, bytes, count);
  });
  const ways = { frames, router: routed, copy: copied, execute: executed };
  const timings = measureInterleaved(
    Object.entries(ways).map(([name, run]) => ({
      name: name as keyof typeof ways,
      tagsPerRun: batches * batchSize,
      run: () => run(chunks),
    })),
    effort,
  );
  if (seen === 0) throw new Error("nothing went through");
  const { frames: first, router, copy, execute } = timings;
  return {
    frames: first.bestNs,
    router: round2(router.bestNs - first.bestNs),
    copy: round2(Math.max(0, copy.bestNs - router.bestNs)),
    execute: round2(execute.bestNs - copy.bestNs),
  };
}

/** Batches as they come over TCP. */
function stream(): Uint8Array[] {
  const parts = plantReadings(batches, batchSize).flatMap((readings) => {
    const updates = readings.map(({ topic, ...rest }) => ({ tag: topic, ...rest }));
    const batch = encodeTagUpdateBatch({ source: "bench", updates });
    const header = new Uint8Array(frameHeaderBytes("tcp"));
    writeFrameHeader("tcp", header, 0, batch.length);
    return [header, batch];
  });
  const whole = Uint8Array.from(Buffer.concat(parts));
  const count = Math.ceil(whole.length / chunkBytes);
  return Array.from({ length: count }, (_, index) => whole.subarray(index * chunkBytes, (index + 1) * chunkBytes));
}

function passing(onFrame: (frame: Uint8Array) => void, onEnd = () => {}) {
  const decoder = new FrameDecoder("tcp");
  return (chunks: readonly Uint8Array[]) => {
    for (const chunk of chunks) {
      decoder.push(chunk, onFrame);
      onEnd();
    }
  };
}

function routing(onFrames: OnFrames) {
  const router = new Router(onFrames);
  router.subscribe([{ pattern: "#", route: { slot: 0, input: 0 } }]);
  return passing(
    (frame) => void router.route(frame),
    () => router.flush(),
  );
}

async function plantInstance(): Promise<FusedInstance> {
  const catalog = await builtinCatalog();
  const { wasm } = await fuse(resolveGraph(parseGraph(plantFlow()), catalog), catalog);
  const metered = faced(meter(wasm, defaultFlowLimits)) as Uint8Array<ArrayBuffer>;
  const instance = new FusedInstance(await WebAssembly.compile(metered), defaultFlowLimits);
  instance.configure();
  return instance;
}
