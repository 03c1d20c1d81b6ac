// One flow on the data plane: its instance, its sinks, and what happens when it traps. `feed` and `swap` are
// synchronous, so between two calls is a message boundary, and that is where a swap happens.
//
// After a trap: what whole messages emitted goes out, the instance is discarded, the message that it died of goes to
// the dead letters, and a fresh instance goes on with the rest of the input from the last checkpoint.

import { type FlowTrap, type FusedInstance, type NodeCounters, stateImpact } from "@flowfusion/fusion";
import type { CanonicalGraph, Digest, FlowName } from "@flowfusion/graph";
import { failpoint } from "../failpoints.ts";
import { Breaker } from "./breaker.ts";
import { type DeadLetter, DeadLetters } from "./dead-letters.ts";
import { FlowInput } from "./flow-input.ts";
import { FlowSinks, type SinksPlace } from "./flow-sinks.ts";
import { RecentTimes } from "./histogram.ts";
import { asTrap, hasState, type LoadedProgram, launch, loadState, nodeOf } from "./launch.ts";
import { NodeTotals } from "./node-totals.ts";
import { drainOutbox, type OnLog, unsound } from "./outbox.ts";
import type { FlowCondition, HostStats, SwapReport } from "./types.ts";

export interface FlowPlace extends Omit<SinksPlace, "flow"> {
  readonly name: FlowName;
  readonly onLog: (flow: FlowName, node: string, memory: Uint8Array, message: number) => void;
  /** A monotonic clock, ms. */
  readonly nowMs: () => number;
}

/** What runs: a program with its instance and sinks. The instance is absent after a trap, until the next input. */
interface Running {
  readonly program: LoadedProgram;
  instance: FusedInstance | undefined;
  readonly sinks: FlowSinks;
}

const checkpointIntervalMs = 1_000;

export class FlowHost {
  readonly #place: FlowPlace;
  readonly #deadLetters = new DeadLetters();
  readonly #executeTimes = new RecentTimes();
  readonly #totals: NodeTotals;
  readonly #onLog: OnLog;
  #running: Running;
  #breaker = new Breaker();
  #checkpoint: Uint8Array | undefined;
  #checkpointAtMs = 0;
  /** Whether messages or ticks may have changed the state since it was saved. */
  #isChanged = false;
  #messagesIn = 0;
  #messagesOut = 0;
  #droppedByBreaker = 0;
  #traps = 0;
  #restarts = 0;
  #lastTrap: HostStats["lastTrap"];

