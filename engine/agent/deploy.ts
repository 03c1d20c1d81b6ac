// The life of one deploy: read → meter → swap → commit, and then health: a new version is on trial for a while. The swap is
// the data plane's and leaves the old flow running when it fails; the commit comes last, so that what is recorded has run.
// Each exit names its step.
//
//   read    the artefact is unknown, damaged or no flow,
//           or a connection that it names is missing            → nothing changed
//   meter   a feature or limit is refused                       → nothing changed
//   swap    it does not compile, configure or take the state    → nothing changed
//   commit  the store cannot record it,
//           or a connection that it names was changed meanwhile → the version before is put back
//   health  it runs worse than the version before               → the version before is put back, with its state

import { isDeepStrictEqual } from "node:util";
import type { FlowLimits } from "@flowfusion/fusion";
import { type Digest, FlowFusionError, type FlowName, type SwapReport } from "@flowfusion/graph";
import type { Connections } from "../connections/connections.ts";
import type { DataPlane, FlowProgram, HealthGate, Rehearsal, RollBackReport } from "../dataplane/types.ts";
import { failpoint } from "../failpoints.ts";
import type { IdleCollector } from "../idle-collector.ts";
import { inSpan } from "../observe/spans.ts";
import type { Endpoints } from "../sinks/endpoint.ts";
import type { FlowFolder } from "../store/flow-folder.ts";
import type { Author, CurrentRow, VersionDraft } from "../store/flow-table.ts";
import type { Store, WholeArtefact } from "../store/store.ts";
import { asStoreError } from "../store/store-error.ts";
import type { DeploymentLog } from "./deployment-log.ts";
import type { LeftoverFolders, Leftovers } from "./leftovers.ts";
import { grantLimits } from "./limits.ts";
import { MeteredModules } from "./metered-modules.ts";
import type { Modules } from "./modules.ts";
import { ApiError } from "./problem.ts";
import { Recovery, type RecoveryReport } from "./recovery.ts";
import type { DeployStep, FlowOptions } from "./schemas.ts";

/** Whom a roll-back of the gateway's own is recorded as made by. */
const gatewayName = "health gate";

/** A change that gives less is as likely meant as not: output is judged where the flow's options say by how much. */
const healthDefaults = { trapsMax: 0, droppedShareMax: 0.01, outputRatioMin: 0, latencyFactorMax: 5 };

export interface DeployerParts {
  readonly store: Store;
  readonly dataPlane: DataPlane;
  /** What each flow is granted at most. */
  readonly limits: FlowLimits;
  readonly folders: LeftoverFolders;
  readonly connections: Connections;
  readonly modules: Modules;
  /** How long a new version is on trial where its options do not say. */
  readonly healthGateMs: number;
  /** Aborted when the gateway ends. */
  readonly closing: AbortSignal;
  /** Told of what a deploy leaves behind. */
  readonly garbage: IdleCollector | undefined;
}

export interface Restored {
  readonly recovery: RecoveryReport;
  /** Removes what waits on disk for sinks that the version has not. Gives their nodes. */
  readonly giveUpSinks: () => Promise<readonly string[]>;
}

export class Deployer {
  readonly #store: Store;
  readonly #dataPlane: DataPlane;
  readonly #limits: FlowLimits;
  /** All that a flow leaves on disk. */
  readonly #leftovers: readonly Pick<FlowFolder, "forget">[];
  readonly #spools: FlowFolder;
  readonly #recovery: Recovery;
  readonly #metered: MeteredModules;
  readonly #modules: Modules;
  readonly #healthGateMs: number;
  readonly #connections: Connections;
  readonly #closing: AbortSignal;
  readonly #garbage: IdleCollector | undefined;

  constructor(parts: DeployerParts) {
    const { store, dataPlane, folders } = parts;
    this.#store = store;
    this.#dataPlane = dataPlane;
    this.#limits = parts.limits;
    this.#leftovers = [folders.checkpoints, folders.spools, folders.deadLetters];
    this.#spools = folders.spools;
    this.#connections = parts.connections;
    this.#modules = parts.modules;
    this.#healthGateMs = parts.healthGateMs;
    this.#closing = parts.closing;
    this.#garbage = parts.garbage;
    this.#metered = new MeteredModules(store.metered);
    this.#recovery = new Recovery(folders.checkpoints, store, dataPlane);
  }

