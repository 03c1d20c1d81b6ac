// What becomes of a version that was recorded: it is on trial for a while, and then stays, or the one before is put back. A
// trial ends with the gateway.

import { FlowFusionError, type FlowName } from "@flowfusion/graph";
import type { DataPlane, TrialOutcome } from "../dataplane/types.ts";
import type { CurrentRow, FlowTable } from "../store/flow-table.ts";
import type { Store } from "../store/store.ts";
import type { Deployer } from "./deploy.ts";
import type { DeploymentLog } from "./deployment-log.ts";
import type { KeyedQueue } from "./keyed-queue.ts";
import { ApiError } from "./problem.ts";
import type { Releases } from "./releases.ts";
import type { FlowStatus } from "./schemas.ts";

const stateWords = { new: "the state that it left", before: "the state of the swap" };

export interface TrialsParts {
  readonly store: Store;
  readonly dataPlane: DataPlane;
  readonly deployer: Deployer;
  readonly releases: Releases;
  /** By flow. */
  readonly writes: KeyedQueue;
  readonly closing: AbortSignal;
}

export class Trials {
  readonly #store: Store;
  readonly #dataPlane: DataPlane;
  readonly #deployer: Deployer;
  readonly #releases: Releases;
  readonly #writes: KeyedQueue;
  readonly #closing: AbortSignal;

  constructor({ store, dataPlane, deployer, releases, writes, closing }: TrialsParts) {
    this.#store = store;
    this.#dataPlane = dataPlane;
    this.#deployer = deployer;
    this.#releases = releases;
    this.#writes = writes;
    this.#closing = closing;
  }

  /** Waits for the trial of a version. Throws FF_DEPLOY_UNHEALTHY when it was rolled back. */
  async settle(status: FlowStatus, before: CurrentRow | undefined, log: DeploymentLog): Promise<void> {
    const { name, generation } = status;
    const gateMs = before === undefined ? 0 : this.#deployer.gateMs(status.options);
    if (before === undefined || gateMs === 0) {
      this.#releases.accept(name, status.artefact);
      log.report("healthy", { text: `runs as generation ${generation}`, generation });
      return;
    }
    const text = `runs as generation ${generation}, on trial for ${gateMs / 1000} s`;
    log.report("on_trial", { text, generation, trialMs: gateMs });
    const outcome = await this.#trial(name);
    switch (outcome.verdict) {
      case "healthy":
        // Not before: what was rolled back must not keep the version before from being deployed again.
        this.#releases.accept(name, status.artefact);
        log.report("healthy", { text: healthyText(outcome), generation });
        return;
      case "superseded":
        throw await this.#superseded(log, generation);
      case "interrupted":
        throw this.interrupted(log);
      case "unhealthy":
        await this.#putBack(name, generation, before, outcome.why, log);
    }
  }

  /** Ends with the gateway. */
  async #trial(name: FlowName): Promise<TrialOutcome | { readonly verdict: "interrupted" }> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    if (this.#closing.aborted) end();
    this.#closing.addEventListener("abort", end);
    try {
      const interrupted = ended.then(() => ({ verdict: "interrupted" }) as const);
      return await Promise.race([this.#dataPlane.trial(name), interrupted]);
    } finally {
      this.#closing.removeEventListener("abort", end);
    }
  }

  async #putBack(
    name: FlowName,
    generation: number,
    before: CurrentRow,
    why: string,
    log: DeploymentLog,
  ): Promise<never> {
    const rolledBack = async () => {
      const current = this.#store.flows.current(name);
      return current?.generation === generation ? this.#deployer.rollBack(current, before, why) : undefined;
    };
    const done = await this.#writes.run(name, rolledBack, true).catch((error: unknown) => {
      throw notRolledBack(generation, why, error);
    });
    if (done === undefined) throw await this.#superseded(log, generation);
    const { swap, note, generation: now } = done;
    const text = `generation ${generation} was rolled back to generation ${before.generation}, now ${now}, with ${stateWords[swap.stateFrom]}: ${note}`;
    log.report("rolled_back", { text, generation: now, swap, code: "FF_DEPLOY_UNHEALTHY", step: "health" });
    throw new ApiError("FF_DEPLOY_UNHEALTHY", `flow ${name}: ${text}`, { members: { step: "health" } });
  }

  /** Told once the write that did it is done: it may have failed. */
  async #superseded(log: DeploymentLog, generation: number): Promise<ApiError> {
    await this.#writes.underWay(log.flow);
    const text = supersededText(generation, this.#store.flows.current(log.flow)?.generation);
    log.report("superseded", { text });
    return new ApiError("FF_DEPLOY_SUPERSEDED", text, { members: { step: "health" } });
  }

  /** The gateway ends, as it is told to or as `cause` says, before it is known how the version does. */
  interrupted(log: DeploymentLog, cause?: unknown): ApiError {
    const text = interruption(this.#store.flows, log);
    log.report("interrupted", { text });
    return new ApiError("FF_DEPLOY_INTERRUPTED", `flow ${log.flow}: ${text}`, { cause, members: { step: "health" } });
  }
}

/** What became of a deploy that the end of the gateway cut short, for people: what the next start runs. */
export function interruption(flows: FlowTable, log: DeploymentLog): string {
  const current = flows.current(log.flow);
  const runs = current === undefined ? "the flow does not run" : `generation ${current.generation} runs`;
  const generation = log.generation ?? (current && isOf(current, log) ? current.generation : undefined);
  if (generation === undefined) return `the gateway ended before the version was recorded; ${runs}`;
  if (generation === current?.generation) {
    return `the gateway ended before the trial was over; generation ${generation} was recorded, and runs without one`;
  }
  const why = current?.note === undefined ? "" : `, which the ${current.by} put in place: ${current.note}`;
  return `the gateway ended before it said what became of generation ${generation}; ${runs}${why}`;
}

/** Of one whose recording the log does not tell. */
const isOf = ({ artefact, by, at }: CurrentRow, log: DeploymentLog): boolean =>
  artefact === log.artefact && by === log.by && at === log.beganAt;

/** `now`: the generation that is recorded. */
function supersededText(generation: number, now: number | undefined): string {
  if (now === undefined) return `the flow was deleted before the trial of generation ${generation} was over`;
  const text = `another version took the place of generation ${generation} before its trial was over`;
  return now === generation ? `${text}, and did not stay; generation ${now} runs again, without a trial` : text;
}

/** The version on trial is worse, and it is not known that the one before runs. */
function notRolledBack(generation: number, why: string, cause: unknown): unknown {
  if (!(cause instanceof FlowFusionError)) return cause;
  const text = `generation ${generation} was to be rolled back (${why}): ${cause.message}`;
  return new ApiError(cause.code, text, { cause, members: { step: "health" } });
}

function healthyText({ ms, note }: { readonly ms: number; readonly note?: string | undefined }): string {
  const seconds = ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1_000);
  return `healthy for ${seconds} s${note === undefined ? "" : `; ${note}`}`;
}
