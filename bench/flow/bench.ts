// What one tag costs in an eight-node flow (see plant-flow.ts), ns, by every way of running it that one might choose, and
// what a visit of one of its nodes costs on that way (hopNs):
//
//   fusedMetered   Flow.wasm as a gateway runs it, in batches of 512
//   fused          the same before metering
//   singleTag      fusedMetered, one tag a call
//   withCopies     fusedMetered, and the host's copying of the batch in and of the outbox out
//   unfused        the same node modules as instances of their own, wired in JavaScript
//   closures       the same logic written by hand as JavaScript closures on objects
//   handInlined    the same logic written by hand as one JavaScript function
//
// Why it is fair: all of them get the same updates and must give the same results, which is checked before anything is
// timed, the WebAssembly ones byte for byte. Each finds its input where it wants it, objects or bytes, and leaves its
// results there; nobody is charged for decoding. They take turns within one run. The WebAssembly ones do more: nodes cannot
// touch each other's data, which takes the unfused ones a copy of each message into each node; the fused ones check and
// count emissions of every port and, metered, bound the time.

import {
  defaultFlowLimits,
  type FlowParts,
  FusedInstance,
  faced,
  fuse,
  meter,
  ReferenceFlow,
  shapeOf,
} from "@flowfusion/fusion";
import { type CanonicalGraph, type ModuleCatalog, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { type Contender, type Effort, measureInterleaved, noiseOf, ratio } from "../measure.ts";
import { closureFlow } from "./closures.ts";
import { handInlinedFlow } from "./hand-inlined.ts";
import { framesOf, plantFlow, plantReadings, type Reading } from "./plant-flow.ts";
import { UnfusedFlow } from "./unfused.ts";

export const flowEffort: Effort = { repetitions: 40, sliceMs: 10, warmUpMs: 300 };

const batchSize = 512;
const batches = 4;
const window = 2;

const names = ["fusedMetered", "fused", "singleTag", "withCopies", "unfused", "closures", "handInlined"] as const;
type Name = (typeof names)[number];

export async function benchFlow(effort: Effort) {
  const catalog = await builtinCatalog();
  const graph = resolveGraph(parseGraph(plantFlow()), catalog);
  const readings = plantReadings(batches, batchSize);
  const { wasm } = await fuse(graph, catalog);
  const shape = shapeOf(wasm);
  const programs = {
    metered: new WebAssembly.Module(faced(meter(shape.wasm, defaultFlowLimits))),
    parts: shape.parts,
    unmetered: new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>),
  };
  const { results, hops } = verify(graph, catalog, programs, readings);
  const contenders = contendersFor(graph, catalog, programs, readings);
  const timings = measureInterleaved(
    names.map((name) => ({ name, tagsPerRun: batchSize, run: contenders[name] })),
    effort,
  );
  const best = (name: Name) => timings[name].bestNs;
  return {
    bench: "flow",
    nodes: graph.nodes.length,
    batch: batchSize,
    shareAllTheWay: ratio(results, batches * batchSize),
    hopsPerTag: ratio(hops, batches * batchSize),
    hopNs: ratio(best("fusedMetered") * batches * batchSize, hops),
    ...(Object.fromEntries(names.map((name) => [`${name}Ns`, best(name)])) as { [name in `${Name}Ns`]: number }),
    medianNs: Object.fromEntries(names.map((name) => [name, timings[name].medianNs])) as { [name in Name]: number },
    fusedMeteredOverClosures: ratio(best("fusedMetered"), best("closures")),
    fusedMeteredOverHandInlined: ratio(best("fusedMetered"), best("handInlined")),
    unfusedOverFusedMetered: ratio(best("unfused"), best("fusedMetered")),
    meteredOverUnmetered: ratio(best("fusedMetered"), best("fused")),
    singleTagOverBatch: ratio(best("singleTag"), best("fusedMetered")),
    repetitions: effort.repetitions,
    noise: noiseOf(timings),
  };
}

interface Programs {
  readonly metered: WebAssembly.Module;
  /** Of the metered one, which is a shape, as a gateway runs it. */
  readonly parts: FlowParts;
  readonly unmetered: WebAssembly.Module;
}

function contendersFor(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  { metered, parts, unmetered }: Programs,
  readings: readonly Reading[][],
): { [name in Name]: Contender["run"] } {
  const next = turns(batches);
  return {
    fusedMetered: runBatches(placed(metered, readings, parts), next),
    fused: runBatches(placed(unmetered, readings), next),
    singleTag: runOneByOne(placed(metered, readings, parts), next),
    withCopies: runWithCopies(
      placed(metered, readings, parts),
      readings.map((batch) => framesOf(batch)),
      next,
    ),
    unfused: runUnfused(new UnfusedFlow(graph, catalog), readings, next),
    closures: runClosures(readings, next),
    handInlined: runHandInlined(readings, next),
  };
}

