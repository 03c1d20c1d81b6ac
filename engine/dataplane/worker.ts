// The data plane's thread: sockets, router, flows, sinks. Nothing here waits for the agent.

import { parentPort, workerData } from "node:worker_threads";
import { listenPull, type PullSocket } from "@flowfusion/transport";
import { Checkpointer } from "../checkpoints/checkpointer.ts";
import { watchFailpoints } from "../failpoints.ts";
import { BatchRing } from "../recorder/batch-ring.ts";
import { Flows } from "./flows.ts";
import { RecentTimes } from "./histogram.ts";
import { NodeLog } from "./node-log.ts";
import { type Answer, type Ready, type RemoteMethod, type Request, toRemoteError, type WorkerOptions } from "./rpc.ts";
import type { DataPlane, DataPlaneStats } from "./types.ts";

/** How fine the clock of time-driven nodes is. */
const tickIntervalMs = 100;
const nsPerMs = 1_000_000n;

const port = parentPort!;
const options = workerData as WorkerOptions;
const { ingest, outputDir, recorderBytesMax } = options;
watchFailpoints(options.failpoints);
const socketToSinkQueue = new RecentTimes();
const recorder = new BatchRing(recorderBytesMax);
const sockets: PullSocket[] = [];
const nowMs = () => performance.now();
const log = new NodeLog((line) => process.stderr.write(line));
const flows = new Flows({
  outputDir,
  onLog: (flow, node, memory, at) => log.add(flow, node, memory, at),
  nowMs,
  wallMs: Date.now,
  random: Math.random,
});
const checkpointer = new Checkpointer(options.checkpointDir);
checkpointer.every(options.checkpointIntervalMs);

function onFrame(frame: Uint8Array): void {
  const beganMs = nowMs();
  if (flows.route(frame)) recorder.record(frame);
  socketToSinkQueue.record((nowMs() - beganMs) * 1000, beganMs);
}

const ticking = setInterval(() => flows.tick(BigInt(Date.now()) * nsPerMs), tickIntervalMs);

const plane: Pick<DataPlane, RemoteMethod> = {
  async deploy(name, program, recovered = { sequences: [] }, gate) {
    const isNew = !flows.has(name);
    const report = await flows.deploy(name, program, recovered.from?.state, gate);
    if (isNew) checkpointer.begin(name, flows.host(name), recovered);
    return report;
  },
  async remove(name) {
    await flows.remove(name);
    await checkpointer.end(name);
  },
  rehearse: (name, program) => flows.rehearse(name, program),
  trial: (name) => flows.trial(name),
  rollBack: async (name, generation) => flows.rollBack(name, generation),
  setDevelopment: async (name, development) => flows.host(name).setDevelopment(development),
  traces: async (name, after, limit) => flows.host(name).traces(after, limit),
  deadLetters: async (name, after, limit) => flows.host(name).deadLetters.page(after, limit),
  replayDeadLetters: async (name, ids) => flows.host(name).replay(ids),
  discardDeadLetters: async (name, ids) => flows.host(name).deadLetters.take(ids).length,
  async stats() {
    return collectStats();
  },
  async recording() {
    return recorder.snapshot();
  },
  async close() {
    clearInterval(ticking);
    await Promise.all(sockets.map((socket) => socket.close()));
    // Before the sinks are given time to flush: whoever stops the gateway may lose patience meanwhile.
    await checkpointer.stop();
    await flows.close();
  },
};

function collectStats(): DataPlaneStats {
  const { flows: flowStats, router } = flows.stats();
  const perSocket = sockets.map((socket) => socket.stats());
  const sum = (pick: (stats: (typeof perSocket)[number]) => number) =>
    perSocket.reduce((total, stats) => total + pick(stats), 0);
  const refused: Record<string, number> = { malformed: router.refusedBatches };
  for (const { refused: causes } of perSocket) {
    for (const [cause, count] of Object.entries(causes)) refused[cause] = (refused[cause] ?? 0) + count;
  }
  return {
    ingest: {
      connections: sum(({ connections }) => connections),
      frames: sum(({ frames }) => frames),
      bytes: sum(({ bytes }) => bytes),
      tags: router.updates,
      unrouted: router.unrouted,
      refused,
    },
    flows: flowStats.map((flow) => ({ ...flow, ...checkpointer.stats(flow.name) })),
    recorder: recorder.stats,
    socketToSinkQueueP50Us: socketToSinkQueue.percentileUs(50),
    socketToSinkQueueP99Us: socketToSinkQueue.percentileUs(99),
  };
}

async function answer({ id, method, parameters }: Request): Promise<void> {
  let reply: Answer;
  try {
    const run = plane[method] as (...all: unknown[]) => Promise<unknown>;
    reply = { id, result: await run(...parameters) };
  } catch (error) {
    reply = { id, error: toRemoteError(error) };
  }
  port.postMessage(reply);
  if (method === "close") port.close();
}

async function begin(): Promise<Ready> {
  try {
    for (const address of ingest) sockets.push(await listenPull({ address, onFrame }));
    return { addresses: sockets.map((socket) => socket.address) };
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close()));
    return { error: toRemoteError(error) };
  }
}

port.on("message", (request: Request) => void answer(request));
port.postMessage(await begin());
