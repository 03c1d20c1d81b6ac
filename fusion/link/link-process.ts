// A process that links: started when first needed, used for one module after the other, ended when it has had nothing to do
// for a while. It keeps the caller's event loop free and takes its memory with it, and what goes
// wrong in it, however badly, fails the one module that it was working on; the next gets a new process.

import type { ChildProcess } from "node:child_process";
import { FlowFusionError } from "@flowfusion/graph";
import type { Effort } from "./effort.ts";
import { fromLinkError, type LinkAnswer, type LinkRequest } from "./link-request.ts";

export interface LinkProcessOptions {
  /** Starts a process that answers each LinkRequest with a LinkAnswer. */
  readonly start: (effort: Effort) => ChildProcess;
  /** What so many nodes are worth. */
  readonly effortFor: (nodes: number) => Effort;
  /** A module that takes longer is given up, and the process with it. */
  readonly linkMsMax: number;
  /** Without work for this long the process is ended. */
  readonly idleMsMax: number;
}

export interface LinkJob {
  readonly request: LinkRequest;
  resolve(wasm: Uint8Array<ArrayBuffer>): void;
  reject(error: FlowFusionError): void;
}

export class LinkProcess {
  readonly #options: LinkProcessOptions;
  readonly #onFree: () => void;
  #running: LinkJob | undefined;
  #child: { readonly process: ChildProcess; readonly effort: Effort } | undefined;
  /** Bounds the running job, or the time without one. */
  #timer: NodeJS.Timeout | undefined;

  /** `onFree`: a job is done, and another may come. */
  constructor(options: LinkProcessOptions, onFree: () => void) {
    this.#options = options;
    this.#onFree = onFree;
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  get isStarted(): boolean {
    return this.#child !== undefined;
  }

  /** Settles the job. `nodes`: of all flows that wait, this one included. */
  work(job: LinkJob, nodes: number): void {
    clearTimeout(this.#timer);
    this.#running = job;
    const { linkMsMax } = this.#options;
    const child = this.#childFor(nodes);
    // Somebody waits for the result: the caller's process must not end before it is there.
    child.ref();
    child.channel?.ref();
    this.#timer = setTimeout(() => this.#giveUp(`takes more than the ${linkMsMax / 1000} s allowed`), linkMsMax);
    child.send(job.request, (error) => {
      if (error !== null && child === this.#child?.process) this.#giveUp(`cannot be reached: ${error.message}`);
    });
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#running = undefined;
    const child = this.#child?.process;
    child?.unref();
    child?.channel?.unref();
    this.#timer = setTimeout(() => this.#endChild(), this.#options.idleMsMax).unref();
  }

  /** One that was started for little work makes room for one that is worth its start. */
  #childFor(nodes: number): ChildProcess {
    const effort = this.#options.effortFor(nodes);
    if (this.#child?.effort === "start fast" && effort === "run fast") this.#endChild();
    this.#child ??= { process: this.#start(effort), effort };
    return this.#child.process;
  }

  #start(effort: Effort): ChildProcess {
    const child = this.#options.start(effort);
    const ifCurrent =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (child === this.#child?.process) handle(...args);
      };
    child.on(
      "message",
      ifCurrent((answer: LinkAnswer) => this.#settle(answer)),
    );
    child.on(
      "error",
      ifCurrent(({ message }: Error) => this.#giveUp(`failed: ${message}`)),
    );
    child.on(
      "exit",
      ifCurrent((code: number | null, signal: NodeJS.Signals | null) =>
        this.#giveUp(`ended with ${signal ?? `exit code ${code}`}`),
      ),
    );
    return child;
  }

  #settle(answer: LinkAnswer): void {
    const job = this.#running;
    if ("wasm" in answer) job?.resolve(answer.wasm);
    else {
      // What an error has left behind in the process is not known.
      this.#endChild();
      job?.reject(fromLinkError(answer.error));
    }
    this.#rest();
    this.#onFree();
  }

  #giveUp(why: string): void {
    const job = this.#running;
    this.#endChild();
    job?.reject(new FlowFusionError("FF_FUSE_LINK", `the linker ${why}`));
    this.#rest();
    this.#onFree();
  }

  #endChild(): void {
    const child = this.#child?.process;
    this.#child = undefined;
    child?.kill("SIGKILL");
  }
}