  /**
   * Instantiates and configures the program, with the state that it begins with. Throws a FlowFusionError and leaves
   * nothing behind when that fails.
   */
  constructor(place: FlowPlace, program: LoadedProgram, state?: Uint8Array) {
    this.#place = place;
    this.#checkpoint = state;
    this.#running = this.#prepare(program, undefined, state);
    this.#totals = new NodeTotals(program.graph);
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

  /** The last messages that the flow died of. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters.kept;
  }

  /** Runs the frames at `memory[start, start + bytes)`, `frames` in number. Gives the time that it took, ms. */
  feed(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const nowMs = this.#place.nowMs();
    this.#messagesIn += frames;
    const input = new FlowInput(memory, start, bytes, frames);
    while (input.bytes > 0) {
      const instance = this.#ready(nowMs);
      if (!instance) {
        this.#droppedByBreaker += input.frames;
        break;
      }
      this.#run(instance, input, nowMs);
    }
    const spentMs = this.#place.nowMs() - nowMs;
    this.#executeTimes.record(spentMs * 1000, nowMs);
    return spentMs;
  }

  /** Lets time-driven nodes emit. `nowNs`: ns since the Unix epoch. */
  tick(nowNs: bigint): void {
    const nowMs = this.#place.nowMs();
    const instance = this.#ready(nowMs);
    if (!instance) return;
    try {
      instance.tick(nowNs);
      const emitted = drainOutbox(instance, instance.outboxBytes, this.#running.sinks.list, this.#onLog);
      this.#messagesOut += emitted;
      if (emitted > 0) this.#isChanged = true;
      // A tick that did nothing is no reason to save the state of a flow at rest each second.
      if (emitted > 0) this.#checkpointWhenDue(instance, nowMs);
    } catch (error) {
      this.#discard(instance, asTrap(error), nowMs);
      this.#drainCommitted(instance);
    }
  }

  /**
   * Replaces the program: prepares the new one, hands the state over, switches. Throws a FlowFusionError and goes on
   * with the old one when any of it fails.
   */
  swap(program: LoadedProgram): SwapReport {
    const beganMs = this.#place.nowMs();
    const next = this.#prepare(program, this.#running.sinks);
    const state = stateImpact(this.graph, program.graph);
    try {
      const saved = this.#stateToHandOver(beganMs);
      failpoint("swap.load-state");
      if (saved) loadState(program, next.instance!, saved);
      failpoint("swap.switch");
      this.#switchTo(next, saved);
      return { pauseMs: this.#place.nowMs() - beganMs, stateBytes: saved?.length ?? 0, state };
    } catch (error) {
      next.sinks.abandon(this.#running.sinks);
      throw error;
    }
  }

  /** Flushes the sinks. What could not be sent stays on disk. */
  async close(): Promise<void> {
    await this.#running.sinks.close();
  }

  /** Flushes the sinks, and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.#running.sinks.discard();
  }

  stats(): HostStats {
    const { program, instance, sinks } = this.#running;
    return {
      name: this.#place.name,
      digest: program.digest,
      condition: this.#condition,
      messagesIn: this.#messagesIn,
      messagesOut: this.#messagesOut,
      droppedByBreaker: this.#droppedByBreaker,
      traps: this.#traps,
      restarts: this.#restarts,
      deadLetters: this.#deadLetters.count,
      ...(this.#lastTrap && { lastTrap: this.#lastTrap }),
      executeP50Us: this.#executeTimes.percentileUs(50),
      executeP99Us: this.#executeTimes.percentileUs(99),
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

  #prepare(program: LoadedProgram, running: FlowSinks | undefined, state?: Uint8Array): Running {
    const instance = launch(program, state);
    const sinks = FlowSinks.prepare(program, running, { ...this.#place, flow: this.#place.name });
    return { program, instance, sinks };
  }

  /** The instance, started anew after a trap; undefined while the circuit breaker keeps the flow at rest. */
  #ready(nowMs: number): FusedInstance | undefined {
    while (this.#breaker.allows(nowMs)) {
      if (this.#running.instance) return this.#running.instance;
      this.#restart(nowMs);
    }
    return undefined;
  }

  #restart(nowMs: number): void {
    try {
      this.#running.instance = launch(this.#running.program, this.#checkpoint);
      this.#restarts++;
    } catch (error) {
      // It may be the checkpoint that it cannot start from: the next try does without.
      this.#checkpoint = undefined;
      const trap = (error as Error).cause;
      this.#countTrap(asTrap(trap ?? error), nowMs);
    }
  }

  /** Runs the input to its end, or to behind the message that a trap happened at. */
  #run(instance: FusedInstance, input: FlowInput, nowMs: number): void {
    const sinkList = this.#running.sinks.list;
    try {
      let at = instance.reserve(input.bytes);
      instance.memory.set(input.rest, at);
      while (input.bytes > 0) {
        const consumed = instance.executeAt(at, input.bytes, input.frames);
        this.#messagesOut += drainOutbox(instance, instance.outboxBytes, sinkList, this.#onLog);
        if (!input.advance(consumed)) throw unsound(`${consumed} of ${input.bytes} bytes consumed`);
        at += consumed;
      }
    } catch (error) {
      this.#trapped(instance, asTrap(error), input, nowMs);
      return;
    }
    this.#isChanged = true;
    this.#breaker.succeeded();
    this.#checkpointWhenDue(instance, nowMs);
  }

  #trapped(instance: FusedInstance, trap: FlowTrap, input: FlowInput, nowMs: number): void {
    this.#discard(instance, trap, nowMs);
    const frame = input.skipTo(trap.cursor);
    const node = nodeOf(this.graph, trap);
    this.#deadLetters.add({ node, cause: trap.trapCause, detail: trap.message, atMs: Date.now(), frame });
    this.#drainCommitted(instance);
  }

  /** What whole messages emitted before the trap. */
  #drainCommitted(instance: FusedInstance): void {
    try {
      const committed = Math.min(instance.committedOutboxBytes, instance.outboxBytes);
      this.#messagesOut += drainOutbox(instance, committed, this.#running.sinks.list, this.#onLog);
    } catch {
      // An outbox that does not hold together either: there is nothing more to save.
    }
  }

  /** Counts the trap and takes the instance, which must not be used again, out of service. */
  #discard(instance: FusedInstance, trap: FlowTrap, nowMs: number): void {
    this.#totals.absorb(countersOf(instance));
    this.#running.instance = undefined;
    this.#countTrap(trap, nowMs);
  }

  #countTrap(trap: FlowTrap, nowMs: number): void {
    const node = nodeOf(this.graph, trap);
    this.#traps++;
    this.#totals.trapped(node);
    this.#lastTrap = { node, cause: trap.trapCause, atMs: Date.now() };
    this.#breaker.trapped(nowMs);
  }

  #checkpointWhenDue(instance: FusedInstance, nowMs: number): void {
    if (!hasState(this.graph) || nowMs - this.#checkpointAtMs < checkpointIntervalMs) return;
    this.#saveCheckpoint(instance, nowMs);
  }

  #saveCheckpoint(instance: FusedInstance, nowMs: number): void {
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

  #save(instance: FusedInstance, nowMs: number): Uint8Array | undefined {
    try {
      return instance.saveState();
    } catch (error) {
      this.#discard(instance, asTrap(error), nowMs);
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
    this.#breaker = new Breaker();
    next.sinks.takeOver(previous.sinks);
  }
}

/** What an artefact says of itself need not hold together; then it has no counters. */
function countersOf(instance: FusedInstance): readonly NodeCounters[] {
  try {
    return instance.nodeCounters();
  } catch {
    return [];
  }
}
