// A process that works on one draft and ends: fuses a graph, or runs two flows on recorded tags. What it is given may be
// anything; whatever it does to this process, the gateway goes on, and the memory comes back.

import { readingsOf } from "@flowfusion/driver-replay";
import {
  type Comparison,
  compareFlows,
  deadLettersMax,
  fuseInSteps,
  loadModule,
  meter,
  readArtefact,
  type SimulatedTrap,
  type SimulationResult,
  simulate,
} from "@flowfusion/fusion";
import {
  type FlowComparison,
  type FusePhase,
  type Message,
  messageDocument,
  parseGraph,
  resolveGraph,
  rfc3339,
  subscribedPatterns,
} from "@flowfusion/graph";
import { toRemoteError } from "../dataplane/rpc.ts";
import { tagMatcher } from "../recorder/select.ts";
import type { CompareJob, Fused, FuseJob, Job, JobAnswer } from "./job.ts";

/** Between two looks at the clock. */
const updatesPerRun = 500;

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
  const endPhase = (phase: FusePhase["phase"], sizeBytes: number) => {
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

async function compare(job: CompareJob): Promise<FlowComparison> {
  const { before, after, limits, timeLimitMs } = job;
  const updates = await updatesOf(job);
  const endMs = performance.now() + timeLimitMs;
  let tried = 0;
  const untilEnd = function* () {
    while (tried < updates.length && performance.now() < endMs) {
      const run = updates.slice(tried, tried + updatesPerRun);
      tried += run.length;
      yield run;
    }
  };
  const told = before
    ? both(await compareFlows({ wasm: before, limits }, { wasm: after, limits }, untilEnd()))
    : alone(await simulate({ wasm: after, limits, deadLettersMax }, untilEnd()));
  const [first, last] = [updates[0], updates[tried - 1]];
  return {
    ...{ updates: tried, recorded: updates.length, ...told },
    ...(first && last && { from: rfc3339(first.timestampNs), to: rfc3339(last.timestampNs) }),
  };
}

/** What the flows would take of the recording. */
async function updatesOf({ before, after, recording, updatesMax }: CompareJob): Promise<Message[]> {
  const graphs = [after, ...(before ? [before] : [])].map((wasm) => readArtefact(wasm).graph);
  const isWanted = tagMatcher(graphs.flatMap(subscribedPatterns).map(({ pattern }) => pattern));
  const updates: Message[] = [];
  for await (const readings of readingsOf([Buffer.from(recording)], "recording")) {
    for (const reading of readings) if (isWanted(reading.topic)) updates.push(reading);
  }
  return updates.slice(-updatesMax);
}

type Told = Omit<FlowComparison, "updates" | "recorded" | "from" | "to">;

function both({ sinks, isEqual, before, after }: Comparison): Told {
  return {
    isEqual,
    sinks: sinks.map(({ id, difference, ...counts }) => ({
      ...{ node: id, ...counts },
      ...(difference && { difference: documentOf(difference) }),
    })),
    ...{ deadLettersBefore: deadLettersOf(before), deadLettersAfter: deadLettersOf(after) },
    ...(before.trap && { trapBefore: trapOf(before.trap) }),
    ...(after.trap && { trapAfter: trapOf(after.trap) }),
  };
}

function alone(after: SimulationResult): Told {
  return {
    isEqual: false,
    sinks: after.sinks.map(({ id, messages }) => ({ node: id, after: messages })),
    deadLettersAfter: deadLettersOf(after),
    ...(after.trap && { trapAfter: trapOf(after.trap) }),
  };
}

const deadLettersOf = ({
  deadLetters: { length, 0: first },
}: SimulationResult): FlowComparison["deadLettersAfter"] => ({
  count: length,
  ...(first && { first: trapOf(first) }),
});

const documentOf = ({ index, before, after }: { index: number; before?: Message; after?: Message }) => ({
  index,
  ...(before && { before: messageDocument(before) }),
  ...(after && { after: messageDocument(after) }),
});

const trapOf = ({ node, cause, message }: SimulatedTrap): NonNullable<FlowComparison["trapAfter"]> => ({
  ...(node !== undefined && { node }),
  ...{ cause, ...(message && { message: messageDocument(message) }) },
});
