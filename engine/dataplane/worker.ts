// A thread of the data plane that runs flows. It reads the sockets itself, or, where several threads run flows, gets what
// another one reads. Nothing here waits for the agent.

import { parentPort, workerData } from "node:worker_threads";
import { type FlowName, trapCauseTexts } from "@flowfusion/graph";
import { Checkpointer } from "../checkpoints/checkpointer.ts";
import { watchFailpoints } from "../failpoints.ts";
import { IdleCollector } from "../idle-collector.ts";
import { LogOutput } from "../log-output.ts";
import { OutboundGuard } from "../security/outbound.ts";
import { Flows } from "./flows.ts";
import { RecentTimes } from "./histogram.ts";
import { Ingest } from "./ingest.ts";
import { NodeLog } from "./node-log.ts";
import { RingSource } from "./rings/ring-source.ts";
import { sharedNowMs } from "./rings/shared-clock.ts";
import { type RemoteMethod, toRemoteError, type WorkerOptions } from "./rpc.ts";
import { answerCalls } from "./serve.ts";
import { TickTimes } from "./tick-times.ts";
import type { DataPlane, DataPlaneStats } from "./types.ts";

/** How fine the clock of time-driven nodes is. */
const tickIntervalMs = 100;
const idleMs = 1_000;

const port = parentPort!;
const options = workerData as WorkerOptions;
const { ingest: inputs, outputDir, spoolDir, sessionDir, deadLetterDir, outbound, recorderBytesMax, ring } = options;
watchFailpoints(options.failpoints);
const socketToSinkQueue = new RecentTimes();
const output = new LogOutput(process.stderr);
const log = new NodeLog((line) => output.write(line));
const drops = ring && new Int32Array(ring.drops);
const nowMs = () => performance.now();
/** What arrival times are by. */
const arrivalNowMs = ring ? sharedNowMs : nowMs;
const checkpointer = new Checkpointer(options.checkpointDir);
checkpointer.every(options.checkpointIntervalMs);

const flows = new Flows({
  outputDir,
  spoolDir,
  sessionDir,
  deadLetterDir,
  onDamage: (flow, msg) => output.write(`${JSON.stringify({ time: new Date().toISOString(), flow, msg })}\n`),
  ...(outbound && { outbound: new OutboundGuard(outbound) }),
  onLog: (flow, node, memory, at) => log.add(flow, node, memory, at),
  onBroken: (flow, node, cause) => {
    const who = node === "" ? "the flow" : `node ${node}`;
    const msg = `${who} ${trapCauseTexts[cause]} again and again, and the flow rests in between; its dead letters tell on what`;
    output.write(`${JSON.stringify({ level: 40, time: Date.now(), flow, node, msg })}\n`);
  },
  nowMs,
  wallMs: Date.now,
  random: Math.random,
  onSubscriptions: (current) => (ingest ?? source)?.subscribe(current),
  onPressure: (isHigh) => (ingest ?? source)?.holdBack(isHigh),
  droppedBefore: (slot) => (drops ? Atomics.load(drops, slot) : 0),
});

let reads = 0;
const onHandedOn = (arrivedMs: number) => {
  // A number that stays small takes no memory.
  reads = (reads + 1) | 0;
  const handedOnMs = arrivalNowMs();
  socketToSinkQueue.record((handedOnMs - arrivedMs) * 1000, handedOnMs);
};
const garbage = new IdleCollector({ idleMs, work: () => reads });
const source = ring && new RingSource({ ...ring, flows, onRecord: onHandedOn });
const ingest = ring ? undefined : await listen();
const tickTimes = new TickTimes(tickIntervalMs);
const ticking = setInterval(() => {
  for (const nowNs of tickTimes.next(Date.now(), nowMs())) flows.tick(nowNs);
}, tickIntervalMs);

async function listen(): Promise<Ingest | undefined> {
  try {
    return await Ingest.listen({
      inputs,
      recorderBytesMax,
      nowMs,
      onFrames: (slot, memory, start, bytes, frames, policy) => flows.offer(slot, memory, start, bytes, frames, policy),
      onReadEnd: onHandedOn,
      catchUp: (isTimeOver) => flows.catchUp(isTimeOver),
    });
  } catch (error) {
    port.postMessage({ error: toRemoteError(error) });
    return undefined;
  }
}

const plane: Pick<DataPlane, RemoteMethod> = {
  async deploy(name, program, recovered = { sequences: [], lastSequence: 0 }, gate) {
    const isNew = !flows.has(name);
    const report = await flows.deploy(name, program, recovered, gate);
    if (isNew) checkpointer.begin(name, flows.host(name), recovered);
    garbage.leave();
    return report;
  },
  rehearse: (name, program) => flows.rehearse(name, program),
  trial: (name) => flows.trial(name),
  rollBack: (name, generation, endpoints) => flows.rollBack(name, generation, endpoints),
  setDevelopment: async (name, development) => flows.host(name).setDevelopment(development),
  traces: async (name, after, limit) => flows.host(name).traces(after, limit),
  deadLetters: async (name, after, limit) => flows.host(name).deadLetters.page(after, limit),
  replayDeadLetters: async (name, ids) => flows.host(name).replay(ids),
  discardDeadLetters: async (name, ids) => flows.host(name).deadLetters.take(ids).length,
  async remove(name) {
    await flows.remove(name);
    await checkpointer.end(name);
  },
  stats: async (names) => collectStats(names),
  async pulse(names) {
    const tags = ingest?.stats.tags ?? 0;
    return { tags, flows: flows.pulse(names), ...times() };
  },
  observe: async (name, after, limit, modules) => flows.observe(name, after, limit, modules),
  async recording() {
    return ingest?.recording() ?? new Uint8Array(0);
  },
  async receipt(session) {
    const last = ingest?.lastOf(BigInt(`0x${session}`)) ?? Number.POSITIVE_INFINITY;
    await ingest?.handedOn();
    await source?.caughtUp();
    return last <= 0 || (await flows.settled()) ? last : 0;
  },
  async close() {
    clearInterval(ticking);
    await (ingest ?? source)?.close();
    await flows.drain();
    // Before the sinks are given time to flush: whoever stops the gateway may lose patience meanwhile.
    await checkpointer.stop();
    await flows.close();
  },
};

const noIngest = {
  ingest: { connections: 0, frames: 0, bytes: 0, tags: 0, unrouted: 0, refused: {} },
  recorder: { bytes: 0, bytesMax: 0, batches: 0, skipped: 0 },
};

function collectStats(names: readonly FlowName[]): DataPlaneStats {
  return {
    ...(ingest ? { ingest: ingest.stats, recorder: ingest.recorderStats } : noIngest),
    flows: flows.stats(names).map((flow) => ({ ...flow, ...checkpointer.stats(flow.name) })),
    disk: { ...checkpointer.diskStats, deadLetterErrors: flows.deadLetterErrors },
    ...times(),
  };
}

function times(): Pick<DataPlaneStats, "socketToSinkQueueP50Us" | "socketToSinkQueueP99Us"> {
  return {
    socketToSinkQueueP50Us: socketToSinkQueue.percentileUs(50),
    socketToSinkQueueP99Us: socketToSinkQueue.percentileUs(99),
  };
}

if (ingest || source) {
  // What a call subscribed to is routed once it is answered.
  answerCalls(port, plane, async () => source?.settled());
  port.postMessage({ addresses: ingest?.addresses ?? [] });
}
