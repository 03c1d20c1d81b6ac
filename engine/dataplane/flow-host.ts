// One flow on the data plane: the program that runs, and how another takes its place. `feed`, `swap` and the like are
// synchronous, so between two calls is a message boundary, and that is where a swap happens.

import { stateImpact } from "@flowfusion/fusion";
import {
  type CanonicalGraph,
  type Digest,
  FlowFusionError,
  type ReplayReport,
  type SwapReport,
} from "@flowfusion/graph";
import { failpoint } from "../failpoints.ts";
import type { Endpoints } from "../sinks/endpoint.ts";
import type { Condition } from "./come-true.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { describeStep } from "./development/describe-step.ts";
import type { TracePage } from "./development/trace-ring.ts";
import { type FlowBegin, type FlowPlace, FlowRunner, type Prepared, type Running } from "./flow-runner.ts";
import { goBack } from "./go-back.ts";
import { type LoadedProgram, launch, loadState, nodesOf, preload } from "./launch.ts";
import { Sampler } from "./live/sampler.ts";
import { replayable } from "./replay.ts";
import { Trial } from "./trial.ts";
import type {
  CheckedModule,
  HealthGate,
  HostObservation,
  HostPulse,
  HostStats,
  Rehearsal,
  RollBackReport,
  TrialOutcome,
} from "./types.ts";

/** When a flow cannot be fused again, the next try. */
const developmentRetryMs = 10_000;

export class FlowHost {
  readonly #place: FlowPlace;
  readonly #runner: FlowRunner;
  #trial: Trial | undefined;
  /** While somebody observes the flow, and for a while after. */
  #sampler: Sampler | undefined;
  #developmentEndsMs = Number.POSITIVE_INFINITY;

  /**
   * Instantiates and configures the program, with the state that it begins with. Throws a FlowFusionError and leaves
   * nothing behind when that fails.
   */
  constructor(place: FlowPlace, program: LoadedProgram, begin?: FlowBegin) {
    this.#place = place;
    this.#runner = new FlowRunner(place, program, begin);
  }

  get graph(): CanonicalGraph {
    return this.#runner.graph;
  }

  get digest(): Digest {
    return this.#runner.running.program.digest;
  }

  get generation(): number {
    return this.#runner.running.program.generation;
  }

  get deadLetters(): DeadLetters {
    return this.#runner.deadLetters;
  }

  /** The state as it is now or, when the flow is down or cannot say, as it was saved last. */
  checkpoint(): Uint8Array | undefined {
    return this.#runner.checkpoint();
  }

  /** What becomes of the version on trial; healthy when none is. */
  get trial(): Promise<TrialOutcome> {
    return this.#trial?.outcome ?? Promise.resolve({ verdict: "healthy", ms: 0 });
  }

  /** Runs the frames at `memory[start, start + bytes)`, `frames` in number. Gives the time that it took, ms. */
  feed(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const sampler = this.#sampler;
    if (sampler?.isDue("message"))
      this.#unlessResting((state) => sampler.takeFrames(memory, start, bytes, frames, state));
    return this.#runner.feed(memory, start, bytes, frames);
  }

  /** So many messages never came to it, since its own queue is full: a version on trial has to answer for that. */
  missed(frames: number): void {
    this.#runner.counts.missed += frames;
  }

  /** Lets time-driven nodes emit. `nowNs`: ns since the Unix epoch. */
  tick(nowNs: bigint): void {
    const nowMs = this.#place.nowMs();
    this.#keepHouse(nowMs);
    const sampler = this.#sampler;
    if (sampler?.isDue("tick")) this.#unlessResting((state) => sampler.takeTick(nowNs, state));
    this.#runner.tick(nowNs, nowMs);
  }

  /**
   * Counts, and the steps behind the one of id `after`: of all messages in development mode, else of samples that are taken
   * for as long as somebody observes. For those the `modules` of the nodes are needed, once for each version.
   */
  observe(after: number, limit: number, modules: readonly CheckedModule[] | undefined): HostObservation {
    const { program, tracing } = this.#runner.running;
    if (!tracing && modules && !this.#sampler) {
      this.#sampler = new Sampler(program, nodesOf(program.graph, modules), this.#place);
    }
    this.#sampler?.renew();
    const source = tracing ? this.#runner.traces : this.#sampler;
    const { steps, traced } = source?.page(after, limit) ?? { steps: [], traced: 0 };
    return {
      ...{ stats: this.stats(), generation: program.generation, isSampled: source !== undefined },
      ...{ stepsJson: JSON.stringify(steps.map(describeStep)), lastStep: steps.at(-1)?.id, traced },
    };
  }

