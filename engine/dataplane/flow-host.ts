// One flow on the data plane: its instance, its sinks, and what happens when it traps. `feed` and `swap` are
// synchronous, so between two calls is a message boundary, and that is where a swap happens.
//
// After a trap: what whole messages emitted goes out, the instance is discarded, the message that it died of goes to
// the dead letters, and a fresh instance goes on with the rest of the input from the last checkpoint.

import { type FlowLimits, FlowTrap, FusedInstance, stateImpact } from "@flowfusion/fusion";
import { type CanonicalGraph, type Digest, FlowFusionError, type FlowName } from "@flowfusion/graph";
import { createSinkQueue } from "../sinks/create.ts";
import type { SinkQueue } from "../sinks/queue.ts";
import { Breaker } from "./breaker.ts";
import { DeadLetters } from "./dead-letters.ts";
import { RecentTimes } from "./histogram.ts";
import { NodeTotals } from "./node-totals.ts";
import { drainOutbox, type OnLog } from "./outbox.ts";
import type { FlowCondition, FlowStats, SwapReport } from "./types.ts";

/** A compiled program. */
export interface LoadedProgram {
  readonly digest: Digest;
  readonly graph: CanonicalGraph;
  readonly module: WebAssembly.Module;
  readonly limits: FlowLimits;
}

export interface FlowPlace {
  readonly name: FlowName;
  /** Folder that file sinks write in. */
  readonly outputDir: string;
  readonly onLog: (flow: FlowName, node: string, memory: Uint8Array, message: number) => void;
}

/** What runs: a program with its instance and sinks. The instance is absent after a trap, until the next input. */
interface Running {
  readonly program: LoadedProgram;
  instance: FusedInstance | undefined;
  /** By node id, in the order of sink indices. */
  readonly sinks: ReadonlyMap<string, SinkQueue>;
  readonly sinkList: readonly SinkQueue[];
}

const checkpointIntervalMs = 1_000;
const sinkFlushMs = 5_000;

export class FlowHost {
  readonly #place: FlowPlace;
  readonly #breaker = new Breaker();
  readonly #deadLetters = new DeadLetters();
  readonly #executeTimes = new RecentTimes();
  readonly #totals: NodeTotals;
  readonly #onLog: OnLog;
  #running: Running;
  #checkpoint: Uint8Array | undefined;
  #checkpointAtMs = 0;
  #messagesIn = 0;
  #messagesOut = 0;
  #droppedByBreaker = 0;
  #traps = 0;
  #restarts = 0;

