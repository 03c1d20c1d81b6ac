// The flows of this gateway: what is recorded in the store joined with what the data plane says of it. All writes to one
// flow go through one queue, where each is checked against the generation that its author saw.

import { type Digest, FlowFusionError, type FlowName, type FlowStats, subscribedPatterns } from "@flowfusion/graph";
import type { FastifyBaseLogger } from "fastify";
import type { DataPlane } from "../dataplane/types.ts";
import type { Author, CurrentRow, VersionRow } from "../store/flow-table.ts";
import type { Store } from "../store/store.ts";
import type { Deployer, Restored } from "./deploy.ts";
import type { DeploymentLog } from "./deployment-log.ts";
import type { Deployments } from "./deployments.ts";
import { demand, type Precondition } from "./etag.ts";
import { statsOfFlows } from "./flow-counts.ts";
import { conflictOf, describeFlow, describeVersion, describeVersionDetail } from "./flow-status.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { Leftovers } from "./leftovers.ts";
import { ApiError } from "./problem.ts";
import type { RecoveryReport } from "./recovery.ts";
import type { Releases } from "./releases.ts";
import type {
  DryRun,
  FlowOptions,
  FlowPage,
  FlowStatus,
  FlowVersionDetail,
  StatsPage,
  VersionPage,
} from "./schemas.ts";
import { interruption, Trials } from "./trials.ts";

/** Writes that may wait for one flow, the one that runs included. */
const WRITES_WAITING_MAX = 64;
/** Flows that are read from the store in one go. */
const PAGE_FLOWS = 100;
const RESTORED_AT_ONCE = 8;

export interface FlowManagerParts {
  readonly store: Store;
  readonly dataPlane: DataPlane;
  readonly deployer: Deployer;
  readonly releases: Releases;
  readonly deployments: Deployments;
  /** Aborted when the gateway ends. */
  readonly closing: AbortSignal;
  readonly log: FastifyBaseLogger;
}

/** A deploy on its way. */
export interface Deploying {
  readonly log: DeploymentLog;
  /** The flow once the new version runs and is recorded; rejects with why it does not. */
  readonly swapped: Promise<FlowStatus>;
  /** The flow once its trial is over as well; rejects with why it was rolled back. */
  readonly settled: Promise<FlowStatus>;
}

interface Swapped {
  readonly status: FlowStatus;
  readonly before: CurrentRow | undefined;
}

export class FlowManager {
  readonly deployments: Deployments;
  readonly #store: Store;
  readonly #dataPlane: DataPlane;
  readonly #deployer: Deployer;
  readonly #releases: Releases;
  readonly #trials: Trials;
  readonly #log: FastifyBaseLogger;
  readonly #closing: AbortSignal;
  readonly #writes = new KeyedQueue(WRITES_WAITING_MAX);
  /** What the gateway waits for when it ends. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Flows that did not start with the gateway, and why. */
  readonly #broken = new Map<FlowName, string>();
  /** Flows that are being deleted, while their sinks send what they hold. */
  readonly #stopping = new Set<FlowName>();
  /** What flows began with when the gateway started. */
  readonly #recoveries = new Map<FlowName, RecoveryReport>();
  /** The version before, of each deploy that may still be rolled back. */
  readonly #before = new Map<DeploymentLog, CurrentRow>();
  #isDataPlaneDead = false;

  constructor(parts: FlowManagerParts) {
    this.deployments = parts.deployments;
    this.#store = parts.store;
    this.#dataPlane = parts.dataPlane;
    this.#deployer = parts.deployer;
    this.#releases = parts.releases;
    this.#closing = parts.closing;
    this.#log = parts.log;
    this.#trials = new Trials({ ...parts, writes: this.#writes });
    void parts.dataPlane.failed.then(() => {
      this.#isDataPlaneDead = true;
    });
  }

  /**
   * Starts every recorded flow, with its last state. One that does not start is listed as broken and keeps no other from
   * starting.
   */
  async restore(left: Leftovers): Promise<void> {
    const start = this.#deployer.beginRestore(left);
    // Some at a time, so that one is read while another starts; they draw from one list.
    const rows = this.#recorded();
    const drawOneByOne = async () => {
      for (const row of rows) await this.#restoreOne(row, start);
    };
    await Promise.all(Array.from({ length: RESTORED_AT_ONCE }, drawOneByOne));
    this.#deployer.endRestore();
  }

