// A program that runs, and goes on after a trap: fed with messages and ticks, its state saved from time to time.
//
// After a trap: what whole messages emitted goes out, the instance is discarded, the message that it died of goes to
// the dead letters, and a fresh instance goes on with the rest of the input from the last checkpoint.

import type { FlowTrap, NodeCounters } from "@flowfusion/fusion";
import type { CanonicalGraph, FlowCondition, FlowName, TrapCause } from "@flowfusion/graph";
import { flooderOf } from "./blame.ts";
import { Breaker, type Doing } from "./breaker.ts";
import { DeadLetters, letterOf } from "./dead-letters.ts";
import { TraceRing } from "./development/trace-ring.ts";
import { FlowCounts } from "./flow-counts.ts";
import { FlowInput } from "./flow-input.ts";
import { FlowSinks, type SinksPlace } from "./flow-sinks.ts";
import type { FlowInstance } from "./instance.ts";
import { asTrap, hasState, type LoadedProgram, launch, loadState, nodeOf, type Tracing } from "./launch.ts";
import { NodeTotals } from "./node-totals.ts";
import { drainOutbox, type OnLog, unsound } from "./outbox.ts";
import type { HostPulse, HostStats } from "./types.ts";

export interface FlowPlace extends Omit<SinksPlace, "flow"> {
  readonly name: FlowName;
  readonly onLog: (flow: FlowName, node: string, memory: Uint8Array, message: number) => void;
  /** It traps so often that it rests in between; told once a minute at most. */
  readonly onBroken: (flow: FlowName, node: string, cause: TrapCause) => void;
  /** A monotonic clock, ms. */
  readonly nowMs: () => number;
  /** The time of day, ms since the Unix epoch. */
  readonly wallMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What a flow begins with; nothing when it is new. */
export interface FlowBegin {
  readonly state?: Uint8Array | undefined;
  readonly deadLetters?: DeadLetters;
  /** See `Recovered`. */
  readonly hasSpools?: boolean | undefined;
}

/** What runs: a program with its instance and sinks. The instance is absent after a trap, until the next input. */
export interface Running {
  readonly program: LoadedProgram;
  /** Present when it runs node by node. */
  readonly tracing: Tracing | undefined;
  instance: FlowInstance | undefined;
  readonly sinks: FlowSinks;
}

/** A program beside the one that runs. */
export interface Prepared extends Running {
  tracing: Tracing | undefined;
  /** The instance whose state was loaded ahead. */
  preloadedFrom?: FlowInstance | undefined;
}

const checkpointIntervalMs = 1_000;
const brokenIntervalMs = 60_000;
/** A run of messages is profiled after so many that were not, and so long. It takes a few times as long, which P99 is not to tell of. */
const runsPerProfile = 128;
const profileIntervalMs = 1_000;
/** A node that has more to emit by time than so many messages leaves the rest to the next tick (see nodekit). */
const tickEmissionsMax = 512;
/** Ticks at one time, one after the other, for nodes that had more to emit. */
const ticksAtOnceMax = 64;
/** They end before that where they take long: other flows have their ticks and messages. ms. */
const ticksMsMax = 5;

export class FlowRunner {
  readonly deadLetters: DeadLetters;
  readonly traces = new TraceRing();
  readonly counts: FlowCounts;
  readonly #place: FlowPlace;
  readonly #totals: NodeTotals;
  readonly #onLog: OnLog;
  #running: Running;
  #breaker: Breaker;
  #brokenToldMs = Number.NEGATIVE_INFINITY;
  #runsSinceProfile = 0;
  #profiledAtMs = Number.NEGATIVE_INFINITY;
  #checkpoint: Uint8Array | undefined;
  #checkpointAtMs = 0;
  /** Whether messages or ticks may have changed the state since it was saved. */
  #isChanged = false;

  /**
   * Instantiates and configures the program, with the state that it begins with. Throws a FlowFusionError and leaves
   * nothing behind when that fails.
   */
  constructor(place: FlowPlace, program: LoadedProgram, begin: FlowBegin = {}) {
    this.#place = place;
    this.deadLetters = begin.deadLetters ?? new DeadLetters();
    this.#checkpoint = begin.state;
    this.#running = this.#prepare(program, this.tracing(program.nodes), undefined, begin);
    this.#totals = new NodeTotals(program.graph);
    this.#breaker = new Breaker(place.random);
    this.counts = new FlowCounts(place.nowMs());
    this.#onLog = (nodeIndex, memory, message) => {
      place.onLog(place.name, this.graph.nodes[nodeIndex]?.id ?? "", memory, message);
    };
  }

  get running(): Readonly<Running> {
    return this.#running;
  }

  get graph(): CanonicalGraph {
    return this.#running.program.graph;
  }

