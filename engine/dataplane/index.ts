// Starts the data plane's thread.

import path from "node:path";
import { Worker } from "node:worker_threads";
import type { OutboundRules } from "../security/outbound.ts";
import { connectTo } from "./remote.ts";
import type { WorkerOptions } from "./rpc.ts";
import type { DataPlane } from "./types.ts";

/** Small, so that scavenges are short and memory stays low: what the data plane allocates is gone after a batch. */
const maxYoungGenerationSizeMb = 6;

const defaultRecorderBytesMax = 8 * 1024 * 1024;

export interface DataPlaneOptions {
  /** Addresses that drivers PUSH to: `tcp://HOST:PORT` (port 0: any free one) or `ipc://PATH`. */
  readonly ingest: readonly string[];
  /** The gateway's data folder. */
  readonly dataDir: string;
  /** How much of what comes in is kept for recordings; 0 for nothing. 8 MiB when absent. */
  readonly recorderBytesMax?: number;
  /** Where sinks may connect to; anywhere when absent. */
  readonly outbound?: OutboundRules;
}

/** Rejects with a FlowFusionError `FF_TRANSPORT_*` when an address cannot be listened on. */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const { ingest, dataDir, recorderBytesMax, outbound } = options;
  const workerData: WorkerOptions = {
    ingest,
    outputDir: path.join(dataDir, "output"),
    spoolDir: path.join(dataDir, "spool"),
    ...(outbound && { outbound }),
    recorderBytesMax: recorderBytesMax ?? defaultRecorderBytesMax,
  };
  return connectTo(
    new Worker(new URL("./worker.ts", import.meta.url), {
      workerData,
      name: "data plane",
      resourceLimits: { maxYoungGenerationSizeMb },
    }),
  );
}
