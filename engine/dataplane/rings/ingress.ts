// The thread that reads the sockets when several threads run flows: it decodes each batch once, and writes what is for
// each flow into the ring of the thread that runs it. No flow runs here, so none can hold up what others are sent.
//
// Where a ring has no room, what was read waits while its thread goes on taking from it, so that the rest of a rush waits in the
// socket. Where it does not, what came by an input that drops is dropped, counted for its flow. An input that blocks is not read
// while a ring is half full.

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Ingest, type Subscription } from "../ingest.ts";
import { toRemoteError } from "../rpc.ts";
import { answerCalls } from "../serve.ts";
import type { DataPlaneStats, Pulse } from "../types.ts";
import { RingWriter } from "./frame-ring.ts";
import type { DropCounts, IngressOptions, SubscriptionsOfThread } from "./shared.ts";
import { sharedNowMs } from "./shared-clock.ts";

interface Thread {
  readonly writer: RingWriter;
  readonly drops: DropCounts;
  readonly port: MessagePort;
  /** Of the subscriptions that the router has. */
  epoch: number;
  subscriptions: SubscriptionsOfThread;
}

/** Share of a ring that is full when inputs are held back, and when they go on. */
const highShare = 1 / 2;
const lowShare = 1 / 4;
/** How often it is looked whether held back inputs may go on. */
const reliefIntervalMs = 1;

const { ingest: inputs, recorderBytesMax, threads: given } = workerData as IngressOptions;
const ringBytes = given[0]!.ring.byteLength;
const threads = given.map(({ ring, drops, port }): Thread => {
  return {
    writer: new RingWriter(ring),
    drops: new Int32Array(drops),
    port,
    epoch: 0,
    subscriptions: { epoch: 0, subscriptions: [] },
  };
});
/** One for all, so that none is made for each. */
const record = { slot: 0, epoch: 0, frames: 0, policy: "block" as "block" | "drop", arrivedMs: 0 };
let heldBack: NodeJS.Timeout | undefined;

const ingest = await listen();

async function listen(): Promise<Ingest | undefined> {
  try {
    const handlers = { onFrames, onReadEnd, catchUp: wakeThreads };
    const listening = await Ingest.listen({ inputs, recorderBytesMax, nowMs: sharedNowMs, ...handlers });
    return listening;
  } catch (error) {
    parentPort!.postMessage({ error: toRemoteError(error) });
    return undefined;
  }
}

/** Slots of all threads take turns in the router's numbers. */
function onFrames(
  routed: number,
  memory: Uint8Array,
  start: number,
  bytes: number,
  frames: number,
  policy: "block" | "drop",
): void {
  const thread = threads[routed % threads.length]!;
  record.slot = Math.floor(routed / threads.length);
  record.epoch = thread.epoch;
  record.frames = frames;
  record.policy = policy;
  record.arrivedMs = ingest!.readBeganMs;
  while (!thread.writer.write(memory, start, bytes, record)) {
    if (policy === "drop" && !thread.writer.isReaderGoingOn) {
      Atomics.add(thread.drops, record.slot, frames);
      return;
    }
    thread.writer.waitForRoom();
  }
}

function wakeThreads(): boolean {
  for (const { writer } of threads) writer.ring();
  return true;
}

function onReadEnd(): void {
  if (heldBack === undefined && threads.some(({ writer }) => writer.used > ringBytes * highShare)) {
    ingest!.holdBack(true);
    heldBack = setInterval(goOnWhenRelieved, reliefIntervalMs);
  }
}

function goOnWhenRelieved(): void {
  if (threads.some(({ writer }) => writer.used > ringBytes * lowShare)) return;
  clearInterval(heldBack);
  heldBack = undefined;
  ingest!.holdBack(false);
}

function subscribe(thread: Thread, subscriptions: SubscriptionsOfThread): void {
  thread.subscriptions = subscriptions;
  ingest!.subscribe(allSubscriptions);
  thread.port.postMessage(subscriptions.epoch);
}

function* allSubscriptions(): Iterable<Subscription> {
  for (const [index, thread] of threads.entries()) {
    thread.epoch = thread.subscriptions.epoch;
    for (const { pattern, route } of thread.subscriptions.subscriptions) {
      yield { pattern, route: { slot: route.slot * threads.length + index, input: route.input } };
    }
  }
}

if (ingest) {
  for (const thread of threads) {
    thread.port.on("message", (message: SubscriptionsOfThread) => subscribe(thread, message));
  }
  answerCalls(parentPort!, {
    async stats(): Promise<DataPlaneStats> {
      const { stats, recorderStats } = ingest;
      const ofFlows = {
        ...{ flows: [], disk: { checkpointFailures: 0, checkpointErrors: [], deadLetterErrors: [] } },
        ...{ socketToSinkQueueP50Us: 0, socketToSinkQueueP99Us: 0 },
      };
      return { ingest: stats, recorder: recorderStats, ...ofFlows };
    },
    async pulse(): Promise<Pulse> {
      return { tags: ingest.stats.tags, flows: [], socketToSinkQueueP50Us: 0, socketToSinkQueueP99Us: 0 };
    },
    async recording() {
      return ingest.recording();
    },
    async receipt(session) {
      const last = ingest.lastOf(BigInt(`0x${session}`));
      await ingest.handedOn();
      return last;
    },
    async close() {
      clearInterval(heldBack);
      await ingest.close();
      for (const { port } of threads) port.close();
    },
  });
  parentPort!.postMessage({ addresses: ingest.addresses });
}
