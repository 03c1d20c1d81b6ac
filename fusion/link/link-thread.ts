// A thread that links, as its users see it: started when first needed, used for one module after the other, ended when
// it has had nothing to do for a while. It keeps the caller's event loop free, and what goes wrong in it, however badly,
// fails the one module that it was working on; the next gets a new thread.

import type { Worker } from "node:worker_threads";
import { FlowFusionError } from "@flowfusion/graph";
import { fromLinkError, type LinkAnswer, type LinkRequest } from "./link-request.ts";

export interface LinkThreadOptions {
  /** Starts a thread that answers each LinkRequest with a LinkAnswer. */
  readonly start: () => Worker;
  /** A module that takes longer is given up, and the thread with it. */
  readonly linkMsMax: number;
  /** Without work for this long the thread is ended; its memory goes back to the process, to the system only in part. */
  readonly idleMsMax: number;
}

interface Job {
  readonly request: LinkRequest;
  resolve(wasm: Uint8Array<ArrayBuffer>): void;
  reject(error: FlowFusionError): void;
}

export class LinkThread {
  readonly #options: LinkThreadOptions;
  readonly #queue: Job[] = [];
  #running: Job | undefined;
  #worker: Worker | undefined;
  /** Bounds the running job, or the time without one. */
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LinkThreadOptions) {
    this.#options = options;
  }

  /** Rejects with a FlowFusionError, `FF_FUSE_LINK` when the thread fails. */
  link(request: LinkRequest): Promise<Uint8Array<ArrayBuffer>> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#queue.push({ request, resolve, reject });
    if (this.#running === undefined) this.#next();
    return promise;
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#running = this.#queue.shift();
    if (this.#running === undefined) {
      this.#rest();
      return;
    }
    const { linkMsMax } = this.#options;
    this.#worker ??= this.#startWorker();
    // Somebody waits for the result: the process must not end before it is there.
    this.#worker.ref();
    this.#timer = setTimeout(() => this.#giveUp(`takes more than the ${linkMsMax / 1000} s allowed`), linkMsMax);
    this.#worker.postMessage(this.#running.request);
  }

  #rest(): void {
    this.#worker?.unref();
    this.#timer = setTimeout(() => this.#endWorker(), this.#options.idleMsMax).unref();
  }

  #startWorker(): Worker {
    const worker = this.#options.start();
    const ifCurrent =
      <Event>(handle: (event: Event) => void) =>
      (event: Event) => {
        if (worker === this.#worker) handle(event);
      };
    worker.on(
      "message",
      ifCurrent((answer: LinkAnswer) => this.#settle(answer)),
    );
    worker.on(
      "error",
      ifCurrent((error: unknown) => this.#giveUp(`failed: ${error instanceof Error ? error.message : String(error)}`)),
    );
    worker.on(
      "exit",
      ifCurrent((code: number) => this.#giveUp(`ended with exit code ${code}`)),
    );
    return worker;
  }

  #settle(answer: LinkAnswer): void {
    const job = this.#running;
    if ("wasm" in answer) job?.resolve(answer.wasm);
    else {
      // What an error has left behind in the thread is not known.
      this.#endWorker();
      job?.reject(fromLinkError(answer.error));
    }
    this.#next();
  }

  #giveUp(why: string): void {
    const job = this.#running;
    this.#endWorker();
    job?.reject(new FlowFusionError("FF_FUSE_LINK", `the linker ${why}`));
    this.#next();
  }

  #endWorker(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}
