// What each built-in node costs, ns a message: a flow of that node alone, between a tag input and a sink, fused and fused
// and metered, in batches of 512. The row `none` is a flow without a node, what input, sink and outbox take by themselves.
//
// The properties are those of the first example on the node's page; each reading goes to all inputs that must be wired. How
// many messages a node lets through differs, and with it what the sink costs: `emitted` tells the share. A node without
// inputs is told the time instead, 100 ms later at each turn: ns a tick.

import { defaultFlowLimits, FusedInstance, faced, fuse, meter } from "@flowfusion/fusion";
import { type ModuleCatalog, type NodeModule, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { examplesOf } from "@flowfusion/nodes/examples";
import { framesOf, plantReadings } from "../flow/plant-flow.ts";
import { type Effort, measureInterleaved, noiseOf, ratio } from "../measure.ts";

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
      { name: `${name} fused`, tagsPerRun: fused.unitsPerRun, run: fused.run },
      { name: `${name} metered`, tagsPerRun: metered.unitsPerRun, run: metered.run },
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
  /** Messages, or ticks, of one `run`. */
  readonly unitsPerRun: number;
  run(): void;
  /** Messages, or ticks, so far. */
  units(): number;
}

async function flowAround(subject: NodeModule | undefined, catalog: ModuleCatalog) {
  const { wasm } = await fuse(resolveGraph(parseGraph(documentFor(subject)), catalog), catalog);
  const isFed = subject === undefined || subject.manifest.inputs.length > 0;
  return {
    name: subject?.manifest.name ?? "none",
    fused: started(wasm, isFed),
    metered: started(faced(meter(wasm, defaultFlowLimits)), isFed),
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
  const fed = inputs.filter(({ optional }) => optional !== true);
  const wires = fed.map((port) => `source.out -> node.${port.name}`);
  return { nodes, wires: [...wires, ...outputs.map((port) => `node.${port.name} -> sink.in`)] };
}

function started(wasm: Uint8Array, isFed: boolean): Running {
  const instance = new FusedInstance(new WebAssembly.Module(Uint8Array.from(wasm)), defaultFlowLimits);
  instance.configure();
  return isFed ? fed(instance) : ticking(instance);
}

function fed(instance: FusedInstance): Running {
  const frames = plantReadings(batches, batchSize).map((batch) => framesOf(batch));
  let at = instance.reserve(frames.reduce((sum, { length }) => sum + length, 0));
  const placed = frames.map((batch) => {
    instance.memory.set(batch, at);
    at += batch.length;
    return [at - batch.length, batch.length] as const;
  });
  let turn = 0;
  const run = () => {
    const [start, length] = placed[turn++ % placed.length]!;
    // A node may emit more than an outbox holds for one batch.
    for (let done = 0; done < length; ) done += instance.executeAt(start + done, length - done, batchSize);
  };
  return { instance, unitsPerRun: batchSize, run, units: () => instance.nodeCounters().at(-1)!.messagesIn };
}

function ticking(instance: FusedInstance): Running {
  let ticks = 0;
  const run = () => {
    for (let left = ticksPerRun; left > 0; left--) instance.tick(BigInt(++ticks) * tickNs);
  };
  return { instance, unitsPerRun: ticksPerRun, run, units: () => ticks };
}

/** The sink comes before the source, in the order of their ids. */
function shareEmitted({ instance, units }: Running): number {
  return ratio(instance.nodeCounters().at(-2)!.messagesIn, units());
}