  /** Whether what has been emitted so far is kept where its sinks promise to keep it. */
  whenKept(): Condition[] {
    return this.#runner.running.sinks.list.map((queue) => queue.whenKept());
  }

  pulse(): HostPulse {
    return this.#runner.pulse();
  }

  /** Also of a flow that has just died of a message, and begins anew with the next. */
  #unlessResting(take: (state: () => Uint8Array | undefined) => void): void {
    const nowMs = this.#place.nowMs();
    if (this.#runner.restMs(nowMs) === 0) take(() => this.#runner.stateToHandOver(nowMs));
  }

  /**
   * Another program beside the one that runs, for `swap` or `abandon`. Throws a FlowFusionError and leaves nothing behind
   * when that fails.
   */
  prepare(program: LoadedProgram): Prepared {
    return this.#runner.prepare(program);
  }

  /**
   * Loads the state as it is now into what was prepared, so that the swap finds all memory touched that it needs: in two
   * steps, around which messages may run. Throws a FlowFusionError when a node refuses its part. What runs node by node is
   * not made ready.
   */
  *preload(next: Prepared): Generator<void> {
    if (next.tracing) return;
    const runner = this.#runner;
    const saved = runner.stateToHandOver(this.#place.nowMs());
    const from = runner.running.instance;
    if (!saved || !from) return;
    const load = preload(next.program, next.instance!, saved);
    yield;
    next.preloadedFrom = from;
    failpoint("swap.preload-state");
    load();
    yield;
  }

  /** Closes what was prepared and does not come to run. */
  abandon(next: Running): void {
    next.sinks.abandon(this.#runner.running.sinks);
  }

  /**
   * Goes on with what was prepared: hands the state over, switches. Throws a FlowFusionError and goes on with the old
   * program when that fails. With a gate the old one is kept ready until the new one has proved itself. A version on trial
   * that runs anew, since a connection has changed, stays on trial, and in development mode for what is left of that.
   */
  swap(next: Prepared, gate?: HealthGate): SwapReport {
    const runner = this.#runner;
    const beganMs = this.#place.nowMs();
    const { program } = next;
    const before = runner.running.program;
    const wasRunning = runner.condition === "running";
    const state = stateImpact(this.graph, program.graph);
    const isSameVersion = !gate && runner.isSameVersion(program);
    return this.#closingOnFailure(next, () => {
      if (isSameVersion) this.#followMode(next);
      const saved = this.#handOver(next, beganMs);
      failpoint("swap.switch");
      const span = runner.counts.recentSpan(beganMs, runner.running.sinks);
      const developmentEndsMs = this.#developmentEndsMs;
      this.#switchTo(next, saved, isSameVersion ? this.#trial : undefined);
      if (isSameVersion) this.#developmentEndsMs = developmentEndsMs;
      const began = runner.counts.vitals(this.#place.nowMs(), next.sinks);
      // What was broken is no measure of what is healthy.
      const isJudged = gate !== undefined && gate.ms > 0 && wasRunning;
      this.#trial ??= new Trial({ program: before, state: saved, span }, began, isJudged ? gate : undefined);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
    });
  }

  /** Does all that a swap does but the switch, and gives up what was prepared. Throws as `swap` does. */
  rehearse(next: Prepared): Rehearsal {
    const beganMs = this.#place.nowMs();
    try {
      const saved = this.#handOver(next, beganMs);
      const state = stateImpact(this.graph, next.program.graph);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
    } finally {
      this.abandon(next);
    }
  }

  /**
   * Goes back to the version before the one on trial, with what the new one left in the state where that can be read, else
   * with the state of the swap. `endpoints`: what it sends with, where that may have changed since it ran. Throws
   * `FF_DEPLOY_NOTHING_BEFORE` when no version is on trial.
   */
  rollBack(generation: number, endpoints?: Endpoints): RollBackReport {
    const beganMs = this.#place.nowMs();
    const trial = this.#trial;
    if (!trial) {
      throw new FlowFusionError(
        "FF_DEPLOY_NOTHING_BEFORE",
        `flow ${this.#place.name}: no version before is kept ready`,
      );
    }
    const next = this.#runner.prepare({ ...trial.program, generation, ...(endpoints && { endpoints }) });
    const state = stateImpact(this.graph, trial.program.graph);
    return this.#closingOnFailure(next, () => {
      const left = { graph: this.graph, state: this.#runner.stateToHandOver(beganMs) };
      const { instance, saved, stateFrom } = goBack({ ...next, fresh: next.instance! }, left, trial.state);
      next.instance = instance;
      this.#switchTo(next, saved);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state, stateFrom };
    });
  }

