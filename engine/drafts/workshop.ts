// Where drafts are worked on: each in a process of its own that ends with it, so that the data plane keeps its latency and
// the gateway gets the memory back that fusing takes. One at a time, a few may wait; each has its time.

import { fork } from "node:child_process";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { effortFor, v8Options } from "@flowfusion/fusion";
import { FlowFusionError, type FusePhase, graphLimits } from "@flowfusion/graph";
import { fromRemoteError } from "../dataplane/rpc.ts";
import { Turn } from "../turns.ts";
import type { Job, JobAnswer, JobResult } from "./job.ts";

export interface WorkshopLimits {
  /** For one draft, from the start of its process, ms; and so much more for each of its nodes. */
  readonly jobMsMax: number;
  readonly nodeMsMax: number;
  /** The process's heap for JavaScript; what fusing takes besides is bounded by the limits of graphs and modules. */
  readonly heapMegabytesMax: number;
  /** Drafts that may wait, the one that is worked on included. */
  readonly waitingMax: number;
}

/** The largest flow takes a third of a minute on two cores, and several times as long where they have much else to do. */
export const defaultWorkshopLimits: WorkshopLimits = {
  jobMsMax: 60_000,
  nodeMsMax: 1_000,
  heapMegabytesMax: 512,
  waitingMax: 4,
};

const program = new URL("./draft-worker.ts", import.meta.url);

export class Workshop {
  readonly #limits: WorkshopLimits;
  readonly #turn = new Turn();

  constructor(limits: WorkshopLimits = defaultWorkshopLimits) {
    this.#limits = limits;
  }

  /**
   * Does a job when its turn comes. Rejects with what is wrong with the draft, `FF_API_BUSY` when too many wait,
   * `FF_DRAFT_FAILED` when it takes too long or its process dies, and with the signal's reason when that is aborted.
   */
  async run<Kind extends Job["kind"]>(
    job: Extract<Job, { kind: Kind }>,
    signal: AbortSignal,
    onPhase: (phase: FusePhase) => void = () => {},
  ): Promise<JobResult[Kind]> {
    const { waiting } = this.#turn;
    const { waitingMax } = this.#limits;
    if (waiting >= waitingMax) {
      throw new FlowFusionError("FF_API_BUSY", `${waiting} drafts wait already, ${waitingMax} may; try again`);
    }
    return (await this.#turn.run(() => this.#work(job, signal, onPhase))) as JobResult[Kind];
  }

  #work(job: Job, signal: AbortSignal, onPhase: (phase: FusePhase) => void): Promise<JobResult[keyof JobResult]> {
    signal.throwIfAborted();
    const { heapMegabytesMax } = this.#limits;
    const msMax = this.#msMaxOf(job);
    const child = fork(fileURLToPath(program), [], {
      serialization: "advanced",
      execArgv: [`--max-old-space-size=${heapMegabytesMax}`, ...v8OptionsFor(job)],
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const { promise, resolve, reject } = Promise.withResolvers<JobResult[keyof JobResult]>();
    const failed = (why: string) => new FlowFusionError("FF_DRAFT_FAILED", `the draft ${why}`);
    const timer = setTimeout(() => reject(failed(`takes more than the ${msMax / 1000} s allowed`)), msMax);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    child.on("message", (answer: JobAnswer) => {
      if ("phase" in answer) onPhase(answer.phase);
      else if ("result" in answer) resolve(answer.result);
      else reject(fromRemoteError(answer.error));
    });
    child.on("error", (error) => reject(failed(`could not be worked on: ${error.message}`)));
    child.on("exit", (code, killed) => reject(failed(`ended its process (${killed ?? `exit code ${code}`})`)));
    child.on("spawn", () => {
      lowerPriority(child.pid!);
      child.send(job);
    });
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      child.kill("SIGKILL");
    });
  }

  #msMaxOf(job: Job): number {
    const { jobMsMax, nodeMsMax } = this.#limits;
    return jobMsMax + (job.kind === "fuse" ? nodeMsMax * Math.min(nodesIn(job.document), graphLimits.nodesMax) : 0);
  }
}

/** Flows that are compared run long enough to be compiled well. */
function v8OptionsFor(job: Job): string[] {
  return job.kind === "fuse" ? v8Options(effortFor(nodesIn(job.document))) : [];
}

/** Of a document that may be anything. */
function nodesIn(document: unknown): number {
  const { nodes } = Object(document) as { readonly nodes?: unknown };
  return Object.keys(Object(nodes)).length;
}

/** The data plane's threads come first. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It may have ended already, or the system does not allow it.
  }
}
