// The data plane as seen from the main thread: calls become requests to its thread, answers settle them. When the
// thread ends without having been told to, `failed` says so and every call, under way or later, rejects: there is
// nothing left that could answer.

import type { Worker } from "node:worker_threads";
import { type Answer, fromRemoteError, type Ready, type RemoteMethod, remoteMethods } from "./rpc.ts";
import type { DataPlane } from "./types.ts";

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Waits until the thread is ready. Rejects with what keeps it from starting. */
export async function connectTo(worker: Worker): Promise<DataPlane> {
  const thread = new Thread(worker);
  const ready = await thread.ready;
  if ("error" in ready) {
    await thread.terminate();
    throw fromRemoteError(ready.error);
  }
  return {
    addresses: ready.addresses,
    failed: thread.failed,
    ...callsOf(thread),
    async close() {
      if (thread.isGone) return;
      await thread.call("close");
      await thread.terminate();
    },
  };
}

function callsOf(thread: Thread): Pick<DataPlane, RemoteMethod> {
  const entries = remoteMethods.map((method) => [
    method,
    (...parameters: Parameters<DataPlane[RemoteMethod]>) => thread.call(method, ...parameters),
  ]);
  return Object.fromEntries(entries) as Pick<DataPlane, RemoteMethod>;
}

class Thread {
  readonly ready: Promise<Ready>;
  readonly failed: Promise<Error>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #isEnding = false;
  #goneBecause: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    const ready = Promise.withResolvers<Ready>();
    const failure = Promise.withResolvers<Error>();
    this.ready = ready.promise;
    this.failed = failure.promise;
    worker.once("message", (first: Ready) => {
      ready.resolve(first);
      worker.on("message", (answer: Answer) => this.#settle(answer));
    });
    const gone = (error: Error) => {
      if (this.#goneBecause) return;
      this.#goneBecause = error;
      ready.reject(error);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
      if (!this.#isEnding) failure.resolve(error);
    };
    worker.on("error", (cause) => gone(new Error(`the data plane's thread died: ${textOf(cause)}`, { cause })));
    worker.on("exit", (code) => gone(new Error(`the data plane's thread ended with exit code ${code}`)));
  }

  get isGone(): boolean {
    return this.#goneBecause !== undefined;
  }

  call<M extends RemoteMethod>(method: M, ...parameters: Parameters<DataPlane[M]>): ReturnType<DataPlane[M]> {
    const answer = new Promise((resolve, reject) => {
      if (this.#goneBecause) return reject(this.#goneBecause);
      const id = this.#nextId++;
      this.#worker.postMessage({ id, method, parameters });
      this.#pending.set(id, { resolve, reject });
    });
    return answer as ReturnType<DataPlane[M]>;
  }

  async terminate(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const call = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("error" in answer) call?.reject(fromRemoteError(answer.error));
    else call?.resolve(answer.result);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
