// Stands in for the data plane's thread in the agent's tests, which are about what the agent asks of it and does with
// its answers. The system tests run the real one.

import { FlowFusionError, type FlowName, type FlowStats, type ReplayReport, type SwapReport } from "@flowfusion/graph";
import type { DeadLetterPage } from "../dataplane/dead-letters.ts";
import type { TracePage } from "../dataplane/development/trace-ring.ts";
import type {
  CheckedModule,
  DataPlane,
  DataPlaneStats,
  FlowObservation,
  FlowProgram,
  Pulse,
  Rehearsal,
  RollBackReport,
  TrialOutcome,
} from "../dataplane/types.ts";

export class TestDataPlane implements DataPlane {
  readonly addresses = ["tcp://127.0.0.1:5555"];
  readonly failure = Promise.withResolvers<Error>();
  readonly failed = this.failure.promise;
  readonly programs = new Map<FlowName, FlowProgram>();
  /** What was asked, in order: `deploy boiler sha256:…`, `remove boiler`. */
  readonly calls: string[] = [];
  /** Thrown by the next deploy. */
  failNext: FlowFusionError | undefined;
  /** Flows of these digests never start. */
  readonly refusedDigests = new Set<string>();
  recorded = new Uint8Array();
  /** What becomes of every trial. */
  outcome: TrialOutcome = { verdict: "healthy", ms: 0 };
  running = 0;
  runningMost = 0;
  isClosed = false;

  async deploy(name: FlowName, program: FlowProgram): Promise<SwapReport> {
    this.calls.push(`deploy ${name} ${program.digest}`);
    this.runningMost = Math.max(this.runningMost, ++this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running--;
    const failure = this.failNext;
    this.failNext = undefined;
    if (failure !== undefined) {
      throw failure;
    }
    if (this.refusedDigests.has(program.digest)) {
      throw new FlowFusionError("FF_FLOW_CONFIGURE", "node hot: value is out of range", {
        diagnostics: [{ code: "FF_FLOW_CONFIGURE", path: "nodes.hot", message: "value is out of range" }],
      });
    }
    this.programs.set(name, program);
    return { pauseMs: 1.5, stateBytes: 64, state: { kept: ["hot"], migrated: [], reset: [] } };
  }

  /** The next deploy waits, before it changes anything or behind that, until it is let go on. */
  holdDeploy(where: "before" | "behind"): { readonly reached: Promise<void>; readonly goOn: () => void } {
    const deploy = this.deploy.bind(this);
    const reached = Promise.withResolvers<void>();
    const goingOn = Promise.withResolvers<void>();
    const wait = () => {
      reached.resolve();
      return goingOn.promise;
    };
    this.deploy = async (...program) => {
      this.deploy = deploy;
      if (where === "before") await wait();
      const report = await deploy(...program);
      if (where === "behind") await wait();
      return report;
    };
    return { reached: reached.promise, goOn: goingOn.resolve };
  }

  async rehearse(name: FlowName, program: FlowProgram): Promise<Rehearsal> {
    this.calls.push(`rehearse ${name} ${program.digest}`);
    return { pauseMs: 1, stateBytes: 64, state: { kept: ["hot"], migrated: [], reset: [] } };
  }

  async trial(): Promise<TrialOutcome> {
    return this.outcome;
  }

  async rollBack(name: FlowName): Promise<RollBackReport> {
    throw new FlowFusionError("FF_DEPLOY_NOTHING_BEFORE", `flow ${name}: no version before is kept ready`);
  }

  async setDevelopment(
    name: FlowName,
    development: { readonly modules: readonly CheckedModule[] } | undefined,
  ): Promise<SwapReport> {
    this.calls.push(`develop ${name} with ${development?.modules.length ?? 0} modules`);
    return { pauseMs: 1, stateBytes: 64, state: { kept: ["hot"], migrated: [], reset: [] } };
  }

  async traces(name: FlowName): Promise<TracePage> {
    if (!this.programs.has(name)) throw notRunning(name);
    return { steps: [], traced: 0 };
  }

  async deadLetters(): Promise<DeadLetterPage> {
    return { letters: [], kept: 0 };
  }

  async replayDeadLetters(): Promise<ReplayReport> {
    return { replayed: 0, deadAgain: 0, refused: [] };
  }

  async discardDeadLetters(): Promise<number> {
    return 0;
  }

  async remove(name: FlowName): Promise<void> {
    this.calls.push(`remove ${name}`);
    this.programs.delete(name);
  }

  async stats(names: readonly FlowName[]): Promise<DataPlaneStats> {
    return {
      ingest: { connections: 1, frames: 20, bytes: 2_000, tags: 200, unrouted: 5, refused: { malformed: 2 } },
      flows: names.flatMap((name) => {
        const program = this.programs.get(name);
        return program ? flowStats(name, program.digest) : [];
      }),
      disk: { checkpointFailures: 0, checkpointErrors: [], deadLetterErrors: [] },
      recorder: { bytes: this.recorded.length, bytesMax: 8_388_608, batches: 1, skipped: 0 },
      socketToSinkQueueP50Us: 120,
      socketToSinkQueueP99Us: 480,
    };
  }

  async pulse(names: readonly FlowName[]): Promise<Pulse> {
    this.calls.push("pulse");
    const { flows, ingest } = await this.stats(names);
    return {
      tags: ingest.tags,
      ...{ socketToSinkQueueP50Us: 120, socketToSinkQueueP99Us: 480 },
      flows: flows.map(
        ({ name, condition, mode, messagesIn, messagesOut, traps, deadLetters, deadLettersKept, input, ...flow }) => ({
          ...{
            name,
            condition,
            mode,
            messagesIn,
            messagesOut,
            dropped: 0,
            traps,
            deadLetters,
            deadLettersKept,
            queued: input.queued,
          },
          ...{ executeP50Us: flow.executeP50Us, executeP99Us: flow.executeP99Us },
        }),
      ),
    };
  }

  async observe(name: FlowName): Promise<FlowObservation> {
    this.calls.push(`observe ${name}`);
    const program = this.programs.get(name);
    if (!program) throw notRunning(name);
    const stats = flowStats(name, program.digest);
    return { stats, generation: program.generation, stepsJson: "[]", lastStep: undefined, traced: 0, isSampled: true };
  }

  async recording(): Promise<Uint8Array> {
    return this.recorded;
  }

  async receipt(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const notRunning = (name: FlowName): FlowFusionError =>
  new FlowFusionError("FF_API_NOT_RUNNING", `flow ${name} does not run`);

function flowStats(name: FlowName, digest: FlowStats["digest"]): FlowStats {
  return {
    name,
    digest,
    condition: "running",
    mode: "fused",
    input: { queued: 3, queuedBytes: 120, dropped: { input_full: 2 } },
    messagesIn: 100,
    messagesOut: 7,
    dropped: 3,
    droppedByBreaker: 0,
    traps: 0,
    restarts: 0,
    deadLetters: 0,
    deadLettersKept: 0,
    checkpointFailures: 0,
    executeP50Us: 3,
    executeP99Us: 9,
    nodes: [{ node: "hot", messagesIn: 100, messagesOut: [7, 93], traps: 0 }],
    sinks: [
      {
        node: "out",
        kind: "file",
        queued: 1,
        queuedBytes: 12,
        diskBytes: 0,
        diskBytesMax: 67_108_864,
        sent: 6,
        recovered: 0,
        dropped: { queue_full: 1 },
      },
    ],
  };
}