  /** Instantiates and configures the program. Throws a FlowFusionError and leaves nothing behind when that fails. */
  constructor(place: FlowPlace, program: LoadedProgram) {
    this.#place = place;
    this.#running = this.#prepare(program, new Map());
    this.#totals = new NodeTotals(program.graph);
    this.#onLog = (nodeIndex, memory, message) => {
      place.onLog(place.name, this.graph.nodes[nodeIndex]?.id ?? "", memory, message);
    };
  }

  get graph(): CanonicalGraph {
    return this.#running.program.graph;
  }

  /** Runs the frames at `memory[start, start + bytes)`, `frames` in number. `nowMs`: performance.now(). */
  feed(memory: Uint8Array, start: number, bytes: number, frames: number, nowMs: number): void {
    this.#messagesIn += frames;
    for (let offset = 0; offset < bytes; ) {
      const instance = this.#ready(nowMs);
      if (!instance) {
        this.#droppedByBreaker += offset === 0 ? frames : countFrames(memory, start + offset, start + bytes);
        return;
      }
      offset = this.#run(instance, memory, start, offset, bytes, frames, nowMs);
    }
    this.#executeTimes.record((performance.now() - nowMs) * 1000, nowMs);
  }

  /**
   * Replaces the program: prepares the new one, hands the state over, switches. Throws a FlowFusionError and goes on
   * with the old one when any of it fails.
   */
  swap(program: LoadedProgram): SwapReport {
    const began = performance.now();
    const next = this.#prepare(program, this.#running.sinks);
    const state = stateImpact(this.graph, program.graph);
    try {
      const saved = this.#stateToHandOver();
      if (saved) guarded(program, () => next.instance!.loadState(saved));
      this.#switchTo(next, saved);
      return { pauseMs: performance.now() - began, stateBytes: saved?.length ?? 0, state };
    } catch (error) {
      void closeSinks(next.sinks, this.#running.sinks);
      throw error;
    }
  }

  async close(): Promise<void> {
    await closeSinks(this.#running.sinks, new Map());
  }

  stats(): FlowStats {
    const { program, instance, sinks } = this.#running;
    const last = this.#deadLetters.last;
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
      ...(last && { lastTrap: { node: last.node, cause: last.cause, atMs: last.atMs } }),
      executeP50Us: this.#executeTimes.percentileUs(50),
      executeP99Us: this.#executeTimes.percentileUs(99),
      nodes: this.#totals.stats(instance?.nodeCounters() ?? []),
      sinks: [...sinks].map(([node, queue]) => ({
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

  #prepare(program: LoadedProgram, openSinks: ReadonlyMap<string, SinkQueue>): Running {
    const instance = start(program, undefined);
    const sinks = new Map<string, SinkQueue>();
    try {
      for (const node of program.graph.nodes.filter(({ delivers }) => delivers)) {
        const open = openSinks.get(node.id);
        const isSame =
          open !== undefined &&
          isDeepEqual(
            this.graph.nodes.find(({ id }) => id === node.id),
            node,
          );
        sinks.set(
          node.id,
          isSame ? open : createSinkQueue(node, { flow: this.#place.name, outputDir: this.#place.outputDir }),
        );
      }
    } catch (error) {
      void closeSinks(sinks, openSinks);
      throw error;
    }
    return { program, instance, sinks, sinkList: [...sinks.values()] };
  }

  /** The instance, started anew after a trap; undefined while the circuit breaker keeps the flow at rest. */
  #ready(nowMs: number): FusedInstance | undefined {
    if (!this.#breaker.allows(nowMs)) return undefined;
    if (this.#running.instance) return this.#running.instance;
    try {
      this.#running.instance = start(this.#running.program, this.#checkpoint);
      this.#restarts++;
    } catch {
      this.#breaker.trapped(nowMs);
    }
    return this.#running.instance;
  }

  /** Runs the input from `offset` to its end, or to a trap. Gives the offset from where to go on. */
  #run(
    instance: FusedInstance,
    memory: Uint8Array,
    start: number,
    offset: number,
    bytes: number,
    frames: number,
    nowMs: number,
  ): number {
    const base = instance.reserve(bytes - offset);
    instance.memory.set(memory.subarray(start + offset, start + bytes), base);
    let consumed = 0;
    try {
      while (offset + consumed < bytes) {
        const ran = instance.executeAt(base + consumed, bytes - offset - consumed, frames);
        this.#messagesOut += drainOutbox(instance, instance.outboxBytes, this.#running.sinkList, this.#onLog);
        if (ran <= 0 || ran > bytes - offset - consumed)
          throw new FlowTrap("invalid_emission", -1, 0, new Error(`${ran} bytes consumed`));
        consumed += ran;
      }
      this.#breaker.succeeded();
      if (nowMs - this.#checkpointAtMs >= checkpointIntervalMs) this.#takeCheckpoint(instance, nowMs);
      return bytes;
    } catch (error) {
      const trap = asTrap(error);
      const failed = Math.min(offset + consumed + trap.cursor, bytes - 8);
      const next = trap.trapCause === "invalid_input" ? bytes : failed + 8 + wordAt(memory, start + failed + 4);
      this.#trapped(instance, trap, memory.subarray(start + failed, start + Math.min(next, bytes)), nowMs);
      return next;
    }
  }

  #trapped(instance: FusedInstance, trap: FlowTrap, frame: Uint8Array, nowMs: number): void {
    const node = this.graph.nodes[trap.nodeIndex]?.id ?? "";
    this.#traps++;
    this.#totals.trapped(node);
    this.#totals.absorb(instance.nodeCounters());
    this.#deadLetters.add({ node, cause: trap.trapCause, detail: trap.message, atMs: Date.now(), frame });
    this.#running.instance = undefined;
    this.#breaker.trapped(nowMs);
    try {
      const committed = Math.min(instance.committedOutboxBytes, instance.outboxBytes);
      this.#messagesOut += drainOutbox(instance, committed, this.#running.sinkList, this.#onLog);
    } catch {
      // An outbox that does not hold together either: there is nothing more to save.
    }
  }

  #takeCheckpoint(instance: FusedInstance, nowMs: number): void {
    this.#checkpointAtMs = nowMs;
    if (hasState(this.graph)) this.#checkpoint = instance.saveState();
  }

  /** The state as it is now or, when the flow is down or cannot say, as it was at the last checkpoint. */
  #stateToHandOver(): Uint8Array | undefined {
    if (!hasState(this.graph)) return undefined;
    try {
      return this.#running.instance?.saveState() ?? this.#checkpoint;
    } catch {
      return this.#checkpoint;
    }
  }

  #switchTo(next: Running, saved: Uint8Array | undefined): void {
    const previous = this.#running;
    if (previous.instance) this.#totals.absorb(previous.instance.nodeCounters());
    this.#running = next;
    this.#totals.follow(next.program.graph);
    this.#checkpoint = saved;
    this.#breaker.succeeded();
    void closeSinks(previous.sinks, next.sinks);
  }
}

/** A configured instance, with state where there is some. Throws a FlowFusionError. */
function start(program: LoadedProgram, state: Uint8Array | undefined): FusedInstance {
  return guarded(program, () => {
    const instance = new FusedInstance(program.module, program.limits);
    instance.configure();
    if (state) instance.loadState(state);
    return instance;
  });
}

/** Lets a trap outside the data path be read like any other refusal. */
function guarded<T>(program: LoadedProgram, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FlowFusionError) throw error;
    const trap = asTrap(error);
    const node = program.graph.nodes[trap.nodeIndex]?.id ?? "?";
    throw new FlowFusionError(
      "FF_FLOW_TRAP",
      `nodes.${node}: ${trap.trapCause} while the flow was started: ${trap.message}`,
      { cause: error },
    );
  }
}

const asTrap = (error: unknown): FlowTrap => (error instanceof FlowTrap ? error : new FlowTrap("trap", -1, 0, error));

const hasState = (graph: CanonicalGraph): boolean => graph.nodes.some(({ stateVersion }) => stateVersion > 0);

const isDeepEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Closes, in the background, the sinks that are in `sinks` and not in `kept`. */
async function closeSinks(sinks: ReadonlyMap<string, SinkQueue>, kept: ReadonlyMap<string, SinkQueue>): Promise<void> {
  const stillOpen = new Set(kept.values());
  await Promise.all(
    [...sinks.values()].filter((queue) => !stillOpen.has(queue)).map((queue) => queue.close(sinkFlushMs)),
  );
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function countFrames(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 8 + wordAt(bytes, at + 4)) count++;
  return count;
}