  /** Runs and records a version in place of `before`, the one that runs now. */
  async deploy(
    draft: Omit<VersionDraft, "at">,
    before: CurrentRow | undefined,
    log: DeploymentLog,
  ): Promise<SwapReport> {
    const generation = this.#store.flows.nextGeneration(draft.flow);
    const options: FlowOptions = JSON.parse(draft.options);
    const program = await this.#prepare(draft.artefact, generation, options);
    log.report("deploying", { text: "verified, metered and compiled" });
    // Up to here nothing has changed; from here on the gateway waits for it.
    this.#closing.throwIfAborted();
    failpoint("deploy.swap");
    const swap = await inStep("swap", () => this.#run(draft.flow, program, before !== undefined, this.#gate(options)));
    log.report("deploying", { text: swapText(swap), swap });
    failpoint("deploy.commit");
    try {
      await inSpan("deploy commit", {}, async () => {
        this.#demandSameEndpoints(program);
        // By which a later start knows whose version it is.
        this.#store.flows.commit({ ...draft, at: log.beganAt! });
      });
      failpoint("commit.done");
    } catch (error) {
      throw await this.#putBack(draft.flow, before, error);
    }
    return swap;
  }

  /** All of a deploy but the switch and what is recorded. */
  async rehearse(flow: FlowName, artefact: Digest, options: FlowOptions): Promise<Rehearsal> {
    const program = await this.#prepare(artefact, this.#store.flows.nextGeneration(flow), options);
    return inStep("swap", () => this.#dataPlane.rehearse(flow, program));
  }

  /** Goes back to the version before the one on trial, and records it, with a note that says why and what does not go back. */
  async rollBack(
    current: CurrentRow,
    before: CurrentRow,
    why: string,
  ): Promise<{ readonly swap: RollBackReport; readonly note: string; readonly generation: number }> {
    const { flow, generation } = current;
    const { artefact, options } = before;
    const { endpoints, note } = this.#endpointsNow(before, why);
    const swap = await this.#dataPlane.rollBack(flow, generation + 1, endpoints);
    try {
      const recorded = this.#store.flows.commit({
        ...{ flow, expected: generation, action: "rollback", artefact, rolledBackTo: before.generation, options },
        ...{ at: new Date().toISOString(), by: gatewayName, via: "gateway", note },
      });
      return { swap, note, generation: recorded };
    } catch (error) {
      throw await this.#putBack(flow, current, error);
    }
  }

