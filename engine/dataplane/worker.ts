// The data plane's thread: sockets, router, flows, sinks. Nothing here waits for the agent.

import { parentPort, workerData } from "node:worker_threads";
import { Flows } from "./flows.ts";
import { RecentTimes } from "./histogram.ts";
import { Ingest } from "./ingest.ts";
import { NodeLog } from "./node-log.ts";
import { type Answer, type Ready, type RemoteMethod, type Request, toRemoteError, type WorkerOptions } from "./rpc.ts";
import type { DataPlane, DataPlaneStats } from "./types.ts";

/** How fine the clock of time-driven nodes is. */
const tickIntervalMs = 100;
const nsPerMs = 1_000_000n;

const port = parentPort!;
const { ingest: inputs, outputDir, recorderBytesMax } = workerData as WorkerOptions;
const socketToSinkQueue = new RecentTimes();
const nowMs = () => performance.now();
const log = new NodeLog((line) => process.stderr.write(line));
let ingest: Ingest | undefined;

const flows = new Flows({
  outputDir,
  onLog: (flow, node, memory, at) => log.add(flow, node, memory, at),
  nowMs,
  onSubscriptions: (current) => ingest?.subscribe(current),
  onPressure: (isHigh) => ingest?.holdBack(isHigh),
});

const ticking = setInterval(() => flows.tick(BigInt(Date.now()) * nsPerMs), tickIntervalMs);

const plane: Pick<DataPlane, RemoteMethod> = {
  deploy: (name, program) => flows.deploy(name, program),
  remove: (name) => flows.remove(name),
  async stats() {
    return collectStats();
  },
  async recording() {
    return ingest!.recording();
  },
  async close() {
    clearInterval(ticking);
    await ingest!.close();
    await flows.close();
  },
};

function collectStats(): DataPlaneStats {
  return {
    ingest: ingest!.stats,
    flows: flows.stats(),
    recorder: ingest!.recorderStats,
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
    ingest = await Ingest.listen({
      inputs,
      recorderBytesMax,
      nowMs,
      onFrames: (slot, memory, start, bytes, frames, policy) => flows.offer(slot, memory, start, bytes, frames, policy),
      onReadEnd: (beganMs) => socketToSinkQueue.record((nowMs() - beganMs) * 1000, beganMs),
    });
    return { addresses: ingest.addresses };
  } catch (error) {
    return { error: toRemoteError(error) };
  }
}

port.on("message", (request: Request) => void answer(request));
port.postMessage(await begin());
