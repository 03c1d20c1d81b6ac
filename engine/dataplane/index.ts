// Starts the data plane: one thread that does all, or several that run flows behind one that reads the sockets.

import path from "node:path";
import { Worker } from "node:worker_threads";
import type { FailpointCells } from "../failpoints.ts";
import type { OutboundRules } from "../security/outbound.ts";
import { deadLetterFolder } from "./dead-letter-journal.ts";
import { connectTo } from "./remote.ts";
import { startThreads } from "./rings/threads.ts";
import type { WorkerOptions } from "./rpc.ts";
import type { DataPlane } from "./types.ts";

/** Threads that run flows. Each holds a heap and a ring of its own, some 10 MB. */
export const workersMax = 16;

/** Small, so that scavenges are short and memory stays low: what the data plane allocates is gone after a batch. */
const maxYoungGenerationSizeMb = 3;
/** Far more than it needs. Where a heap could have 2 GB and more, the engine leaves three times as much garbage in it as there are objects. */
const maxOldGenerationSizeMb = 1024;
/** What a loss of power may cost of a flow's state. */
const checkpointIntervalDefaultMs = 5_000;

const defaultRecorderBytesMax = 4 * 1024 * 1024;

export interface DataPlaneOptions {
  /**
   * Addresses that drivers PUSH to: `tcp://HOST:PORT` (port 0: any free one) or `ipc://PATH`; with `?overload=drop`, what
   * a flow has no room for is dropped and counted, else its driver waits.
   */
  readonly ingest: readonly string[];
  /** The gateway's data folder. */
  readonly dataDir: string;
  /** Pause between two rounds of checkpoints. */
  readonly checkpointIntervalMs?: number;
  readonly failpoints?: FailpointCells | undefined;
  /** Threads that run flows, 1 to 16. With more than one, another thread reads the sockets. 1 when absent. */
  readonly workers?: number;
  /** How much of what comes in is kept for recordings; 0 for nothing. 4 MiB when absent. */
  readonly recorderBytesMax?: number;
  /** Where sinks may connect to; anywhere when absent. */
  readonly outbound?: OutboundRules;
}

/** Rejects with a FlowFusionError `FF_TRANSPORT_*` when an address cannot be listened on. */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const { ingest, dataDir, workers = 1, recorderBytesMax = defaultRecorderBytesMax, outbound } = options;
  if (workers < 1 || workers > workersMax) throw new RangeError(`${workers} workers, 1 to ${workersMax} allowed`);
  const flowOptions = {
    outputDir: path.join(dataDir, "output"),
    spoolDir: path.join(dataDir, "spool"),
    sessionDir: path.join(dataDir, "sparkplug"),
    deadLetterDir: path.join(dataDir, deadLetterFolder),
    checkpointDir: path.join(dataDir, "checkpoints"),
    checkpointIntervalMs: options.checkpointIntervalMs ?? checkpointIntervalDefaultMs,
    recorderBytesMax,
    failpoints: options.failpoints,
    ...(outbound && { outbound }),
  };
  if (workers === 1) return connectTo(startWorker("data plane", { ...flowOptions, ingest }));
  return startThreads({
    ingest,
    recorderBytesMax,
    workers,
    startWorker: (index, ring) => startWorker(`data plane ${index}`, { ...flowOptions, ingest: [], ring }),
  });
}

function startWorker(name: string, workerData: WorkerOptions): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), {
    workerData,
    name,
    resourceLimits: { maxYoungGenerationSizeMb, maxOldGenerationSizeMb },
    ...(workerData.ring && { transferList: [workerData.ring.port] }),
  });
}
