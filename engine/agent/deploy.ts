// The life of one deploy: read → meter → swap → commit. The swap is the data plane's and leaves the old flow running
// when it fails; the commit comes last, so that what is recorded has run. Each exit names its step.
//
//   read    the artefact is unknown, damaged or no flow         → nothing changed
//   meter   a feature or limit is refused                       → nothing changed
//   swap    it does not compile, configure or take the state    → nothing changed
//   commit  the store cannot record it                          → the version before is put back

import { type FlowLimits, meter, readArtefact } from "@flowfusion/fusion";
import { type Digest, FlowFusionError, type FlowName } from "@flowfusion/graph";
import type { DataPlane, FlowProgram, SwapReport } from "../dataplane/types.ts";
import { inSpan } from "../observe/spans.ts";
import type { CurrentRow, VersionDraft } from "../store/flow-table.ts";
import type { Store } from "../store/store.ts";
import { grantLimits } from "./limits.ts";
import { ApiError } from "./problem.ts";
import type { DeployStep, FlowOptions } from "./schemas.ts";

export class Deployer {
  readonly #store: Store;
  readonly #dataPlane: DataPlane;
  readonly #limits: FlowLimits;

  constructor(store: Store, dataPlane: DataPlane, limits: FlowLimits) {
    this.#store = store;
    this.#dataPlane = dataPlane;
    this.#limits = limits;
  }

  /** Runs and records a version in place of `before`, the one that runs now. */
  async deploy(draft: VersionDraft, before: CurrentRow | undefined): Promise<SwapReport> {
    const program = await this.#prepare(draft.artefact, JSON.parse(draft.options));
    const swap = await inStep("swap", () => this.#dataPlane.deploy(draft.flow, program));
    try {
      await inSpan("deploy commit", {}, async () => this.#store.flows.commit(draft));
    } catch (error) {
      throw await this.#putBack(draft.flow, before, error);
    }
    return swap;
  }

  /** Runs what is recorded, at the start of the gateway. */
  async restart(row: CurrentRow): Promise<void> {
    const program = await this.#prepare(row.artefact, JSON.parse(row.options));
    await inStep("swap", () => this.#dataPlane.deploy(row.flow, program));
  }

  /** Stops a flow, then records that it is gone: a deletion that is recorded has happened. */
  async remove(row: CurrentRow, isRunning: boolean, by: string): Promise<void> {
    if (isRunning) {
      await inStep("swap", () => this.#dataPlane.remove(row.flow));
    }
    try {
      this.#store.flows.remove(row.flow, row.generation, new Date().toISOString(), by);
    } catch (error) {
      throw isRunning ? await this.#putBack(row.flow, row, error) : error;
    }
  }

  async #prepare(digest: Digest, options: FlowOptions): Promise<FlowProgram> {
    const wasm = await inStep("read", () => this.#read(digest));
    const { graph } = await inStep("read", async () => readArtefact(wasm));
    const limits = await inStep("meter", async () => grantLimits(this.#limits, options));
    const metered = await inStep("meter", async () => meter(wasm, limits));
    return { digest, graph, metered, limits };
  }

  async #read(digest: Digest): Promise<Uint8Array> {
    const wasm = await this.#store.artefactBytes(digest);
    if (wasm === undefined) {
      throw new ApiError(
        "FF_DEPLOY_ARTEFACT_UNKNOWN",
        `the store has no artefact ${digest}; upload it with PUT /v1/artefacts/${digest}`,
      );
    }
    return wasm;
  }

  /** After a commit that failed: back to what is recorded. Says truthfully when that fails too. */
  async #putBack(flow: FlowName, before: CurrentRow | undefined, cause: unknown): Promise<ApiError> {
    const why = cause instanceof Error ? cause.message : String(cause);
    const members = { step: "commit" } as const;
    try {
      if (before === undefined) {
        await this.#dataPlane.remove(flow);
      } else {
        await this.restart(before);
      }
    } catch (error) {
      const second = error instanceof Error ? error.message : String(error);
      return new ApiError(
        "FF_DEPLOY_COMMIT",
        `${flow}: the change took effect but could not be recorded (${why}), and the version before could not be put back (${second}); ` +
          `a restart of the gateway runs what is recorded`,
        { cause: new AggregateError([cause, error]), members },
      );
    }
    const outcome =
      before === undefined ? "the flow was removed again" : `generation ${before.generation} was put back`;
    return new ApiError("FF_DEPLOY_COMMIT", `${flow}: the change could not be recorded (${why}); ${outcome}`, {
      cause,
      members,
    });
  }
}

/** Marks what fails inside with the step. Only refusals: a defect stays a defect and is answered as one. */
async function inStep<T>(step: DeployStep, work: () => Promise<T>): Promise<T> {
  try {
    return await inSpan(`deploy ${step}`, {}, work);
  } catch (error) {
    if (error instanceof FlowFusionError) {
      const { code, message, diagnostics } = error;
      throw new ApiError(code, message, { cause: error, diagnostics, members: { step } });
    }
    throw error;
  }
}
