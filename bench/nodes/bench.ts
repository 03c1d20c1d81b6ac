// What each built-in node costs, ns a message: a flow of that node alone, between a tag input and a sink, fused and fused
// and metered, in batches of 512. The row `none` is a flow without a node, what input, sink and outbox take by themselves.
//
// The properties are those of the first example on the node's page. How many messages a node lets through differs, and
// with it what the sink costs: `emitted` tells the share. A node without inputs is told the time instead, 100 ms later at
// each turn: ns a tick.

import { defaultFlowLimits, FusedInstance, fuse, meter } from "@flowfusion/fusion";
import { type ModuleCatalog, type NodeModule, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { examplesOf } from "@flowfusion/nodes/examples";
import { framesOf, plantReadings } from "../flow/plant-flow.ts";
import { type Contender, type Effort, measureInterleaved, noiseOf, ratio } from "../measure.ts";

export const nodesEffort: Effort = { repetitions: 20, sliceMs: 4, warmUpMs: 60 };

const batchSize = 512;
const batches = 4;
const tickNs = 100_000_000n;
const ticksPerRun = 64;

export async function benchNodes(effort: Effort) {
  const catalog = await builtinCatalog();
  const between = [...catalog.values()].filter(({ manifest }) => !manifest.subscribes && !manifest.delivers);
  const subjects = [undefined, ...between];
  const flows = [];
  for (const subject of subjects) flows.push(await flowAround(subject, catalog));
  const timings = measureInterleaved(
    flows.flatMap(({ name, fused, metered }) => [
      contender(`${name} fused`, fused),
      contender(`${name} metered`, metered),
    ]),
    effort,
  );
  const rows = flows.map(({ name, metered }) => [
    name,
    {
      fusedNs: timings[`${name} fused`]!.bestNs,
      meteredNs: timings[`${name} metered`]!.bestNs,
      emitted: shareEmitted(metered),
    },
  ]);
  return {
    bench: "nodes",
    batch: batchSize,
    nodes: Object.fromEntries(rows) as { readonly [type: string]: NodeFigures },
    repetitions: effort.repetitions,
    noise: noiseOf(timings),
  };
}

interface NodeFigures {
  readonly fusedNs: number;
  readonly meteredNs: number;
  /** Messages that reach the sink for each that comes in, or for each tick. */
  readonly emitted: number;
}

interface Running {
  readonly instance: FusedInstance;
  /** Where each batch lies, and its length; none for a flow that is told the time alone. */
  readonly batches: readonly (readonly [start: number, length: number])[];
}

async function flowAround(subject: NodeModule | undefined, catalog: ModuleCatalog) {
  const { wasm } = await fuse(resolveGraph(parseGraph(documentFor(subject)), catalog), catalog);
  const isFed = subject === undefined || subject.manifest.inputs.length > 0;
  return {
    name: subject?.manifest.name ?? "none",
    fused: started(wasm, isFed),
    metered: started(meter(wasm, defaultFlowLimits), isFed),
  };
}

function documentFor(subject: NodeModule | undefined): unknown {
  const nodes: Record<string, unknown> = {
    source: { type: "tag_input", props: { tags: ["#"] } },
    sink: { type: "file", props: { path: "unused.jsonl" } },
  };
  if (!subject) return { nodes, wires: ["source.out -> sink.in"] };
  const { name, inputs, outputs } = subject.manifest;
  nodes.node = { type: name, props: examplesOf(name)[0]?.props ?? {} };
  const wires = inputs.map((port) => `source.out -> node.${port.name}`);
  return { nodes, wires: [...wires, ...outputs.map((port) => `node.${port.name} -> sink.in`)] };
}

function started(wasm: Uint8Array, isFed: boolean): Running {
  const module = new WebAssembly.Module(Uint8Array.from(wasm));
  const instance = new FusedInstance(module, defaultFlowLimits);
  instance.configure();
  if (!isFed) return { instance, batches: [] };
  const frames = plantReadings(batches, batchSize).map((batch) => framesOf(batch));
  let at = instance.reserve(frames.reduce((sum, { length }) => sum + length, 0));
  return {
    instance,
    batches: frames.map((batch) => {
      instance.memory.set(batch, at);
      at += batch.length;
      return [at - batch.length, batch.length];
    }),
  };
}

function contender(name: string, running: Running): Contender {
  const tagsPerRun = running.batches.length === 0 ? ticksPerRun : batchSize;
  return { name, tagsPerRun, run: runnerOf(running) };
}

function runnerOf({ instance, batches: placed }: Running): () => void {
  let turn = 0;
  let nowNs = 0n;
  if (placed.length === 0) {
    return () => {
      for (let left = ticksPerRun; left > 0; left--) {
        nowNs += tickNs;
        instance.tick(nowNs);
      }
      instance.clearOutbox();
    };
  }
  return () => {
    const [start, length] = placed[turn++ % placed.length]!;
    // A node may emit more than an outbox holds for one batch.
    for (let at = 0; at < length; instance.clearOutbox()) at += instance.executeAt(start + at, length - at, batchSize);
  };
}

function shareEmitted({ instance, batches: placed }: Running): number {
  const counters = instance.nodeCounters();
  const sinkIndex = counters.length === 2 ? 0 : 1;
  const came = placed.length === 0 ? undefined : counters.at(-1)!.messagesIn;
  const sunk = counters[sinkIndex]!.messagesIn;
  return came === undefined ? sunk : ratio(sunk, came);
}