  /** Ends the deploys that were under way when the gateway ended. */
  interruptDeployments(): void {
    this.deployments.interrupt((log) => interruption(this.#store.flows, log));
  }

  /** Resolves once all writes that began before the gateway ends are done, so that what is told of them is what the next start runs. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  *#recorded(): Generator<CurrentRow> {
    let page: readonly CurrentRow[] = [];
    do {
      page = this.#store.flows.list(page.at(-1)?.flow ?? "", PAGE_FLOWS);
      yield* page;
    } while (page.length === PAGE_FLOWS);
  }

  async #restoreOne(row: CurrentRow, start: (row: CurrentRow) => Promise<Restored>): Promise<void> {
    const { flow, generation } = row;
    try {
      const { recovery, giveUpSinks } = await start(row);
      if (recovery.from || recovery.refused.length > 0) this.#recoveries.set(flow, recovery);
      for (const { file, why } of recovery.refused) {
        this.#log.error({ flow, file, why }, "a checkpoint is not loaded");
      }
      await this.#giveUpSinks(flow, giveUpSinks);
    } catch (error) {
      this.#broken.set(flow, error instanceof FlowFusionError ? `${error.code}: ${error.message}` : String(error));
      this.#log.error({ err: error, flow, generation }, "flow does not start");
    }
  }

  /** Of a flow that runs, whatever the disk says of that. */
  async #giveUpSinks(flow: FlowName, giveUpSinks: Restored["giveUpSinks"]): Promise<void> {
    try {
      const sinks = await giveUpSinks();
      const why = "the version that runs has no such sinks";
      if (sinks.length > 0) this.#log.warn({ flow, sinks, why }, "what waited on disk is removed");
    } catch (error) {
      this.#log.error({ err: error, flow }, "what waited on disk for sinks of another version may be there still");
    }
  }

  /** Checkpoints that were damaged or refused at the start, by flow. */
  get refusedCheckpoints(): ReadonlyMap<FlowName, number> {
    return new Map([...this.#recoveries].map(([flow, { refused }]) => [flow, refused.length]));
  }

  get count(): number {
    return this.#store.flows.count();
  }

  /** Flows that are recorded but not in the data plane, for the metrics. */
  get brokenAtStart(): readonly FlowName[] {
    return [...this.#broken.keys()];
  }

  /** Versions that do not run and may again, without anybody asking: those before one that is on trial. */
  get keptReady(): readonly CurrentRow[] {
    return [...this.#before.values()];
  }

  async status(name: FlowName): Promise<FlowStatus> {
    const row = this.current(name);
    const describe = await this.#describer([name]);
    // It may have been deleted meanwhile.
    this.current(name);
    return describe(row);
  }

  async list(after: string, limit: number): Promise<FlowPage> {
    const rows = this.#store.flows.list(after, limit + 1);
    const page = rows.slice(0, limit);
    const describe = await this.#describer(page.map(({ flow }) => flow));
    const names = this.#store.flows.names();
    const items = page.filter(({ flow }) => names.has(flow)).map(describe);
    return rows.length > limit ? { items, next: page.at(-1)!.flow } : { items };
  }

  versions(name: FlowName, below: number, limit: number): VersionPage {
    const rows = this.#store.flows.versions(name, below, limit + 1);
    if (rows.length === 0 && this.#store.flows.versions(name, Number.MAX_SAFE_INTEGER, 1).length === 0) {
      throw notFound(`flow ${name}`);
    }
    const items = rows.slice(0, limit).map(describeVersion);
    return rows.length > limit ? { items, next: String(items.at(-1)!.generation) } : { items };
  }

  /** A version with its graph, as long as that is kept. */
  version(name: FlowName, generation: number): FlowVersionDetail {
    const row = this.#store.flows.version(name, generation);
    if (row === undefined) throw notFound(`flow ${name}, generation ${generation}`);
    return describeVersionDetail(row, row.artefact && this.#store.artefact(row.artefact), this.#store.graphs);
  }

  async stats(name: FlowName): Promise<FlowStats> {
    this.current(name);
    const stats = (await this.#statsOf([name])).get(name);
    if (stats !== undefined) return stats;
    // It may have been deleted meanwhile.
    this.current(name);
    const why = this.#broken.get(name) ?? (this.#stopping.has(name) ? "it is being deleted" : "it was just stopped");
    throw new ApiError("FF_API_NOT_RUNNING", `flow ${name} does not run: ${why}`);
  }

  async listStats(after: string, limit: number): Promise<StatsPage> {
    const names = this.#store.flows.list(after, limit + 1).map(({ flow }) => flow);
    const page = names.slice(0, limit);
    const stats = await this.#statsOf(page);
    const items = page.map((name) => stats.get(name)).filter((found) => found !== undefined);
    return names.length > limit ? { items, next: page.at(-1)! } : { items };
  }

  /** The row of a flow that exists; throws FF_API_NOT_FOUND. */
  current(name: FlowName): CurrentRow {
    const row = this.#store.flows.current(name);
    if (row === undefined) {
      throw notFound(`flow ${name}`);
    }
    return row;
  }

  /** Which version a flow is at; undefined when there is none. */
  identify(
    name: FlowName,
  ): { readonly generation: number; readonly artefact: Digest; readonly options: FlowOptions } | undefined {
    const row = this.#store.flows.current(name);
    return row === undefined
      ? undefined
      : { generation: row.generation, artefact: row.artefact, options: JSON.parse(row.options) };
  }

  /** The patterns that a flow subscribes to. */
  subscriptions(name: FlowName): readonly string[] {
    const graph = this.#store.graph(this.current(name).artefact);
    return graph === undefined ? [] : subscribedPatterns(graph).map(({ pattern }) => pattern);
  }

  /** Swaps the flow to an artefact; resolves, and is recorded, only where the precondition holds. */
  deploy(
    name: FlowName,
    precondition: Precondition,
    request: { readonly artefact: Digest; readonly options: FlowOptions; readonly resource?: string | undefined },
    author: Author,
  ): Deploying {
    return this.#begin({ flow: name, action: "deploy", ...author }, async (log) => {
      const before = this.#store.flows.current(name);
      demand(precondition, `flow ${name}`, conflictOf(before));
      log.artefact = request.artefact;
      return this.#swap(before, { flow: name, action: "deploy", ...author, ...request }, log);
    });
  }

  /** Deploys an earlier version anew; the one before what runs when no generation is named. */
  rollBack(name: FlowName, precondition: Precondition, generation: number | undefined, author: Author): Deploying {
    return this.#begin({ flow: name, action: "rollback", ...author }, async (log) => {
      const before = this.current(name);
      demand(precondition, `flow ${name}`, conflictOf(before));
      const target = this.#rollbackTarget(before, generation);
      const { artefact } = target;
      log.artefact = artefact;
      const options = JSON.parse(target.options) as FlowOptions;
      const rolledBackTo = target.generation;
      return this.#swap(before, { flow: name, action: "rollback", rolledBackTo, artefact, options, ...author }, log);
    });
  }

  /** What a deploy would do. Throws as a deploy would be refused. In its turn, for it is of what runs then. */
  async dryRun(name: FlowName, artefact: Digest, options: FlowOptions): Promise<DryRun> {
    return this.#inTurn(name, async () => {
      const current = this.#store.flows.current(name);
      this.#releases.demand(name, artefact);
      const rehearsal = await this.#deployer.rehearse(name, artefact, options);
      const { graphDigest } = this.#store.artefact(artefact)!;
      return { artefact, graphDigest, ...(current && { generation: current.generation }), ...rehearsal };
    });
  }

  /** Runs the current version anew, with that connection as it is now; false where it names none. What its sinks hold stays. */
  async reconnect(name: FlowName, connection: string): Promise<boolean> {
    return this.#inTurn(name, async () => {
      const row = this.#store.flows.current(name);
      const hasRun = row !== undefined && (await this.#deployer.runAgain(row, connection));
      if (hasRun) this.#broken.delete(name);
      return hasRun;
    });
  }

