// One flow on the data plane: its instance, its sinks, and what happens when it traps. `feed`, `swap` and the like are
// synchronous, so between two calls is a message boundary, and that is where a swap happens.
//
// After a trap: what whole messages emitted goes out, the instance is discarded, the message that it died of goes to
// the dead letters, and a fresh instance goes on with the rest of the input from the last checkpoint.

import { type FlowTrap, type NodeCounters, stateImpact } from "@flowfusion/fusion";
import { type CanonicalGraph, type Digest, FlowFusionError, type FlowName } from "@flowfusion/graph";
import { failpoint } from "../failpoints.ts";
import { flooderOf } from "./blame.ts";
import { Breaker, type Doing } from "./breaker.ts";
import { DeadLetters, letterOf } from "./dead-letters.ts";
import { type TracePage, TraceRing } from "./development/trace-ring.ts";
import { FlowCounts } from "./flow-counts.ts";
import { FlowInput } from "./flow-input.ts";
import { FlowSinks, type SinksPlace } from "./flow-sinks.ts";
import { goBack } from "./go-back.ts";
import type { FlowInstance } from "./instance.ts";
import { asTrap, hasState, type LoadedProgram, launch, loadState, nodeOf, nodesOf, type Tracing } from "./launch.ts";
import { NodeTotals } from "./node-totals.ts";
import { drainOutbox, type OnLog, unsound } from "./outbox.ts";
import { replayable } from "./replay.ts";
import { Trial } from "./trial.ts";
import type {
  FlowCondition,
  HealthGate,
  HostStats,
  Rehearsal,
  ReplayReport,
  RollBackReport,
  SwapReport,
  TrialOutcome,
} from "./types.ts";

export interface FlowPlace extends Omit<SinksPlace, "flow"> {
  readonly name: FlowName;
  readonly onLog: (flow: FlowName, node: string, memory: Uint8Array, message: number) => void;
  /** A monotonic clock, ms. */
  readonly nowMs: () => number;
  /** The time of day, ms since the Unix epoch. */
  readonly wallMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What runs: a program with its instance and sinks. The instance is absent after a trap, until the next input. */
interface Running {
  readonly program: LoadedProgram;
  /** Present when it runs node by node. */
  readonly tracing: Tracing | undefined;
  instance: FlowInstance | undefined;
  readonly sinks: FlowSinks;
}

const checkpointIntervalMs = 1_000;
/** One run of messages in so many is profiled, which takes it a few times as long. */
const runsPerProfile = 64;
/** A node that has more to emit by time than so many messages leaves the rest to the next tick (see nodekit). */
const tickEmissionsMax = 512;
/** Ticks at one time, one after the other, for nodes that had more to emit. */
const ticksAtOnceMax = 64;
/** When a flow cannot be fused again, the next try. */
const developmentRetryMs = 10_000;

export class FlowHost {
  readonly deadLetters = new DeadLetters();
  readonly #place: FlowPlace;
  readonly #totals: NodeTotals;
  readonly #onLog: OnLog;
  readonly #traces = new TraceRing();
  readonly #counts: FlowCounts;
  #running: Running;
  #breaker: Breaker;
  #runs = 0;
  #trial: Trial | undefined;
  #developmentEndsMs = Number.POSITIVE_INFINITY;
  #checkpoint: Uint8Array | undefined;
  #checkpointAtMs = 0;
  /** Whether messages or ticks may have changed the state since it was saved. */
  #isChanged = false;

  /**
   * Instantiates and configures the program, with the state that it begins with. Throws a FlowFusionError and leaves
   * nothing behind when that fails.
   */
  constructor(place: FlowPlace, program: LoadedProgram, state?: Uint8Array) {
    this.#place = place;
    this.#checkpoint = state;
    this.#running = this.#prepare(program, undefined, state);
    this.#totals = new NodeTotals(program.graph);
    this.#breaker = new Breaker(place.random);
    this.#counts = new FlowCounts(place.nowMs());
    this.#onLog = (nodeIndex, memory, message) => {
      place.onLog(place.name, this.graph.nodes[nodeIndex]?.id ?? "", memory, message);
    };
  }

  get graph(): CanonicalGraph {
    return this.#running.program.graph;
  }

  get digest(): Digest {
    return this.#running.program.digest;
  }

  get generation(): number {
    return this.#running.program.generation;
  }

