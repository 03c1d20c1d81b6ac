// One flow fed with recorded readings: fused, metered and limited as a gateway would run it, time taken from the
// readings. A trap ends it, where a gateway would begin again from its last checkpoint.

import {
  type CanonicalGraph,
  decodeMessage,
  encodeMessage,
  frameHeaderBytes,
  type Message,
  type NodeId,
  type Route,
  type Subscriptions,
} from "@flowfusion/graph";
import { readArtefact } from "../artefact/read.ts";
import { logFrameFlag } from "../glue/layout.ts";
import { concatenate } from "../glue/properties.ts";
import { FusedInstance } from "../host/fused-instance.ts";
import { FlowTrap, type NodeCounters, type TrapCause } from "../host/running-flow.ts";
import { defaultFlowLimits, type FlowLimits } from "../limits.ts";
import { meter } from "../meter/meter.ts";
import { frameHeader, subscriptionsOf } from "./input.ts";
import { TickClock } from "./tick-clock.ts";

export interface FlowToSimulate {
  /** A fused flow, Flow.wasm. */
  readonly wasm: Uint8Array;
  readonly limits?: FlowLimits;
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

export class SimulatedFlow {
  readonly graph: CanonicalGraph;
  readonly #instance: FusedInstance;
  readonly #subscriptions: Subscriptions;
  readonly #routes = new Map<string, readonly Route[]>();
  readonly #sinks: readonly NodeId[];
  readonly #onEmission: (emission: SimulatedEmission) => void;
  readonly #clock = new TickClock();
  #unmatched = 0;
  #trap: SimulatedTrap | undefined;

  /** Configures the flow. Throws a FlowFusionError when it is no artefact, or a node refuses its properties. */
  static async start(
    { wasm, limits = defaultFlowLimits }: FlowToSimulate,
    onEmission: (emission: SimulatedEmission) => void,
  ): Promise<SimulatedFlow> {
    const { graph } = readArtefact(wasm);
    const module = await WebAssembly.compile(meter(wasm, limits));
    const instance = new FusedInstance(module, limits);
    instance.configure();
    instance.isProfiling = true;
    return new SimulatedFlow(graph, instance, onEmission);
  }

  private constructor(
    graph: CanonicalGraph,
    instance: FusedInstance,
    onEmission: (emission: SimulatedEmission) => void,
  ) {
    this.graph = graph;
    this.#instance = instance;
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
    return this.#instance.fuelProfiled;
  }

  nodeCounters(): NodeCounters[] {
    return this.#instance.nodeCounters();
  }

  /** Runs readings in their order. */
  feed(readings: readonly Message[]): void {
    let frames: Uint8Array[] = [];
    const run = () => {
      this.#execute(concatenate(frames));
      frames = [];
    };
    for (const reading of readings) {
      if (this.#isTickDue(reading.timestampNs)) {
        run();
        this.passTime(reading.timestampNs);
      }
      const routes = this.#routesOf(reading.topic);
      if (routes.length === 0) this.#unmatched++;
      else {
        const bytes = encodeMessage(reading);
        for (const { input } of routes) frames.push(frameHeader(input, bytes.length), bytes);
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
      this.#guard(
        () => {
          at += this.#instance.execute(rest);
        },
        (cursor) => decodeMessage(rest, cursor + frameHeaderBytes),
      );
      this.#drain();
    }
  }

  #isTickDue(nowNs: bigint): boolean {
    return this.#trap === undefined && this.#clock.isDue(nowNs);
  }

  /** Asks the nodes that go by time what they emit, up to `nowNs`. */
  passTime(nowNs: bigint): void {
    if (this.#trap !== undefined) return;
    for (const at of this.#clock.upTo(nowNs)) {
      this.#guard(
        () => this.#instance.tick(at),
        () => undefined,
      );
      this.#drain();
      if (this.#trap !== undefined) return;
    }
  }

  #guard(run: () => void, messageAt: (cursor: number) => Message | undefined): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof FlowTrap)) throw error;
      const node = this.graph.nodes[error.nodeIndex]?.id;
      const message = messageAt(error.cursor);
      this.#trap = { cause: error.trapCause, ...(node && { node }), ...(message && { message }) };
    }
  }

  #drain(): void {
    const committed = this.#instance.committedOutboxBytes;
    const outbox = this.#instance.takeOutbox();
    const frames = this.#trap ? outbox.subarray(0, committed) : outbox;
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