  /** Whether that alone kept something from being begun. */
  isEndOfGateway(error: unknown): boolean {
    return this.#closing.aborted && error === this.#closing.reason;
  }

  async remove(name: FlowName, precondition: Precondition, author: Author): Promise<void> {
    return this.#inTurn(name, async () => {
      const before = this.current(name);
      demand(precondition, `flow ${name}`, conflictOf(before));
      // One that never came to the end of a trial counts only while it runs.
      this.#releases.accept(name, before.artefact);
      this.#stopping.add(name);
      try {
        await this.#deployer.remove(before, author);
      } finally {
        this.#stopping.delete(name);
      }
      this.#store.layouts.forget(name);
      this.#broken.delete(name);
      this.#recoveries.delete(name);
      this.#log.info({ flow: name, generation: before.generation, ...author }, "flow deleted");
    });
  }

  /** None begins once the gateway ends. */
  #inTurn<T>(name: FlowName, work: () => Promise<T>): Promise<T> {
    const begin = async () => {
      this.#closing.throwIfAborted();
      return work();
    };
    return this.#waitedFor(this.#writes.run(name, begin));
  }

  #waitedFor<T>(work: Promise<T>): Promise<T> {
    const done = work.then(
      () => void this.#underWay.delete(done),
      () => void this.#underWay.delete(done),
    );
    this.#underWay.add(done);
    return work;
  }

  #begin(
    about: Author & { readonly flow: FlowName; readonly action: "deploy" | "rollback" },
    work: (log: DeploymentLog) => Promise<Swapped>,
  ): Deploying {
    const log = this.deployments.begin(about);
    const cutShort = (error: unknown) => {
      throw this.#isCutShort(error, log) ? this.#trials.interrupted(log, error) : error;
    };
    const swapping = this.#inTurn(about.flow, () => work(log)).catch(cutShort);
    const settled = swapping
      .then(async ({ status, before }) => {
        await this.#trials.settle(status, before, log).catch(cutShort);
        return status;
      })
      .catch((error: unknown) => {
        this.#didNotStay(log, error);
        throw error;
      })
      .finally(() => this.#before.delete(log))
      .then(async (status) => ({ ...status, ...(await this.status(about.flow)) }));
    void this.#waitedFor(settled).catch(() => undefined);
    const swapped = swapping.then(({ status }) => status);
    // Who waits for the trial, or for nothing, learns of a failure there, or from the deployment.
    swapped.catch(() => undefined);
    return { log, swapped, settled };
  }

  /** The data plane died, and the gateway ends for that: what is recorded is what the next start runs. */
  #isCutShort(error: unknown, { generation }: DeploymentLog): boolean {
    return this.#isDataPlaneDead && generation !== undefined && !(error instanceof FlowFusionError);
  }

  #didNotStay(log: DeploymentLog, error: unknown): void {
    const { flow, generation } = log;
    // Told to whom it concerns already, or neither refused nor at fault.
    const isInterrupted = log.phase === "interrupted" || this.isEndOfGateway(error);
    if (isInterrupted) {
      log.report("interrupted", { text: interruption(this.#store.flows, log) });
      return;
    }
    log.failed(error);
    // What a deploy is refused for is the caller's to know; a defect, and what happens to it afterwards, belong in the log.
    const isRefused = generation === undefined && error instanceof FlowFusionError;
    if (!isRefused) this.#log.error({ err: error, flow, deployment: log.id }, failureText(log));
  }

  async #swap(
    before: CurrentRow | undefined,
    request: Author & {
      readonly flow: FlowName;
      readonly action: "deploy" | "rollback";
      readonly artefact: Digest;
      readonly rolledBackTo?: number;
      readonly options: FlowOptions;
      readonly resource?: string | undefined;
    },
    log: DeploymentLog,
  ): Promise<Swapped> {
    const { flow, options } = request;
    this.#releases.demand(flow, request.artefact);
    if (before) this.#before.set(log, before);
    const draft = { ...request, options: JSON.stringify(options), expected: before?.generation };
    const swap = await this.#deployer.deploy(draft, before, log).catch(async (error: unknown) => {
      await this.#noteIfItRuns(flow);
      throw error;
    });
    this.#broken.delete(flow);
    const row = this.current(flow);
    const { generation, artefact, by, via, action } = row;
    log.generation = generation;
    this.#log.info(
      { flow, generation, artefact, by, via, pauseMs: swap.pauseMs, stateBytes: swap.stateBytes },
      `flow ${action}`,
    );
    const describe = await this.#describer([flow]);
    return { before, status: { ...describe(row), swap, deployment: log.id } };
  }

  /** Of a flow that did not start: it may run by now, also where what started it failed later. Never throws. */
  async #noteIfItRuns(flow: FlowName): Promise<void> {
    if (!this.#broken.has(flow)) return;
    const isRunning = await this.#deployer.isRunning(flow).catch(() => false);
    if (isRunning) this.#broken.delete(flow);
  }

  #rollbackTarget(before: CurrentRow, generation: number | undefined): VersionRow & { readonly artefact: Digest } {
    const { flow } = before;
    const { flows } = this.#store;
    // Behind a roll back: what was rolled back runs again only by its generation.
    const origin = this.#originOf(before);
    const target = generation === undefined ? flows.versions(flow, origin, 1)[0] : flows.version(flow, generation);
    const lacking = (what: string) => new ApiError("FF_DEPLOY_NO_VERSION", `flow ${flow}${what}`);
    if (target === undefined && generation !== undefined) {
      throw lacking(` has no generation ${generation}; it runs as generation ${before.generation}`);
    }
    if (target === undefined) {
      const since = origin === before.generation ? "" : `, which it went back to as generation ${before.generation}`;
      throw lacking(` has no version before generation ${origin}${since}`);
    }
    const { artefact } = target;
    if (artefact === undefined) throw lacking(`: generation ${target.generation} is a deletion and has no artefact`);
    return { ...target, artefact };
  }

  /** The generation in which a version first ran. */
  #originOf({ flow, generation, rolledBackTo }: VersionRow): number {
    if (rolledBackTo === undefined) return generation;
    const target = this.#store.flows.version(flow, rolledBackTo);
    return target === undefined ? rolledBackTo : this.#originOf(target);
  }

  async #statsOf(names: readonly FlowName[]): Promise<ReadonlyMap<FlowName, FlowStats>> {
    const { flows } = await statsOfFlows(this.#dataPlane, names);
    return new Map(flows.map((flow) => [flow.name, flow]));
  }

  /** What describes rows of these flows, as they run now. */
  async #describer(names: readonly FlowName[]): Promise<(row: CurrentRow) => FlowStatus> {
    const stopping = new Set(this.#stopping);
    const stats = await this.#statsOf(names);
    return (row) => this.#describe(row, stats.get(row.flow), stopping.has(row.flow));
  }

  #describe(row: CurrentRow, stats: FlowStats | undefined, isStopping: boolean): FlowStatus {
    const startFailure = this.#broken.get(row.flow);
    const recovery = this.#recoveries.get(row.flow);
    const managed = this.#store.flows.managed(row.flow);
    const known = {
      artefact: this.#store.artefact(row.artefact),
      managed: managed && { ...managed, graphDigest: this.#store.artefact(managed.artefact)?.graphDigest },
      ...{ startFailure, recovery, stats, isStopping, trialUntil: this.#trialUntil(row.flow) },
    };
    return describeFlow(row, known, this.#store.graphs);
  }

  #trialUntil(name: FlowName): string | undefined {
    for (const { flow, trialUntil } of this.#before.keys()) {
      if (flow === name && trialUntil !== undefined) return trialUntil;
    }
    return undefined;
  }
}

function failureText({ phase, generation }: DeploymentLog): string {
  if (generation === undefined) return "a deploy failed";
  return phase === "failed" ? "a deploy failed once it was recorded" : "a version did not stay";
}

function notFound(what: string): ApiError {
  return new ApiError("FF_API_NOT_FOUND", `${what}: not on this gateway`);
}
