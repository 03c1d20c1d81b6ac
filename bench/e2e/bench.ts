// A gateway under load, from the socket that drivers push to, to the queue in front of a sink and beyond. It runs as a
// process of its own, as a user starts it, and is measured from outside, through its API.
//
//   tagsPerSecond…      a sender pushes as fast as the gateway takes; updates counted at the gateway. LargeBatches and
//                       BatchesOf50 through the whole eight-node flow, of which 1 in 500 reaches the sink, so that the
//                       sink is not the limit. AllPassed: an input wired to an nng sink, every update passed on;
//                       sinkPerSecondAllPassed is what the sink sent of it, on the same thread.
//   …PerCpuSecond       the same by the gateway's processor time, all threads: what one core can do
//   socketToSinkQueue…  by the gateway itself, for each frame, while the simulator pushes 50,000 updates/s
//   flowExec…           the part of it that the flow takes
//   endToEnd…           from the simulator's timestamp to the arrival in a process behind an nng sink
//   nsPerTag            where a tag's time goes: `total` is that of the gateway's processors in large batches; the stages are
//                       measured alone, in this process (see stages.ts); `socketAndRest` is what the stages do not explain:
//                       the kernel, Node.js' streams, garbage collection, sinks, and memory that is further away
//   lost                updates that the simulator sent and the flow did not see, and results that the flow gave and the
//                       reader did not see
//
// Why it is fair: sender, gateway and reader are processes of their own and share what cores there are; a warm-up comes
// before each measurement. The gateway's percentiles are over its last minute, so its warm-up before the latency is few
// frames, of many updates: less than 0.3 % of all that it then measures; they go through a flow of their own with the same
// program, which is removed. Meanwhile four clients of the API each ask for something else ten times a second: statistics, the list of
// flows, the gateway, and all metrics, as consoles, Prometheus and a roll-out would together. `apiRequestsPerSecond` tells what came of it.

import { setTimeout as sleep } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { plantFlow } from "../flow/plant-flow.ts";
import { type Effort, round2 } from "../measure.ts";
import { arrived } from "./arrived.ts";
import { runSimulator, startPeer } from "./children.ts";
import { apiPauseMs, type BenchGateway, flowName, startBenchGateway } from "./gateway.ts";
import type { ReaderAnswer, ReaderRequest } from "./reader.ts";
import type { SendAnswer, SendRequest } from "./sender.ts";
import { measureStages } from "./stages.ts";

export interface E2eEffort {
  readonly warmUpMs: number;
  readonly saturatedMs: number;
  readonly steadyMs: number;
  /** Updates a second of the steady load. */
  readonly steadyRate: number;
  readonly warmUpFrames: number;
  /** For the stages, which are measured in this process. */
  readonly stages: Effort;
}

export const e2eEffort: E2eEffort = {
  warmUpMs: 2_000,
  saturatedMs: 4_000,
  steadyMs: 15_000,
  steadyRate: 50_000,
  warmUpFrames: 40,
  stages: { repetitions: 30, sliceMs: 10, warmUpMs: 300 },
};

const largeBatch = 5_000;
const smallBatch = 50;
/** Larger ones would leave the gateway with more memory than the load that is measured needs. */
const warmUpBatch = 1_000;
const rareWindow = 1_000;
const warmUpName = parseFlowName("warm-up");

export async function benchE2e(effort: E2eEffort) {
  const saturated = await benchSaturated(effort);
  const steady = await benchSteady(effort);
  const stages = await measureStages(effort.stages);
  const totalNs = round2(1e9 / saturated.tagsPerCpuSecondLargeBatches);
  const inStagesNs = Object.values(stages).reduce((sum, ns) => sum + ns, 0);
  const nsPerTag = { total: totalNs, ...stages, socketAndRest: round2(Math.max(0, totalNs - inStagesNs)) };
  return { bench: "e2e", ...saturated, ...steady, nsPerTag };
}

async function benchSaturated(effort: E2eEffort) {
  await using gateway = await startBenchGateway();
  await using reader = await startPeer("reader.ts", ["count"]);
  const { address } = await reader.ask<{ address: string }>("address" satisfies ReaderRequest);
  const sink = { type: "nng", props: { address } };

  await gateway.deploy(plantFlow({ tags: ["#"], sink, window: rareWindow }));
  const large = await saturate(gateway, largeBatch, effort);
  const small = await saturate(gateway, smallBatch, effort);
  await gateway.deploy({
    nodes: { all: { type: "tag_input", props: { tags: ["#"] } }, out: sink },
    wires: { "all.out -> out.in": {} },
  });
  const passed = await saturate(gateway, largeBatch, effort);
  return {
    tagsPerSecondLargeBatches: large.perSecond,
    tagsPerSecondBatchesOf50: small.perSecond,
    tagsPerSecondAllPassed: passed.perSecond,
    sinkPerSecondAllPassed: passed.sinkPerSecond,
    tagsPerCpuSecondLargeBatches: large.perCpuSecond,
    tagsPerCpuSecondBatchesOf50: small.perCpuSecond,
  };
}