/** Counts 0 to `count` - 1, again and again. */
function turns(count: number): () => number {
  let turn = 0;
  return () => {
    turn = turn + 1 === count ? 0 : turn + 1;
    return turn;
  };
}

/** A configured instance with all batches lying in its input room, one after the other. */
interface Placed {
  readonly instance: FusedInstance;
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

function placed(program: WebAssembly.Module, readings: readonly Reading[][], parts?: FlowParts): Placed {
  const instance = new FusedInstance(program, defaultFlowLimits, parts);
  instance.configure();
  const frames = readings.map((batch) => framesOf(batch));
  const lengths = frames.map(({ length }) => length);
  const base = instance.reserve(lengths.reduce((sum, length) => sum + length, 0));
  const starts = lengths.map((_, index) => base + lengths.slice(0, index).reduce((sum, length) => sum + length, 0));
  for (const [index, batch] of frames.entries()) instance.memory.set(batch, starts[index]);
  return { instance, starts, lengths };
}

function runBatches({ instance, starts, lengths }: Placed, next: () => number): () => void {
  return () => {
    const batch = next();
    instance.executeAt(starts[batch]!, lengths[batch]!, batchSize);
  };
}

function runOneByOne({ instance, starts, lengths }: Placed, next: () => number): () => void {
  const words = new Uint32Array(instance.memory.buffer);
  return () => {
    const batch = next();
    const end = starts[batch]! + lengths[batch]!;
    for (let at = starts[batch]!; at < end; ) {
      const length = 8 + words[(at >>> 2) + 1]!;
      instance.executeAt(at, length, 1);
      at += length;
    }
  };
}

function runWithCopies({ instance, starts }: Placed, frames: readonly Uint8Array[], next: () => number): () => void {
  const queue = new Uint8Array(1024 * 1024);
  return () => {
    const batch = frames[next()]!;
    instance.memory.set(batch, starts[0]);
    instance.executeAt(starts[0]!, batch.length, batchSize);
    const { outboxStart, outboxBytes } = instance;
    queue.set(instance.memory.subarray(outboxStart, outboxStart + outboxBytes));
  };
}

function runUnfused(flow: UnfusedFlow, readings: readonly Reading[][], next: () => number): () => void {
  const frames = readings.map((batch) => new Uint32Array(framesOf(batch).buffer));
  return () => {
    const batch = frames[next()]!;
    flow.execute(batch, batch.length * 4);
    flow.clearOutbox();
  };
}

function runClosures(readings: readonly Reading[][], next: () => number): () => void {
  const results: Reading[] = [];
  const handle = closureFlow(window, (reading) => results.push(reading));
  return () => {
    for (const reading of readings[next()]!) handle(reading);
    results.length = 0;
  };
}

function runHandInlined(readings: readonly Reading[][], next: () => number): () => void {
  const results: Reading[] = [];
  const handle = handInlinedFlow(window);
  return () => {
    handle(readings[next()]!, results);
    results.length = 0;
  };
}

/** Throws unless all ways give the same results for all batches; gives their number, and how often nodes were visited. */
function verify(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  { metered, parts, unmetered }: Programs,
  readings: readonly Reading[][],
): { readonly results: number; readonly hops: number } {
  const all = readings.flat();
  const frames = framesOf(all);
  const reference = new ReferenceFlow(graph, catalog);
  reference.configure();
  reference.execute(frames);
  const expected = reference.takeOutbox();

  const unfused = new UnfusedFlow(graph, catalog);
  unfused.execute(new Uint32Array(frames.buffer), frames.length);
  const byClosures: Reading[] = [];
  all.forEach(closureFlow(window, (reading) => byClosures.push(reading)));
  const byHand: Reading[] = [];
  handInlinedFlow(window)(all, byHand);

  const outputs: { [way: string]: Uint8Array } = {
    metered: outboxOf(metered, frames, parts),
    unmetered: outboxOf(unmetered, frames),
    unfused: unfused.takeOutbox(),
    closures: framesOf(byClosures),
    handInlined: framesOf(byHand),
  };
  for (const [way, output] of Object.entries(outputs)) {
    if (Buffer.compare(output, expected) !== 0) throw new Error(`${way} gives other results than the reference`);
  }
  const hops = reference.nodeCounters().reduce((sum, { messagesIn }) => sum + messagesIn, 0);
  return { results: byHand.length, hops };
}

function outboxOf(program: WebAssembly.Module, frames: Uint8Array, parts?: FlowParts): Uint8Array {
  const instance = new FusedInstance(program, defaultFlowLimits, parts);
  instance.configure();
  const consumed = instance.execute(frames);
  if (consumed !== frames.length) throw new Error(`${consumed} of ${frames.length} bytes consumed`);
  return instance.takeOutbox();
}
