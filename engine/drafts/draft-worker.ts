// A process that works on one draft and ends: fuses a graph, or runs two flows on recorded tags. What it is given may be
// anything; whatever it does to this process, the gateway goes on, and the memory comes back.

import { compareFlows, fuseInSteps, loadModule, meter, readArtefact } from "@flowfusion/fusion";
import { type Message, messageDocument, parseGraph, resolveGraph, rfc3339 } from "@flowfusion/graph";
import { decodeTagUpdateBatch, splitRecording } from "@flowfusion/proto";
import { toRemoteError } from "../dataplane/rpc.ts";
import type { Compared, ComparedTrap, CompareJob, Fused, FuseJob, FusePhaseName, Job, JobAnswer } from "./job.ts";

const send = (answer: JobAnswer) =>
  new Promise<void>((resolve) => {
    process.send!(answer, () => resolve());
  });

process.once("message", async (job: Job) => {
  try {
    await send({ result: await (job.kind === "fuse" ? fuse(job) : compare(job)) });
  } catch (error) {
    await send({ error: toRemoteError(error) });
  }
  process.disconnect();
});
// The gateway has ended: nobody waits.
process.on("disconnect", () => process.exit());

async function fuse({ document, modules, limits }: FuseJob): Promise<Fused> {
  let began = performance.now();
  const endPhase = (phase: FusePhaseName, sizeBytes: number) => {
    const now = performance.now();
    void send({ phase: { phase, ms: Math.round((now - began) * 10) / 10, sizeBytes } });
    began = now;
  };
  const catalog = new Map(modules.map(loadModule).map((module) => [module.manifest.name, module]));
  const graph = resolveGraph(parseGraph(document), catalog);
  const { wasm } = await fuseInSteps(graph, catalog, (step, sizeBytes) => {
    if (step === "configure") endPhase("check", sizeBytes);
    else if (step === "link" || step === "optimise") endPhase(step, sizeBytes);
  });
  readArtefact(wasm);
  endPhase("verify", meter(wasm, limits).length);
  return { wasm, nodes: graph.nodes.length, wires: graph.wires.length };
}

async function compare({ before, after, recording, limits, timeLimitMs }: CompareJob): Promise<Compared> {
  const endMs = performance.now() + timeLimitMs;
  const batches = splitRecording(recording).map((batch) =>
    decodeTagUpdateBatch(batch).updates.map(({ tag, ...reading }): Message => ({ topic: tag, ...reading })),
  );
  const tried: Message[][] = [];
  const untilEnd = function* () {
    for (const batch of batches) {
      if (performance.now() > endMs) return;
      tried.push(batch);
      yield batch;
    }
  };
  const comparison = await compareFlows({ wasm: before, limits }, { wasm: after, limits }, untilEnd());
  const updates = tried.flat();
  const [first, last] = [updates[0], updates.at(-1)];
  return {
    ...{ updates: updates.length, recorded: batches.flat().length, isEqual: comparison.isEqual },
    ...(first && last && { from: rfc3339(first.timestampNs), to: rfc3339(last.timestampNs) }),
    sinks: comparison.sinks.map(({ id, difference, ...counts }) => ({
      ...{ node: id, ...counts },
      ...(difference && { difference: documentOf(difference) }),
    })),
    ...(comparison.before.trap && { trapBefore: trapOf(comparison.before.trap) }),
    ...(comparison.after.trap && { trapAfter: trapOf(comparison.after.trap) }),
  };
}

const documentOf = ({ index, before, after }: { index: number; before?: Message; after?: Message }) => ({
  index,
  ...(before && { before: messageDocument(before) }),
  ...(after && { after: messageDocument(after) }),
});

const trapOf = ({ node, cause }: ComparedTrap): ComparedTrap => ({ ...(node !== undefined && { node }), cause });