  /** The state as it is now or, when the flow is down or cannot say, as it was saved last. */
  checkpoint(): Uint8Array | undefined {
    const { instance } = this.#running;
    if (instance && this.#isChanged && hasState(this.graph)) this.#saveCheckpoint(instance, this.#place.nowMs());
    return this.#checkpoint;
  }

  /** What becomes of the version on trial; healthy when none is. */
  get trial(): Promise<TrialOutcome> {
    return this.#trial?.outcome ?? Promise.resolve({ verdict: "healthy", ms: 0 });
  }

  /** Runs the frames at `memory[start, start + bytes)`, `frames` in number. Gives the time that it took, ms. */
  feed(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const nowMs = this.#place.nowMs();
    this.#counts.messagesIn += frames;
    const input = new FlowInput(memory, start, bytes, frames);
    while (input.bytes > 0) {
      const instance = this.#ready(nowMs);
      if (!instance) {
        this.#counts.droppedByBreaker += input.frames;
        break;
      }
      this.#run(instance, input, nowMs);
    }
    const spentMs = this.#place.nowMs() - nowMs;
    this.#counts.executed(nowMs, spentMs);
    return spentMs;
  }

  /** Lets time-driven nodes emit. `nowNs`: ns since the Unix epoch. */
  tick(nowNs: bigint): void {
    const nowMs = this.#place.nowMs();
    this.#keepHouse(nowMs);
    const instance = this.#ready(nowMs);
    if (!instance) return;
    try {
      const emitted = this.#tickAll(instance, nowNs);
      this.#breaker.succeeded("tick");
      if (emitted > 0) this.#isChanged = true;
      // A tick that did nothing is no reason to save the state of a flow at rest each second.
      if (emitted > 0) this.#checkpointWhenDue(instance, nowMs);
    } catch (error) {
      const trap = asTrap(error);
      this.#discard(instance);
      this.#countTrap(trap, nodeOf(this.graph, trap), nowMs, "tick");
      this.#drainCommitted(instance);
    }
  }

  /**
   * Replaces the program: prepares the new one, hands the state over, switches. Throws a FlowFusionError and goes on
   * with the old one when any of it fails. With a gate the old one is kept ready until the new one has proved itself.
   */
  swap(program: LoadedProgram, gate?: HealthGate): SwapReport {
    const beganMs = this.#place.nowMs();
    const before = this.#running.program;
    const wasRunning = this.#condition === "running";
    const next = this.#prepare(program, this.#running);
    const state = stateImpact(this.graph, program.graph);
    return this.#closingOnFailure(next, () => {
      const saved = this.#stateToHandOver(beganMs);
      failpoint("swap.load-state");
      if (saved) loadState(program, next.instance!, saved);
      failpoint("swap.switch");
      const span = this.#counts.recentSpan(beganMs, this.#running.sinks);
      this.#switchTo(next, saved);
      const began = this.#counts.vitals(this.#place.nowMs(), next.sinks);
      // What was broken is no measure of what is healthy.
      const isJudged = gate !== undefined && gate.ms > 0 && wasRunning;
      this.#trial = new Trial({ program: before, state: saved, span }, began, isJudged ? gate : undefined);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
    });
  }

  /** Does all that `swap` does but the switch. Throws as `swap` does. */
  rehearse(program: LoadedProgram): Rehearsal {
    const beganMs = this.#place.nowMs();
    const next = this.#prepare(program, this.#running);
    try {
      const saved = this.#stateToHandOver(beganMs);
      if (saved) loadState(program, next.instance!, saved);
      const state = stateImpact(this.graph, program.graph);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
    } finally {
      next.sinks.abandon(this.#running.sinks);
    }
  }

  /**
   * Goes back to the version before the one on trial, with what the new one left in the state where that can be read, else
   * with the state of the swap. Throws `FF_DEPLOY_NOTHING_BEFORE` when no version is on trial.
   */
  rollBack(generation: number): RollBackReport {
    const beganMs = this.#place.nowMs();
    const trial = this.#trial;
    if (!trial) {
      throw new FlowFusionError(
        "FF_DEPLOY_NOTHING_BEFORE",
        `flow ${this.#place.name}: no version before is kept ready`,
      );
    }
    const next = this.#prepare({ ...trial.program, generation }, this.#running);
    const state = stateImpact(this.graph, trial.program.graph);
    return this.#closingOnFailure(next, () => {
      const left = { graph: this.graph, state: this.#stateToHandOver(beganMs) };
      const { instance, saved, stateFrom } = goBack({ ...next, fresh: next.instance! }, left, trial.state);
      next.instance = instance;
      this.#switchTo(next, saved);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state, stateFrom };
    });
  }

  /** Runs the flow node by node from the next message on, or fused again. Throws, and changes nothing, when that fails. */
  setDevelopment(
    development: { readonly modules: readonly Uint8Array[]; readonly endsInMs: number } | undefined,
  ): SwapReport {
    const beganMs = this.#place.nowMs();
    const { program, sinks } = this.#running;
    const nodes = development && nodesOf(program.graph, development.modules);
    const tracing = this.#tracing(nodes);
    const saved = this.#stateToHandOver(beganMs);
    const instance = launch(program, saved, tracing);
    if (this.#running.instance) this.#totals.absorb(countersOf(this.#running.instance));
    this.#running = { program, tracing, instance, sinks };
    this.#developmentEndsMs = beganMs + (development?.endsInMs ?? Number.POSITIVE_INFINITY);
    const state = stateImpact(program.graph, program.graph);
    return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
  }

  /** Steps behind the one of id `after`. */
  traces(after: number, limit: number): TracePage {
    return this.#traces.page(after, limit);
  }

  /** Gives dead letters to the flow once more; all when no ids are named. One that it dies of again is a new one. */
  replay(ids: readonly number[] | undefined): ReplayReport {
    const { frames, refused } = replayable(this.deadLetters.kept, ids, this.graph);
    this.deadLetters.take(frames.map(({ id }) => id));
    const before = this.deadLetters.count;
    for (const { frame } of frames) this.feed(frame, 0, frame.length, 1);
    return { replayed: frames.length, deadAgain: this.deadLetters.count - before, refused };
  }

  /** Flushes the sinks. What could not be sent stays on disk. */
  async close(): Promise<void> {
    this.#trial?.abandon();
    await this.#running.sinks.close();
  }

  /** Flushes the sinks, and leaves nothing behind. */
  async remove(): Promise<void> {
    this.#trial?.abandon();
    await this.#running.sinks.discard();
  }

  stats(): HostStats {
    const { program, tracing, instance, sinks } = this.#running;
    const nowMs = this.#place.nowMs();
    const endsInMs = this.#developmentEndsMs - nowMs;
    return {
      name: this.#place.name,
      digest: program.digest,
      condition: this.#condition,
      mode: tracing ? "development" : "fused",
      ...(Number.isFinite(endsInMs) && { developmentEndsAtMs: Math.round(this.#place.wallMs() + endsInMs) }),
      ...(this.#breaker.isOpen && { retryInMs: Math.round(this.#breaker.restMs(nowMs)) }),
      ...this.#counts.stats,
      deadLetters: this.deadLetters.count,
      deadLettersKept: this.deadLetters.kept.length,
      nodes: this.#totals.stats(instance ? countersOf(instance) : []),
      sinks: [...sinks.queues].map(([node, queue]) => ({
        node,
        kind: program.graph.nodes.find(({ id }) => id === node)!.delivers!.to,
        ...queue.stats,
      })),
    };
  }

  get #condition(): FlowCondition {
    if (this.#breaker.isOpen) return "broken";
    return this.#running.instance ? "running" : "restarting";
  }

  #prepare(program: LoadedProgram, running: Running | undefined, state?: Uint8Array): Running {
    const tracing = this.#tracing(program.nodes);
    const instance = launch(program, state, tracing);
    const sinks = FlowSinks.prepare(program, running?.sinks, { ...this.#place, flow: this.#place.name });
    return { program, tracing, instance, sinks };
  }

  #tracing(nodes: Tracing["nodes"] | undefined): Tracing | undefined {
    return nodes && { nodes, onSteps: (steps) => this.#traces.add(steps, this.#place.wallMs()) };
  }

  /** Closes what `next` opened when it does not come to run. */
  #closingOnFailure<T>(next: Running, run: () => T): T {
    try {
      return run();
    } catch (error) {
      next.sinks.abandon(this.#running.sinks);
      throw error;
    }
  }

  /** The instance, started anew after a trap; undefined while the circuit breaker keeps the flow at rest. */
  #ready(nowMs: number): FlowInstance | undefined {
    while (this.#breaker.allows(nowMs)) {
      if (this.#running.instance) return this.#running.instance;
      this.#restart(nowMs);
    }
    return undefined;
  }

  #restart(nowMs: number): void {
    const { program, tracing } = this.#running;
    try {
      this.#running.instance = launch(program, this.#checkpoint, tracing);
      this.#counts.restarts++;
    } catch (error) {
      // It may be the checkpoint that it cannot start from: the next try does without.
      this.#checkpoint = undefined;
      const trap = asTrap((error as Error).cause ?? error);
      this.#countTrap(trap, nodeOf(this.graph, trap), nowMs, "start");
    }
  }

  /** Runs the input to its end, or to behind the message that a trap happened at. */
  #run(instance: FlowInstance, input: FlowInput, nowMs: number): void {
    const sinkList = this.#running.sinks.list;
    const isProfiled = ++this.#runs % runsPerProfile === 0;
    try {
      if (isProfiled) instance.isProfiling = true;
      let at = instance.reserve(input.bytes);
      instance.memory.set(input.rest, at);
      while (input.bytes > 0) {
        const consumed = instance.executeAt(at, input.bytes, input.frames);
        this.#counts.messagesOut += drainOutbox(instance, instance.outboxBytes, sinkList, this.#onLog);
        if (!input.advance(consumed)) throw unsound(`${consumed} of ${input.bytes} bytes consumed`);
        at += consumed;
      }
      if (isProfiled) instance.isProfiling = false;
    } catch (error) {
      this.#trapped(instance, asTrap(error), input, nowMs);
      return;
    }
    this.#isChanged = true;
    this.#breaker.succeeded("message");
    this.#checkpointWhenDue(instance, nowMs);
  }

  #tickAll(instance: FlowInstance, nowNs: bigint): number {
    let emitted = 0;
    for (let round = 0; round < ticksAtOnceMax; round++) {
      instance.tick(nowNs);
      const now = drainOutbox(instance, instance.outboxBytes, this.#running.sinks.list, this.#onLog);
      this.#counts.messagesOut += now;
      emitted += now;
      if (now < tickEmissionsMax) break;
    }
    return emitted;
  }

  #trapped(instance: FlowInstance, trap: FlowTrap, input: FlowInput, nowMs: number): void {
    this.#discard(instance);
    const frame = input.skipTo(trap.cursor);
    const { program } = this.#running;
    const flooder =
      trap.trapCause === "outbox_overflow"
        ? flooderOf(frame, () => launch(program, this.#checkpoint, undefined))
        : undefined;
    const letter = letterOf(this.graph, frame, trap, flooder ?? trap.nodeIndex);
    this.#countTrap(trap, letter.node, nowMs, "message");
    this.deadLetters.add({ ...letter, atMs: this.#place.wallMs() });
    this.#drainCommitted(instance);
  }

  /** What whole messages emitted before the trap. */
  #drainCommitted(instance: FlowInstance): void {
    try {
      const committed = Math.min(instance.committedOutboxBytes, instance.outboxBytes);
      this.#counts.messagesOut += drainOutbox(instance, committed, this.#running.sinks.list, this.#onLog);
    } catch {
      // An outbox that does not hold together either: there is nothing more to save.
    }
  }

  /** Takes the instance, which must not be used again, out of service. */
  #discard(instance: FlowInstance): void {
    this.#totals.absorb(countersOf(instance));
    this.#running.instance = undefined;
  }

  #countTrap(trap: FlowTrap, node: string, nowMs: number, doing: Doing): void {
    this.#counts.trapped(trap, node, this.#place.wallMs());
    this.#totals.trapped(node);
    this.#breaker.trapped(nowMs, doing);
  }

  #checkpointWhenDue(instance: FlowInstance, nowMs: number): void {
    if (!hasState(this.graph) || nowMs - this.#checkpointAtMs < checkpointIntervalMs) return;
    this.#saveCheckpoint(instance, nowMs);
  }

  #saveCheckpoint(instance: FlowInstance, nowMs: number): void {
    this.#checkpointAtMs = nowMs;
    this.#checkpoint = this.#save(instance, nowMs);
    this.#isChanged = false;
  }

  /** The state as it is now or, when the flow is down or cannot say, as it was at the last checkpoint. */
  #stateToHandOver(nowMs: number): Uint8Array | undefined {
    if (!hasState(this.graph)) return undefined;
    const { instance } = this.#running;
    return instance ? this.#save(instance, nowMs) : this.#checkpoint;
  }

  #save(instance: FlowInstance, nowMs: number): Uint8Array | undefined {
    try {
      return instance.saveState();
    } catch (error) {
      const trap = asTrap(error);
      this.#discard(instance);
      this.#countTrap(trap, nodeOf(this.graph, trap), nowMs, "start");
      return this.#checkpoint;
    }
  }

  #switchTo(next: Running, saved: Uint8Array | undefined): void {
    const previous = this.#running;
    if (previous.instance) this.#totals.absorb(countersOf(previous.instance));
    this.#running = next;
    this.#totals.follow(next.program.graph);
    this.#checkpoint = saved;
    this.#isChanged = true;
    this.#breaker = new Breaker(this.#place.random);
    this.#counts.switched(this.#place.nowMs(), previous.sinks, next.sinks);
    this.#developmentEndsMs = Number.POSITIVE_INFINITY;
    this.#trial?.abandon();
    this.#trial = undefined;
    next.sinks.takeOver(previous.sinks);
  }

  /** What is due from time to time: the trial of a new version, the end of development mode. */
  #keepHouse(nowMs: number): void {
    if (nowMs >= this.#developmentEndsMs) this.#endDevelopment(nowMs);
    const { sinks } = this.#running;
    if (this.#trial?.check(this.#counts.vitals(nowMs, sinks), this.#counts.executeP50Us)) this.#trial = undefined;
    this.#counts.sample(nowMs, sinks);
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

/** What an artefact says of itself need not hold together; then it has no counters. */
function countersOf(instance: FlowInstance): readonly NodeCounters[] {
  try {
    return instance.nodeCounters();
  } catch {
    return [];
  }
}
