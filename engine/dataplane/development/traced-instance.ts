// A flow run node by node, behind the face of a fused one: the same graph, the same input and outbox, the same state and
// fuel, each step told. Slower by an order of magnitude, and for finding faults only.
//
// Its memory has the layout that the host asks for and no more: an outbox at 0, and room for input behind it.

import {
  type FlowLimits,
  FlowTrap,
  outboxHighWaterBytes,
  outboxMaxBytes,
  ReferenceFlow,
  StepRecorder,
  type TraceStep,
} from "@flowfusion/fusion";
import type { CanonicalGraph, ModuleCatalog } from "@flowfusion/graph";
import { frameEnd } from "../../sinks/frames.ts";
import type { FlowInstance } from "../instance.ts";

const pageBytes = 64 * 1024;
/** No further message is begun when the outbox holds so much as it may in a fused flow, and one more may emit as much as that holds. */
const roomBytes = outboxMaxBytes + outboxHighWaterBytes;

export type OnSteps = (steps: readonly TraceStep[]) => void;

export class TracedInstance implements FlowInstance {
  /** Of no effect: each step tells its fuel. */
  isProfiling = false;
  readonly hasTicks = true;
  readonly #flow: ReferenceFlow;
  readonly #recorder: StepRecorder;
  readonly #onSteps: OnSteps;
  #memory = new Uint8Array(roomBytes);
  #outboxBytes = 0;
  #committedBytes = 0;

  constructor(graph: CanonicalGraph, catalog: ModuleCatalog, limits: FlowLimits, onSteps: OnSteps) {
    this.#recorder = new StepRecorder(graph, process.hrtime.bigint);
    this.#flow = new ReferenceFlow(graph, catalog, this.#recorder, limits);
    this.#onSteps = onSteps;
  }

  configure(): void {
    this.#flow.configure();
  }

  get memory(): Uint8Array {
    return this.#memory;
  }

  get outboxStart(): number {
    return 0;
  }

  get outboxBytes(): number {
    return this.#outboxBytes;
  }

  get committedOutboxBytes(): number {
    return this.#committedBytes;
  }

  clearOutbox(): void {
    this.#outboxBytes = 0;
  }

  reserve(bytes: number): number {
    if (roomBytes + bytes > this.#memory.length) {
      const grown = new Uint8Array(Math.ceil((roomBytes + bytes) / pageBytes) * pageBytes);
      grown.set(this.#memory.subarray(0, this.#outboxBytes));
      this.#memory = grown;
    }
    return roomBytes;
  }

  executeAt(start: number, length: number): number {
    const end = start + length;
    let at = start;
    this.clearOutbox();
    while (at < end && this.#outboxBytes < outboxHighWaterBytes) {
      const next = frameEnd(this.#memory, at);
      const frame = this.#memory.slice(at, next);
      this.#run(at - start, () => this.#flow.execute(frame));
      at = next;
    }
    return at - start;
  }

  continueAt(start: number, length: number): number {
    return this.executeAt(start, length);
  }

  tick(nowNs: bigint): void {
    this.clearOutbox();
    this.#run(0, () => this.#flow.tick(nowNs));
  }

  saveState(): Uint8Array {
    return this.#flow.saveState();
  }

  saveStateInPlace(): Uint8Array {
    return this.saveState();
  }

  loadState(state: Uint8Array): void {
    this.#flow.loadState(state);
  }

  nodeCounters(): ReturnType<FlowInstance["nodeCounters"]> {
    return this.#flow.nodeCounters();
  }

  /** Runs one message or tick. `cursor`: where in the input it lies. */
  #run(cursor: number, run: () => void): void {
    this.#committedBytes = this.#outboxBytes;
    try {
      run();
      this.#takeOutbox();
      this.#committedBytes = this.#outboxBytes;
    } catch (error) {
      if (!(error instanceof FlowTrap)) throw error;
      this.#recorder.trapped(error.trapCause);
      throw new FlowTrap(error.trapCause, error.nodeIndex, cursor, error.cause);
    } finally {
      this.#onSteps(this.#recorder.take());
    }
  }

  #takeOutbox(): void {
    const emitted = this.#flow.takeOutbox();
    this.#memory.set(emitted, this.#outboxBytes);
    this.#outboxBytes += emitted.length;
  }
}