  /** The state as it is now or, when the flow is down or cannot say, as it was saved last. */
  checkpoint(): Uint8Array | undefined {
    const { instance } = this.#running;
    if (instance && this.#isChanged && hasState(this.graph)) this.#saveCheckpoint(instance, this.#place.nowMs());
    return this.#checkpoint;
  }

  /** Runs the frames at `memory[start, start + bytes)`, `frames` in number. Gives the time that it took, ms. */
  feed(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const nowMs = this.#place.nowMs();
    this.counts.messagesIn += frames;
    const input = new FlowInput(memory, start, bytes, frames);
    while (input.bytes > 0) {
      const instance = this.#ready(nowMs);
      if (!instance) {
        this.counts.droppedByBreaker += input.frames;
        break;
      }
      this.#run(instance, input, nowMs);
    }
    const spentMs = this.#place.nowMs() - nowMs;
    this.counts.executed(nowMs, spentMs, this.#running.tracing !== undefined);
    return spentMs;
  }

  /** Lets time-driven nodes emit, where there are any. `nowNs`: ns since the Unix epoch. `nowMs`: when this is called. */
  tick(nowNs: bigint, nowMs: number): void {
    const instance = this.#ready(nowMs);
    if (!instance) return;
    try {
      const emitted = instance.hasTicks ? this.#tickAll(instance, nowNs) : 0;
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

  /** How long it takes nothing in, ms; 0 when it does. Starts the flow anew where that is due, since that may fail. */
  restMs(nowMs: number): number {
    return this.#ready(nowMs) ? 0 : this.#breaker.restMs(nowMs);
  }

  get condition(): FlowCondition {
    if (this.#breaker.isOpen) return "broken";
    return this.#running.instance ? "running" : "restarting";
  }

  /**
   * Another program beside the one that runs, with sinks that take over what the present ones hold. The same version again
   * runs as it does now, node by node or not. Throws a FlowFusionError and leaves nothing behind when that fails.
   */
  prepare(program: LoadedProgram): Prepared {
    const { tracing } = this.isSameVersion(program) ? this.#running : { tracing: this.tracing(program.nodes) };
    return this.#prepare(program, tracing, this.#running);
  }

  /** As the one that runs: it is to run anew, with a connection as it is now. */
  isSameVersion({ generation }: LoadedProgram): boolean {
    return generation === this.#running.program.generation;
  }

  #prepare(
    program: LoadedProgram,
    tracing: Tracing | undefined,
    running: Running | undefined,
    { state, hasSpools }: FlowBegin = {},
  ): Running {
    const instance = launch(program, state, tracing);
    const sinks = FlowSinks.prepare(program, running?.sinks, { ...this.#place, flow: this.#place.name, hasSpools });
    return { program, tracing, instance, sinks };
  }

  /** For a program that is to run node by node. */
  tracing(nodes: Tracing["nodes"] | undefined): Tracing | undefined {
    return nodes && { nodes, onSteps: (steps) => this.traces.add(steps, this.#place.wallMs()) };
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
      const instance = launch(program, undefined, tracing);
      this.#loadCheckpoint(instance);
      this.#running.instance = instance;
      this.counts.restarts++;
    } catch (error) {
      const trap = asTrap((error as Error).cause ?? error);
      this.#countTrap(trap, nodeOf(this.graph, trap), nowMs, "start");
    }
  }

  /** What it cannot go on from, the next try does without. */
  #loadCheckpoint(instance: FlowInstance): void {
    if (!this.#checkpoint) return;
    try {
      loadState(this.#running.program, instance, this.#checkpoint);
    } catch (error) {
      this.#checkpoint = undefined;
      throw error;
    }
  }

  /** Runs the input to its end, or to behind the message that a trap happened at. */
  #run(instance: FlowInstance, input: FlowInput, nowMs: number): void {
    const sinkList = this.#running.sinks.list;
    const isProfiled = this.#isProfileDue(nowMs);
    try {
      if (isProfiled) instance.isProfiling = true;
      let at = instance.reserve(input.bytes);
      instance.memory.set(input.rest, at);
      let consumed = instance.executeAt(at, input.bytes, input.frames);
      for (;;) {
        this.counts.messagesOut += drainOutbox(instance, instance.outboxBytes, sinkList, this.#onLog);
        if (!input.advance(consumed)) throw unsound(`${consumed} of ${input.bytes} bytes consumed`);
        if (input.bytes === 0) break;
        at += consumed;
        consumed = instance.continueAt(at, input.bytes, input.frames);
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

  #isProfileDue(nowMs: number): boolean {
    if (++this.#runsSinceProfile < runsPerProfile || nowMs - this.#profiledAtMs < profileIntervalMs) return false;
    this.#runsSinceProfile = 0;
    this.#profiledAtMs = nowMs;
    return true;
  }

  #tickAll(instance: FlowInstance, nowNs: bigint): number {
    const beganMs = this.#place.nowMs();
    let emitted = 0;
    for (let round = 0; round < ticksAtOnceMax; round++) {
      instance.tick(nowNs);
      const now = drainOutbox(instance, instance.outboxBytes, this.#running.sinks.list, this.#onLog);
      this.counts.messagesOut += now;
      emitted += now;
      if (now < tickEmissionsMax || this.#place.nowMs() - beganMs > ticksMsMax) break;
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
      this.counts.messagesOut += drainOutbox(instance, committed, this.#running.sinks.list, this.#onLog);
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
    this.counts.trapped(trap, node, this.#place.wallMs());
    this.#totals.trapped(node);
    this.#breaker.trapped(nowMs, doing);
    if (!this.#breaker.isOpen || nowMs - this.#brokenToldMs < brokenIntervalMs) return;
    this.#brokenToldMs = nowMs;
    this.#place.onBroken(this.#place.name, node, trap.trapCause);
  }

  #checkpointWhenDue(instance: FlowInstance, nowMs: number): void {
    if (!hasState(this.graph) || nowMs - this.#checkpointAtMs < checkpointIntervalMs) return;
    this.#saveCheckpoint(instance, nowMs);
  }

  #saveCheckpoint(instance: FlowInstance, nowMs: number): void {
    this.#checkpointAtMs = nowMs;
    this.#checkpoint = this.#save(instance, nowMs)?.slice() ?? this.#checkpoint;
    this.#isChanged = false;
  }

  /**
   * The state as it is now or, when the flow is down or cannot say, as it was at the last checkpoint. It may lie in the
   * instance's memory, and holds until that is fed again.
   */
  stateToHandOver(nowMs: number): Uint8Array | undefined {
    if (!hasState(this.graph)) return undefined;
    const { instance } = this.#running;
    return (instance && this.#save(instance, nowMs)) ?? this.#checkpoint;
  }

  /** The state where it lies; undefined, and the instance is gone, when it traps. */
  #save(instance: FlowInstance, nowMs: number): Uint8Array | undefined {
    try {
      return instance.saveStateInPlace();
    } catch (error) {
      const trap = asTrap(error);
      this.#discard(instance);
      this.#countTrap(trap, nodeOf(this.graph, trap), nowMs, "start");
      return undefined;
    }
  }

  /** Runs what was prepared from now on. `saved`: the state that it began with, in the memory of the one before perhaps. */
  switchTo(next: Running, saved: Uint8Array | undefined): void {
    const previous = this.#running;
    if (previous.instance) this.#totals.absorb(countersOf(previous.instance));
    this.#running = next;
    this.#totals.follow(next.program.graph);
    // Where there is no state, nothing would ever take its place.
    this.#checkpoint = hasState(next.program.graph) ? saved : undefined;
    this.#checkpointAtMs = this.#place.nowMs();
    this.#isChanged = true;
    this.#breaker = new Breaker(this.#place.random);
    next.sinks.takeOver(previous.sinks);
    this.counts.switched(this.#place.nowMs(), next.sinks);
  }

  /** Runs the same program in another instance, with the same sinks. */
  exchangeInstance(instance: FlowInstance, tracing: Tracing | undefined): void {
    const { program, sinks, instance: previous } = this.#running;
    if (previous) this.#totals.absorb(countersOf(previous));
    this.#running = { program, tracing, instance, sinks };
    this.counts.exchanged();
  }

  /** What is counted anyway: no call into the flow, nothing by node. */
  pulse(): HostPulse {
    const { tracing, sinks } = this.#running;
    const { messagesIn, messagesOut, dropped, traps, executeP50Us, executeP99Us } = this.counts.stats(sinks);
    return {
      ...{ name: this.#place.name, condition: this.condition, mode: tracing ? "development" : "fused" },
      ...{ messagesIn, messagesOut, dropped, traps, executeP50Us, executeP99Us },
      ...{ deadLetters: this.deadLetters.count, deadLettersKept: this.deadLetters.kept.length },
    };
  }

  stats(): Omit<HostStats, "developmentEndsAtMs"> {
    const { program, tracing, instance, sinks } = this.#running;
    return {
      name: this.#place.name,
      digest: program.digest,
      condition: this.condition,
      mode: tracing ? "development" : "fused",
      ...(this.#breaker.isOpen && { retryInMs: Math.round(this.#breaker.restMs(this.#place.nowMs())) }),
      ...this.counts.stats(sinks),
      deadLetters: this.deadLetters.count,
      deadLettersKept: this.deadLetters.kept.length,
      nodes: this.#totals.stats(instance ? countersOf(instance) : []),
      sinks: sinks.named.map(([node, queue]) => ({
        node,
        kind: program.graph.nodes.find(({ id }) => id === node)!.delivers!.to,
        ...queue.stats,
      })),
    };
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
