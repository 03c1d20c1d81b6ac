// Who links: one process after another takes what waits, in the order in which it came. A second one costs a start and some
// 200 MB, so it is for those who wait with many flows, as a first preview of a large stack does.

import type { FlowFusionError } from "@flowfusion/graph";
import { type LinkJob, LinkProcess, type LinkProcessOptions } from "./link-process.ts";
import type { LinkRequest } from "./link-request.ts";

export interface LinkProcessesOptions extends LinkProcessOptions {
  readonly processesMax: number;
}

/** Waiting nodes from which on one more process is worth its start: a second of linking. */
const anotherNodesMin = 100;

export class LinkProcesses {
  readonly #queue: LinkJob[] = [];
  readonly #processes: readonly LinkProcess[];

  constructor({ processesMax, ...options }: LinkProcessesOptions) {
    const onFree = () => this.#assign();
    this.#processes = Array.from({ length: processesMax }, () => new LinkProcess(options, onFree));
  }

  /** Rejects with a FlowFusionError, `FF_FUSE_LINK` when the process fails. */
  link(request: LinkRequest): Promise<Uint8Array<ArrayBuffer>> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#queue.push({ request, resolve, reject: (error: FlowFusionError) => reject(error) });
    this.#assign();
    return promise;
  }

  #assign(): void {
    for (const [index, process] of this.#processes.entries()) {
      const nodes = this.#queue.reduce((sum, { request }) => sum + request.nodes.length, 0);
      const isWorthIt = index === 0 || process.isStarted || nodes >= anotherNodesMin;
      const job = !process.isBusy && isWorthIt ? this.#queue.shift() : undefined;
      if (job !== undefined) process.work(job, nodes);
    }
  }
}
