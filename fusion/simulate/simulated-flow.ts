// One flow fed with recorded readings: fused, metered and limited as a gateway would run it, time taken from the
// readings. A trap ends it, unless it may leave dead letters: then it goes on from its last checkpoint, as in a gateway.

import {
  type CanonicalGraph,
  decodeMessage,
  encodeFrame,
  encodeMessage,
  frameHeaderBytes,
  type Message,
  type NodeId,
  type Route,
  type Subscriptions,
  type TrapCause,
} from "@flowfusion/graph";
import { readArtefact } from "../artefact/read.ts";
import { logFrameFlag } from "../glue/layout.ts";
import { concatenate } from "../glue/properties.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { FlowTrap, type NodeCounters } from "../host/running-flow.ts";
import { defaultFlowLimits, type FlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { subscriptionsOf } from "./input.ts";
import { TickClock } from "./tick-clock.ts";

export interface FlowToSimulate {
  /** A fused flow, Flow.wasm. */
  readonly wasm: Uint8Array;
  readonly limits?: FlowLimits;
  /** Messages that it may die of and go on without, before it counts as stopped; 0 when absent. */
  readonly deadLettersMax?: number;
}

/** What left the flow: at a sink, or a line for the log. */
export interface SimulatedEmission {
  readonly node: NodeId;
  readonly isLog: boolean;
  /** Message v1. */
  readonly bytes: Uint8Array;
}

export interface SimulatedTrap {
  /** The node that was running; absent when the flow itself is at fault. */
  readonly node?: NodeId;
  readonly cause: TrapCause;
  /** What the flow was given; absent for a tick. */
  readonly message?: Message;
}

/** Of the readings' time, as between two of a gateway. */
const checkpointIntervalNs = 1_000_000_000n;

export class SimulatedFlow {
  readonly graph: CanonicalGraph;
  /** What it died of and went on without. */
  readonly deadLetters: SimulatedTrap[] = [];
  readonly #start: () => FusedInstance;
  readonly #deadLettersMax: number;
  readonly #countersBefore: NodeCounters[][] = [];
  #fuelBefore = 0;
  #instance: FusedInstance;
  #checkpoint: { readonly atNs: bigint; readonly state: Uint8Array } | undefined;
  readonly #subscriptions: Subscriptions;
  readonly #routes = new Map<string, readonly Route[]>();
  readonly #sinks: readonly NodeId[];
  readonly #onEmission: (emission: SimulatedEmission) => void;
  readonly #clock = new TickClock();
  #unmatched = 0;
  #trap: SimulatedTrap | undefined;

  /** Configures the flow. Throws a FlowFusionError when it is no artefact, or a node refuses its properties. */
  static async start(
    { wasm, limits = defaultFlowLimits, deadLettersMax = 0 }: FlowToSimulate,
    onEmission: (emission: SimulatedEmission) => void,
  ): Promise<SimulatedFlow> {
    const { graph } = readArtefact(wasm);
    const module = await WebAssembly.compile(meter(wasm, limits));
    const startInstance = () => {
      const instance = new FusedInstance(module, limits);
      instance.configure();
      instance.isProfiling = true;
      return instance;
    };
    return new SimulatedFlow(graph, startInstance, deadLettersMax, onEmission);
  }

  private constructor(
    graph: CanonicalGraph,
    start: () => FusedInstance,
    deadLettersMax: number,
    onEmission: (emission: SimulatedEmission) => void,
  ) {
    this.graph = graph;
    this.#start = start;
    this.#instance = start();
    this.#deadLettersMax = deadLettersMax;
    this.#onEmission = onEmission;
    this.#subscriptions = subscriptionsOf(graph);
    this.#sinks = graph.nodes.filter(({ delivers }) => delivers !== undefined).map(({ id }) => id);
  }

  /** Readings that no input takes. */
  get unmatched(): number {
    return this.#unmatched;
  }

  /** What stopped the flow; it takes nothing more. */
  get trap(): SimulatedTrap | undefined {
    return this.#trap;
  }

  /** Units of fuel that all of the flow used. */
  get fuel(): number {
    return this.#fuelBefore + this.#instance.fuelProfiled;
  }

  nodeCounters(): NodeCounters[] {
    return this.#countersBefore.reduceRight(
      (sums, counters) => sums.map((sum, node) => sumOf(sum, counters[node]!)),
      this.#instance.nodeCounters(),
    );
  }

  /** Runs readings in their order. */
  feed(readings: readonly Message[]): void {
    let frames: Uint8Array[] = [];
    const run = () => {
      this.#execute(concatenate(frames));
      frames = [];
    };
    for (const reading of readings) {
      if (this.#isCheckpointDue(reading.timestampNs)) {
        run();
        this.#saveCheckpoint(reading.timestampNs);
      }
      if (this.#isTickDue(reading.timestampNs)) {
        run();
        this.passTime(reading.timestampNs);
      }
      const routes = this.#routesOf(reading.topic);
      if (routes.length === 0) this.#unmatched++;
      else {
        const message = encodeMessage(reading);
        for (const { input } of routes) frames.push(encodeFrame(input, message));
      }
    }
    run();
  }

  #routesOf(topic: string): readonly Route[] {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    const routes = this.#subscriptions.match(topic);
    this.#routes.set(topic, routes);
    return routes;
  }

  #execute(frames: Uint8Array): void {
    let at = 0;
    while (at < frames.length && this.#trap === undefined) {
      const rest = frames.subarray(at);
      try {
        at += this.#instance.execute(rest);
        this.#drain();
      } catch (error) {
        if (!(error instanceof FlowTrap)) throw error;
        this.#drain(this.#instance.committedOutboxBytes);
        const trap = this.#trapOf(error, decodeMessage(rest, error.cursor + frameHeaderBytes));
        if (this.deadLetters.length < this.#deadLettersMax) {
          this.deadLetters.push(trap);
          this.#restart();
          at += error.cursor + frameHeaderBytes + frameLength(rest, error.cursor);
        } else this.#trap = trap;
      }
    }
  }

  /** In a fresh instance, with the state of the last checkpoint. */
  #restart(): void {
    this.#countersBefore.push(this.#instance.nodeCounters());
    this.#fuelBefore += this.#instance.fuelProfiled;
    this.#instance = this.#start();
    if (this.#checkpoint === undefined) return;
    try {
      this.#instance.loadState(this.#checkpoint.state);
    } catch {
      // As a gateway does: what it cannot start from, it starts without.
      this.#checkpoint = undefined;
      this.#instance = this.#start();
    }
  }

  #isCheckpointDue(nowNs: bigint): boolean {
    if (this.#deadLettersMax === 0 || this.#trap !== undefined) return false;
    return this.#checkpoint === undefined || nowNs - this.#checkpoint.atNs >= checkpointIntervalNs;
  }

  #saveCheckpoint(nowNs: bigint): void {
    this.#stopAtTrap(() => {
      this.#checkpoint = { atNs: nowNs, state: this.#instance.saveState() };
    });
  }

  #isTickDue(nowNs: bigint): boolean {
    return this.#trap === undefined && this.#clock.isDue(nowNs);
  }

  /** Asks the nodes that go by time what they emit, up to `nowNs`. */
  passTime(nowNs: bigint): void {
    if (this.#trap !== undefined) return;
    for (const at of this.#clock.upTo(nowNs)) {
      this.#stopAtTrap(() => this.#instance.tick(at));
      this.#drain(this.#trap && this.#instance.committedOutboxBytes);
      if (this.#trap !== undefined) return;
    }
  }

  #stopAtTrap(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof FlowTrap)) throw error;
      this.#trap = this.#trapOf(error);
    }
  }

  #trapOf({ nodeIndex, trapCause }: FlowTrap, message?: Message): SimulatedTrap {
    const node = this.graph.nodes[nodeIndex]?.id;
    return { cause: trapCause, ...(node && { node }), ...(message && { message }) };
  }

  /** Passes on what was emitted, of it no more than `bytes`. */
  #drain(bytes?: number): void {
    const frames = this.#instance.takeOutbox().subarray(0, bytes);
    const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
    for (let at = 0; at < frames.length; ) {
      const port = view.getUint32(at, true);
      const start = at + frameHeaderBytes;
      at = start + view.getUint32(at + 4, true);
      const isLog = port >= logFrameFlag;
      const node = isLog ? this.graph.nodes[port - logFrameFlag]!.id : this.#sinks[port]!;
      this.#onEmission({ node, isLog, bytes: frames.subarray(start, at) });
    }
  }
}

const frameLength = (frames: Uint8Array, at: number): number =>
  new DataView(frames.buffer, frames.byteOffset).getUint32(at + 4, true);

function sumOf(a: NodeCounters, b: NodeCounters): NodeCounters {
  const [one, other] = [a.profiled, b.profiled];
  return {
    messagesIn: a.messagesIn + b.messagesIn,
    messagesOut: a.messagesOut.map((count, port) => count + (b.messagesOut[port] ?? 0)),
    ...((one ?? other) && {
      profiled: {
        messages: (one?.messages ?? 0) + (other?.messages ?? 0),
        fuel: (one?.fuel ?? 0) + (other?.fuel ?? 0),
      },
    }),
  };
}