async function benchSteady({ steadyMs, steadyRate, warmUpFrames }: E2eEffort) {
  await using gateway = await startBenchGateway();
  const idleMb = gateway.process.rssMb();
  await using reader = await startPeer("reader.ts", ["times"]);
  const { address } = await reader.ask<{ address: string }>("address" satisfies ReaderRequest);
  const flow = plantFlow({ tags: ["#"], sink: { type: "nng", props: { address } }, window: 2 });
  await gateway.deploy(flow, warmUpName);
  await warmUp(gateway, warmUpFrames);
  // Deployed before the other goes, it shares the code that is compiled by now.
  await gateway.deploy(flow);
  await gateway.client.deleteFlow(warmUpName, { expected: 1 });
  await reader.ask("begin" satisfies ReaderRequest);
  const simulator = runSimulator(gateway.process.ingest, steadyRate, steadyMs);
  const stopAsking = askAgainAndAgain(gateway);
  const { sent } = await simulator;
  const apiRequestsPerSecond = await stopAsking();
  const after = await arrived(
    () => gateway.settled(),
    ({ messagesIn }) => messagesIn >= sent,
  );
  const received = await arrived(
    () => reader.ask<ReaderAnswer>("end" satisfies ReaderRequest),
    ({ updates }) => updates >= after.messagesOut,
  );
  const { socketToSinkQueueP50Us, socketToSinkQueueP99Us } = await gateway.client.gateway();
  const lostAtInput = sent - after.messagesIn;
  const lostAtOutput = after.messagesOut - received.updates;
  return {
    steadyRate,
    apiRequestsPerSecond: round2(apiRequestsPerSecond),
    socketToSinkQueueP50Us: round2(socketToSinkQueueP50Us),
    socketToSinkQueueP99Us: round2(socketToSinkQueueP99Us),
    flowExecP50Us: round2(after.executeP50Us),
    flowExecP99Us: round2(after.executeP99Us),
    endToEndP50Us: round2(received.p50Us),
    endToEndP99Us: round2(received.p99Us),
    gatewayRssMb: round2(gateway.process.rssMb()),
    gatewayIdleRssMb: round2(idleMb),
    gatewayIsBundle: gateway.process.isBundle,
    sent,
    received: received.updates,
    lost: lostAtInput + lostAtOutput,
  };
}

async function saturate(gateway: BenchGateway, batchSize: number, { warmUpMs, saturatedMs }: E2eEffort) {
  const before = await gateway.settled();
  await using sender = await startPeer("sender.ts", [gateway.process.ingest, String(batchSize)]);
  sender.child.send({} satisfies SendRequest);
  while ((await gateway.client.stats(flowName)).messagesIn === before.messagesIn) await sleep(10);
  await sleep(warmUpMs);
  const began = await sample(gateway);
  await sleep(saturatedMs);
  const ended = await arrived(
    () => sample(gateway),
    ({ tags }) => tags > began.tags,
  );
  await sender[Symbol.asyncDispose]();
  await gateway.settled();
  const per = (count: number, ms: number) => Math.round((count * 1000) / ms);
  const tags = ended.tags - began.tags;
  return {
    perSecond: per(tags, ended.atMs - began.atMs),
    sinkPerSecond: per(ended.sunk - began.sunk, ended.atMs - began.atMs),
    perCpuSecond: per(tags, ended.cpuMs - began.cpuMs),
  };
}

async function sample({ client, process }: BenchGateway) {
  const { messagesIn, sinks } = await client.stats(flowName);
  const sunk = sinks.reduce((sum, { sent }) => sum + sent, 0);
  return { tags: messagesIn, sunk, cpuMs: process.cpuMs(), atMs: performance.now() };
}

async function warmUp(gateway: BenchGateway, frames: number): Promise<void> {
  await using sender = await startPeer("sender.ts", [gateway.process.ingest, String(warmUpBatch)]);
  const { updates } = await sender.ask<SendAnswer>({ batches: frames } satisfies SendRequest);
  while ((await gateway.settled(warmUpName)).messagesIn < updates) await sleep(apiPauseMs);
}

/** Puts load on the API until the function that is given back is called; that gives how many requests were answered a second. */
function askAgainAndAgain({ client, process }: BenchGateway): () => Promise<number> {
  const stopped = new AbortController();
  const beganMs = performance.now();
  let answered = 0;
  const again = async (ask: () => Promise<unknown>) => {
    for (; !stopped.signal.aborted; answered++) {
      await ask();
      await sleep(apiPauseMs);
    }
  };
  const headers = { authorization: `Bearer ${process.token}` };
  const asking = [
    () => client.stats(flowName),
    () => client.listFlows(),
    () => client.gateway(),
    async () => (await fetch(`${process.url}/metrics`, { headers })).text(),
  ].map(again);
  return async () => {
    stopped.abort();
    await Promise.all(asking);
    return (answered * 1000) / (performance.now() - beganMs);
  };
}