  /** What starts flows with what they left. */
  beginRestore({ checkpoints, spools, deadLetters }: Leftovers): (row: CurrentRow) => Promise<Restored> {
    this.#metered.hold();
    return async (row) => {
      failpoint("restore.flow");
      const program = await this.#prepare(row.artefact, row.generation, JSON.parse(row.options));
      const left = { hasDeadLetters: deadLetters.has(row.flow), hasSpools: spools.has(row.flow) };
      const { recovery } = await inStep("swap", () => this.#recovery.start(row.flow, program, checkpoints, left));
      const giveUpSinks = async () => (spools.has(row.flow) ? this.#giveUpSinks(row.flow, program) : []);
      return { recovery, giveUpSinks };
    };
  }

  /** A process that ends during a trial leaves the queues of sinks that the version on trial has not; nobody goes back now. */
  async #giveUpSinks(flow: FlowName, { graph }: FlowProgram): Promise<readonly string[]> {
    const { nodes } = this.#store.graphs.read(graph);
    const sinks = new Set<string>(nodes.filter(({ delivers }) => delivers).map(({ id }) => id));
    return this.#spools.forgetWithin(flow, (name) => sinks.has(name));
  }

  /** All recorded flows were started: what was kept for that alone is given back. */
  endRestore(): void {
    this.#metered.release();
  }

  /** Runs what is recorded anew, with that connection as it is now; false where it names none. */
  async runAgain(row: CurrentRow, connection: string): Promise<boolean> {
    if (!this.#connections.isNamedBy(row, connection)) return false;
    const { flow, artefact, generation, options } = row;
    const program = await this.#prepare(artefact, generation, JSON.parse(options));
    await inStep("swap", () => this.#run(flow, program, true, undefined));
    return true;
  }

  /** Stops a flow, then records that it is gone: a deletion that is recorded has happened. */
  async remove(row: CurrentRow, author: Author): Promise<void> {
    failpoint("removal.stop");
    const isRunning = await this.isRunning(row.flow);
    if (isRunning) {
      // What waits for its sinks is gone with it, so not where the disk would take no word of that.
      await this.#store.probe();
      await inStep("swap", () => this.#dataPlane.remove(row.flow));
    }
    failpoint("removal.commit");
    try {
      this.#store.flows.remove(row.flow, row.generation, new Date().toISOString(), author);
    } catch (error) {
      throw isRunning ? await this.#putBack(row.flow, row, error) : asStoreError(error, `the deletion of ${row.flow}`);
    }
    failpoint("removal.forget");
    // What cannot be removed now is removed before a flow of that name is deployed, and at the next start.
    for (const folder of this.#leftovers) await folder.forget(row.flow).catch(() => undefined);
    failpoint("removal.done");
  }

  /** Whether the data plane has it, broken by its traps perhaps. */
  async isRunning(flow: FlowName): Promise<boolean> {
    const { flows } = await this.#dataPlane.stats([flow]);
    return flows.length > 0;
  }

  /** How long a new version with these options is on trial. */
  gateMs({ healthGateMs = this.#healthGateMs }: FlowOptions): number {
    return healthGateMs;
  }

  #gate(options: FlowOptions): HealthGate {
    return { ...healthDefaults, ...options.healthThresholds, ms: this.gateMs(options) };
  }

  async #run(
    flow: FlowName,
    program: FlowProgram,
    isRecorded: boolean,
    gate: HealthGate | undefined,
  ): Promise<SwapReport> {
    if (!isRecorded) {
      // A flow that was deleted may have left state and messages behind, which a new one of its name must never see.
      for (const folder of this.#leftovers) await folder.forget(flow);
      const nothing = { sequences: [], lastSequence: 0, hasDeadLetters: false, hasSpools: false };
      return this.#dataPlane.deploy(flow, program, nothing);
    }
    if (await this.isRunning(flow)) return this.#dataPlane.deploy(flow, program, undefined, gate);
    const { swap } = await this.#recovery.start(flow, program);
    return swap;
  }

  async #prepare(digest: Digest, generation: number, options: FlowOptions): Promise<FlowProgram> {
    try {
      const { wasm, graph } = await inStep("read", () => this.#read(digest));
      const endpoints = await inStep("read", async () => this.#connections.endpointsOf(graph));
      const limits = await inStep("meter", async () => grantLimits(this.#limits, options));
      const module = await inStep("meter", () => this.#metered.of(wasm, limits));
      const modules =
        options.development && (await inStep("read", () => this.#modules.of(this.#store.graphs.read(graph))));
      return { digest, generation, graph, limits, endpoints, ...module, ...(modules && { modules }) };
    } finally {
      this.#garbage?.leave();
    }
  }

  /** A connection may have been deleted, or changed, since: its writer saw no flow that names it. */
  #demandSameEndpoints({ graph, endpoints }: FlowProgram): void {
    let why = "a connection that it names has other settings now";
    try {
      if (isDeepStrictEqual(this.#connections.endpointsOf(graph), endpoints)) return;
    } catch (error) {
      why = (error as Error).message;
    }
    throw new FlowFusionError("FF_DEPLOY_CONNECTION_CHANGED", why);
  }

  /** What a version sends with that is put back. None, and a note that says so, where it cannot send with what there is now. */
  #endpointsNow(before: CurrentRow, note: string): { readonly endpoints?: Endpoints; readonly note: string } {
    try {
      const endpoints = this.#connections.endpointsOf(this.#store.artefact(before.artefact)!.graph);
      const changed = Object.keys(endpoints).filter((name) => this.#connections.get(name)!.at > before.at);
      return { endpoints, note: changed.length === 0 ? note : `${note}; ${staysText(changed, before.generation)}` };
    } catch (error) {
      return { note: `${note}; it sends as it did before, since ${(error as Error).message}` };
    }
  }

  async #read(digest: Digest): Promise<WholeArtefact> {
    const artefact = await this.#store.wholeArtefact(digest);
    if (artefact === undefined) {
      throw new ApiError(
        "FF_DEPLOY_ARTEFACT_UNKNOWN",
        `the store has no artefact ${digest}; upload it with PUT /v1/artefacts/${digest}`,
      );
    }
    return artefact;
  }

  /** With the state that the version before had, as long as the data plane keeps it ready. */
  async #goBackTo(before: CurrentRow): Promise<void> {
    const { flow, artefact, generation, options } = before;
    try {
      await this.#dataPlane.rollBack(flow, generation);
    } catch {
      await this.#run(flow, await this.#prepare(artefact, generation, JSON.parse(options)), true, undefined);
    }
  }

  /** After a commit that failed: back to what is recorded. Says truthfully when that fails too. */
  async #putBack(flow: FlowName, before: CurrentRow | undefined, cause: unknown): Promise<ApiError> {
    const why = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof FlowFusionError ? cause.code : "FF_DEPLOY_COMMIT";
    const members = { step: "commit" } as const;
    try {
      if (before === undefined) {
        await this.#dataPlane.remove(flow);
      } else {
        await this.#goBackTo(before);
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
    return new ApiError(code, `${flow}: the change could not be recorded (${why}); ${outcome}`, { cause, members });
  }
}

/** A connection is no part of a flow, and others may send with it. */
function staysText(changed: readonly string[], generation: number): string {
  const [what, stays] = changed.length === 1 ? ["connection", "stays as it is"] : ["connections", "stay as they are"];
  return `${what} ${changed.join(", ")}, changed since generation ${generation} was put in place, ${stays} now`;
}

function swapText({ pauseMs, stateBytes, state: { kept, migrated, reset } }: SwapReport): string {
  const states = [
    `${kept.length} kept`,
    ...(migrated.length > 0 ? [`${migrated.length} migrated`] : []),
    ...(reset.length > 0 ? [`${reset.length} reset`] : []),
  ].join(", ");
  return `swapped in ${pauseMs.toFixed(1)} ms; ${stateBytes} bytes of state, of nodes ${states}`;
}

/** Marks what fails inside with the step. Only refusals: a defect stays a defect and is answered as one. */
async function inStep<T>(step: DeployStep, work: () => Promise<T>): Promise<T> {
  try {
    return await inSpan(`deploy ${step}`, {}, work);
  } catch (given) {
    const error = asStoreError(given, "the data folder");
    if (error instanceof FlowFusionError) {
      const { code, message, diagnostics } = error;
      throw new ApiError(code, message, { cause: error, diagnostics, members: { step } });
    }
    throw error;
  }
}