  /** Runs the flow node by node from the next message on, or fused again. Throws, and changes nothing, when that fails. */
  setDevelopment(
    development: { readonly modules: readonly CheckedModule[]; readonly endsInMs: number } | undefined,
  ): SwapReport {
    const beganMs = this.#place.nowMs();
    const { program } = this.#runner.running;
    const tracing = this.#runner.tracing(development && nodesOf(program.graph, development.modules));
    const saved = this.#runner.stateToHandOver(beganMs);
    this.#sampler = undefined;
    this.#runner.exchangeInstance(launch(program, saved, tracing), tracing);
    this.#developmentEndsMs = beganMs + (development?.endsInMs ?? Number.POSITIVE_INFINITY);
    const state = stateImpact(program.graph, program.graph);
    return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
  }

  /** Steps behind the one of id `after`. */
  traces(after: number, limit: number): TracePage {
    return this.#runner.traces.page(after, limit);
  }

  /**
   * Gives dead letters to the flow once more; all when no ids are named. One that it dies of again is a new one. While it
   * rests it would drop them, so they stay.
   */
  replay(ids: readonly number[] | undefined): ReplayReport {
    const { frames, refused } = replayable(this.deadLetters.kept, ids, this.graph);
    const before = this.deadLetters.count;
    const resting = frames.filter(({ id, frame }) => {
      if (this.#runner.restMs(this.#place.nowMs()) > 0) return true;
      this.deadLetters.take([id]);
      this.feed(frame, 0, frame.length, 1);
      return false;
    });
    const why = `the flow rests for ${Math.ceil(this.#runner.restMs(this.#place.nowMs()))} ms; replay it after that`;
    return {
      replayed: frames.length - resting.length,
      deadAgain: this.deadLetters.count - before,
      refused: [...refused, ...resting.map(({ id }) => ({ id, why }))],
    };
  }

  /** Flushes the sinks. What could not be sent stays on disk. */
  async close(): Promise<void> {
    this.#trial?.abandon();
    await this.#runner.running.sinks.close();
  }

  /** Flushes the sinks, and leaves nothing behind. */
  async remove(): Promise<void> {
    this.#trial?.abandon();
    await this.#runner.running.sinks.discard();
  }

  stats(): HostStats {
    const endsInMs = this.#developmentEndsMs - this.#place.nowMs();
    return {
      ...this.#runner.stats(),
      ...(Number.isFinite(endsInMs) && { developmentEndsAtMs: Math.round(this.#place.wallMs() + endsInMs) }),
    };
  }

  /** Development mode may have begun or ended since it was prepared. */
  #followMode(next: Prepared): void {
    const { tracing } = this.#runner.running;
    if (next.tracing === tracing) return;
    next.instance = launch(next.program, undefined, tracing);
    next.tracing = tracing;
    next.preloadedFrom = undefined;
  }

  /** Loads the state as it is now into what was prepared; gives it, where it lies. */
  #handOver(next: Prepared, nowMs: number): Uint8Array | undefined {
    const saved = this.#runner.stateToHandOver(nowMs);
    // Another instance may leave out what was loaded ahead, and so would not replace it.
    const isStale = next.preloadedFrom && next.preloadedFrom !== this.#runner.running.instance;
    if (isStale) next.instance = launch(next.program, undefined, next.tracing);
    next.preloadedFrom = undefined;
    failpoint("swap.load-state");
    if (saved) loadState(next.program, next.instance!, saved);
    return saved;
  }

  /** Closes what `next` opened when it does not come to run. */
  #closingOnFailure<T>(next: Running, run: () => T): T {
    try {
      return run();
    } catch (error) {
      this.abandon(next);
      throw error;
    }
  }

  #switchTo(next: Running, saved: Uint8Array | undefined, trial?: Trial): void {
    this.#sampler = undefined;
    this.#runner.switchTo(next, saved);
    this.#developmentEndsMs = Number.POSITIVE_INFINITY;
    if (trial !== this.#trial) this.#trial?.abandon();
    this.#trial = trial;
  }

  /** What is due from time to time: the trial of a new version, the end of development mode. */
  #keepHouse(nowMs: number): void {
    if (nowMs >= this.#developmentEndsMs) this.#endDevelopment(nowMs);
    if (this.#sampler?.isExpired) this.#sampler = undefined;
    const { counts, running } = this.#runner;
    if (this.#trial?.check(counts.vitals(nowMs, running.sinks), counts.executeP50Us)) this.#trial = undefined;
    if (!this.#trial) running.sinks.giveUpFormer();
    counts.sample(nowMs, running.sinks);
  }

  #endDevelopment(nowMs: number): void {
    try {
      this.setDevelopment(undefined);
    } catch {
      // It goes on as it is, and the state with it.
      this.#developmentEndsMs = nowMs + developmentRetryMs;
    }
  }
}
