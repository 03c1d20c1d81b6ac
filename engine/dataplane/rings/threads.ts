// Several threads that run flows, and one that reads the sockets for all of them, as one data plane. A flow lives on one
// thread for as long as it runs, so that the order of its messages holds; a new one goes where the fewest are.

import { MessageChannel, Worker } from "node:worker_threads";
import type { FlowName } from "@flowfusion/graph";
import { connectTo } from "../remote.ts";
import { type RemoteMethod, remoteMethods, type WorkerOptions } from "../rpc.ts";
import type { DataPlane, DataPlaneStats, Pulse } from "../types.ts";
import { createRing } from "./frame-ring.ts";
import { createDropCounts, type IngressOptions } from "./shared.ts";

/** Bytes of one ring. Twice the largest message must fit. */
const ringBytes = 4 * 1024 * 1024;

export interface ThreadsOptions {
  readonly ingest: readonly string[];
  readonly recorderBytesMax: number;
  readonly workers: number;
  readonly startWorker: (index: number, ring: NonNullable<WorkerOptions["ring"]>) => Worker;
}

/** Rejects as a single thread would, when an address cannot be listened on or a thread does not start; then none is left. */
export async function startThreads(options: ThreadsOptions): Promise<DataPlane> {
  const { ingest, recorderBytesMax } = options;
  const wires = Array.from({ length: options.workers }, () => {
    const { port1, port2 } = new MessageChannel();
    return { ring: createRing(ringBytes), drops: createDropCounts(), port1, port2 };
  });
  const workerData: IngressOptions = {
    ingest,
    recorderBytesMax,
    threads: wires.map(({ ring, drops, port1 }) => ({ ring, drops, port: port1 })),
  };
  const ingress = await connectTo(
    new Worker(new URL("./ingress.ts", import.meta.url), {
      workerData,
      name: "ingress",
      transferList: wires.map(({ port1 }) => port1),
    }),
  );
  const workers = await Promise.allSettled(
    wires.map(async ({ ring, drops, port2 }, index) =>
      connectTo(options.startWorker(index + 1, { ring, drops, port: port2 })),
    ),
  );
  const started = workers.flatMap((worker) => (worker.status === "fulfilled" ? [worker.value] : []));
  const failure = workers.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
  if (failure) {
    await Promise.allSettled([ingress, ...started].map((thread) => thread.close()));
    throw failure.reason;
  }
  return new Threads(ingress, started).plane();
}

class Threads {
  readonly #ingress: DataPlane;
  readonly #workers: readonly DataPlane[];
  readonly #homes = new Map<FlowName, DataPlane>();

  constructor(ingress: DataPlane, workers: readonly DataPlane[]) {
    this.#ingress = ingress;
    this.#workers = workers;
  }

  plane(): DataPlane {
    const all = [this.#ingress, ...this.#workers];
    return {
      addresses: this.#ingress.addresses,
      failed: Promise.race(all.map(({ failed }) => failed)),
      ...this.#callsOfFlows(),
      deploy: (name, ...rest) => this.#deploy(name, rest),
      remove: async (name) => {
        await this.#homeOf(name).remove(name);
        this.#homes.delete(name);
      },
      stats: (names) => this.#stats(names),
      pulse: (names) => this.#pulse(names),
      recording: () => this.#ingress.recording(),
      receipt: async (session) => {
        const last = await this.#ingress.receipt(session);
        if (last <= 0) return last;
        return Math.min(last, ...(await Promise.all(this.#workers.map((worker) => worker.receipt(session)))));
      },
      close: async () => {
        // First no more comes in, then what is in the rings is run.
        await this.#ingress.close();
        await Promise.all(this.#workers.map((worker) => worker.close()));
      },
    };
  }

  /** All that is asked of one flow, whose name comes first, is asked of its thread. */
  #callsOfFlows(): Pick<DataPlane, RemoteMethod> {
    const entries = remoteMethods.map((method) => [
      method,
      (name: FlowName, ...rest: unknown[]) => {
        const call = this.#homeOf(name)[method] as (...all: unknown[]) => Promise<unknown>;
        return call(name, ...rest);
      },
    ]);
    return Object.fromEntries(entries) as Pick<DataPlane, RemoteMethod>;
  }

  async #deploy(...[name, rest]: [FlowName, Rest<Parameters<DataPlane["deploy"]>>]) {
    const isNew = !this.#homes.has(name);
    const home = this.#homeOf(name);
    this.#homes.set(name, home);
    try {
      return await home.deploy(name, ...rest);
    } catch (error) {
      if (isNew) this.#homes.delete(name);
      throw error;
    }
  }

  #homeOf(name: FlowName): DataPlane {
    return this.#homes.get(name) ?? this.#emptiest();
  }

  #emptiest(): DataPlane {
    const counts = new Map(this.#workers.map((worker) => [worker, 0]));
    for (const home of this.#homes.values()) counts.set(home, counts.get(home)! + 1);
    return this.#workers.toSorted((a, b) => counts.get(a)! - counts.get(b)!)[0]!;
  }

  async #pulse(names: readonly FlowName[]): Promise<Pulse> {
    const [{ tags }, perWorker] = await Promise.all([
      this.#ingress.pulse([]),
      Promise.all(this.#workers.map((worker) => worker.pulse(names))),
    ]);
    return { tags, flows: perWorker.flatMap(({ flows }) => flows), ...slowest(perWorker) };
  }

  async #stats(names: readonly FlowName[]): Promise<DataPlaneStats> {
    const [{ ingest, recorder }, perWorker] = await Promise.all([
      this.#ingress.stats([]),
      Promise.all(this.#workers.map((worker) => worker.stats(names))),
    ]);
    return {
      ...{ ingest, recorder, flows: perWorker.flatMap(({ flows }) => flows) },
      disk: {
        checkpointFailures: perWorker.reduce((sum, { disk }) => sum + disk.checkpointFailures, 0),
        checkpointErrors: perWorker.flatMap(({ disk }) => disk.checkpointErrors),
        deadLetterErrors: perWorker.flatMap(({ disk }) => disk.deadLetterErrors),
      },
      ...slowest(perWorker),
    };
  }
}

type Times = Pick<DataPlaneStats, "socketToSinkQueueP50Us" | "socketToSinkQueueP99Us">;

/** Of the slowest thread: half of one thread's times may well be above those of another. */
const slowest = (threads: readonly Times[]): Times => ({
  socketToSinkQueueP50Us: Math.max(...threads.map((times) => times.socketToSinkQueueP50Us)),
  socketToSinkQueueP99Us: Math.max(...threads.map((times) => times.socketToSinkQueueP99Us)),
});

type Rest<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Others] ? Others : never;
