// Starts the data plane's thread and speaks to it.

import path from "node:path";
import { Worker } from "node:worker_threads";
import { type Answer, fromRemoteError, type Ready, type RemoteMethod, type WorkerOptions } from "./rpc.ts";
import type { DataPlane } from "./types.ts";

export interface DataPlaneOptions {
  /** Addresses that drivers PUSH to: `tcp://HOST:PORT` (port 0: any free one) or `ipc://PATH`. */
  readonly ingest: readonly string[];
  /** The gateway's data folder. */
  readonly dataDir: string;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Rejects with a FlowFusionError `FF_TRANSPORT_*` when an address cannot be listened on. */
export async function startDataPlane({ ingest, dataDir }: DataPlaneOptions): Promise<DataPlane> {
  const workerData: WorkerOptions = { ingest, outputDir: path.join(dataDir, "output") };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData, name: "data plane" });
  const pending = new Map<number, Pending>();
  let nextId = 0;

  const ready = await new Promise<Ready>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  if ("error" in ready) {
    await worker.terminate();
    throw fromRemoteError(ready.error);
  }

  worker.on("message", (answer: Answer) => {
    const call = pending.get(answer.id);
    pending.delete(answer.id);
    if ("error" in answer) call?.reject(fromRemoteError(answer.error));
    else call?.resolve(answer.result);
  });
  const failAll = (error: Error) => {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  worker.on("error", failAll);
  worker.on("exit", () => failAll(new Error("the data plane has stopped")));

  const call = <M extends RemoteMethod>(
    method: M,
    ...parameters: Parameters<DataPlane[M]>
  ): ReturnType<DataPlane[M]> => {
    const id = nextId++;
    const answer = new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
    worker.postMessage({ id, method, parameters });
    return answer as ReturnType<DataPlane[M]>;
  };

  return {
    addresses: ready.addresses,
    deploy: (name, program) => call("deploy", name, program),
    remove: (name) => call("remove", name),
    stats: () => call("stats"),
    async close() {
      await call("close");
      await worker.terminate();
    },
  };
}
