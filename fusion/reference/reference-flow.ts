// Runs a graph node by node, each module an instance of its own, wired in JavaScript. It is what fusion is held
// against, byte for byte, and what development mode steps through. Plain on purpose: it follows the contract and
// nothing else.

import {
  type CanonicalGraph,
  FlowFusionError,
  frameHeaderBytes,
  type ModuleCatalog,
  messageHeaderBytes,
} from "@flowfusion/graph";
import { joinStates, splitStates } from "../artefact/states.ts";
import { logFrameFlag, logPort, outboxHighWaterBytes, outboxMaxBytes } from "../glue/layout.ts";
import { type PlannedNode, planFlow } from "../glue/plan.ts";
import { concatenate, encodeProperties } from "../glue/properties.ts";
import type { FuelGrant } from "../host/fused-instance.ts";
import { FlowTrap, type NodeCounters, type RunningFlow } from "../host/running-flow.ts";
import { moduleOf, nodeWasm } from "../node-wasm.ts";
import { InvalidEmission, NodeInstance, type OnEmission, OutOfFuel } from "./node-instance.ts";

class OutboxOverflow extends Error {}

/** Watches messages on their way, depth first: what is called between a node's `onMessage` and `onDone` is of it or below it. */
export interface FlowObserver {
  onMessage(nodeIndex: number, port: number, message: Uint8Array): void;
  /** The node is asked what it emits at a time. Ended by `onDone` like a message. */
  onTick(nodeIndex: number, nowNs: bigint): void;
  /** The node's own code is done, and has used so much fuel; 0 in a flow without limits. Its emissions follow. */
  onReturned(fuel: number): void;
  onEmission(port: number, message: Uint8Array): void;
  onDone(): void;
}

export class ReferenceFlow implements RunningFlow {
  readonly #graph: CanonicalGraph;
  readonly #plan: readonly PlannedNode[];
  readonly #properties: readonly Uint8Array[];
  readonly #instances: readonly NodeInstance[];
  readonly #inputs: readonly PlannedNode[];
  readonly #counters: { messagesIn: number; messagesOut: number[] }[];
  readonly #observer: FlowObserver | undefined;
  #outbox: Uint8Array[] = [];
  #outboxBytes = 0;
  #current = -1;
  #cursor = 0;

  /** With `fuel` every call of a node is granted what a gateway grants a call of a flow; without, nothing bounds a node. */
  constructor(graph: CanonicalGraph, catalog: ModuleCatalog, observer?: FlowObserver, fuel?: FuelGrant) {
    const { nodes } = planFlow(graph, catalog);
    this.#graph = graph;
    this.#plan = nodes;
    this.#properties = graph.nodes.map((node) => encodeProperties(node.props, moduleOf(node, catalog).manifest.props));
    this.#instances = graph.nodes.map((node) => new NodeInstance(nodeWasm(node, catalog), fuel));
    this.#inputs = nodes.filter((node) => node.input !== undefined);
    this.#counters = nodes.map(() => ({ messagesIn: 0, messagesOut: [0, 0, 0, 0] }));
    this.#observer = observer;
  }

  configure(): void {
    for (const [index, instance] of this.#instances.entries()) {
      const refusal = this.#guard(index, () => instance.configure(this.#properties[index]!));
      if (refusal !== undefined) throw new FlowFusionError("FF_FLOW_CONFIGURE", `${this.#plan[index]!.id}: ${refusal}`);
    }
  }

  execute(frames: Uint8Array): number {
    const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
    let at = 0;
    this.#emptyOutbox();
    while (at < frames.length && this.#outboxBytes < outboxHighWaterBytes) {
      this.#cursor = at;
      const isWhole = frames.length - at >= frameHeaderBytes + messageHeaderBytes;
      const input = isWhole ? this.#inputs[view.getUint32(at, true)] : undefined;
      const length = isWhole ? view.getUint32(at + 4, true) : 0;
      if (!input || length < messageHeaderBytes || length > frames.length - at - frameHeaderBytes) {
        throw new FlowTrap("invalid_input", -1, at, new Error("no whole frame"));
      }
      this.#guard(input.index, () => this.#run(input, 0, frames.subarray(at + 8, at + 8 + length)));
      at += frameHeaderBytes + length;
    }
    this.#current = -1;
    return at;
  }

  tick(nowNs: bigint): void {
    this.#emptyOutbox();
    for (const node of this.#plan) {
      if (node.exports.tick === undefined) continue;
      this.#guard(node.index, () => {
        this.#observer?.onTick(node.index, nowNs);
        this.#within(node, (instance, onEmission, onReturned) => instance.tick(nowNs, onEmission, onReturned));
        this.#observer?.onDone();
      });
    }
    this.#current = -1;
  }

  takeOutbox(): Uint8Array {
    const taken = concatenate(this.#outbox);
    this.#emptyOutbox();
    return taken;
  }

  #emptyOutbox(): void {
    this.#outbox = [];
    this.#outboxBytes = 0;
  }

  saveState(): Uint8Array {
    return joinStates(
      this.#graph.nodes
        .map((node, index) => ({ node, index }))
        .filter(({ node }) => node.stateVersion > 0)
        .map(({ node, index }) => ({ node, state: this.#guard(index, () => this.#instances[index]!.saveState()) })),
    );
  }

  loadState(state: Uint8Array): void {
    for (const entry of splitStates(state)) {
      const index = this.#graph.nodes.findIndex((node) => node.id === entry.id && node.type === entry.type);
      const node = this.#graph.nodes[index];
      if (!node || entry.version > node.stateVersion || entry.version < node.acceptsStateFrom) continue;
      const refusal = this.#guard(index, () => this.#instances[index]!.loadState(entry.state));
      if (refusal !== undefined) throw new FlowFusionError("FF_FLOW_STATE_REFUSED", `${node.id}: ${refusal}`);
    }
  }

  nodeCounters(): NodeCounters[] {
    return this.#counters.map(({ messagesIn, messagesOut }) => ({ messagesIn, messagesOut: [...messagesOut] }));
  }

  #run(node: PlannedNode, port: number, message: Uint8Array): void {
    this.#current = node.index;
    this.#counters[node.index]!.messagesIn++;
    this.#observer?.onMessage(node.index, port, message);
    this.#within(node, (instance, onEmission, onReturned) => instance.handle(port, message, onEmission, onReturned));
    this.#observer?.onDone();
  }

  /** Runs a node; what it emits is passed on before it comes back. */
  #within(
    node: PlannedNode,
    run: (instance: NodeInstance, onEmission: OnEmission, onReturned: (fuel: number) => void) => void,
  ) {
    const instance = this.#instances[node.index]!;
    run(
      instance,
      (port, message) => {
        this.#observer?.onEmission(port, message);
        this.#passOn(node, port, message);
      },
      (fuel) => this.#observer?.onReturned(fuel),
    );
  }

  #passOn(node: PlannedNode, port: number, message: Uint8Array): void {
    const wires = node.sink === undefined ? node.outputs[port] : undefined;
    if (node.sink !== undefined && port === 0) {
      this.#counters[node.index]!.messagesOut[0]!++;
      this.#append(node.sink, message);
    } else if (wires) {
      this.#counters[node.index]!.messagesOut[port]!++;
      for (const wire of wires) this.#run(this.#plan[wire.target]!, wire.targetPort, message);
      this.#current = node.index;
    } else if (port === logPort) {
      this.#append(logFrameFlag + node.index, message);
    } else {
      throw new InvalidEmission(`there is no output port ${port}`);
    }
  }

  #append(framePort: number, message: Uint8Array): void {
    if (this.#outboxBytes + 8 + message.length > outboxMaxBytes)
      throw new OutboxOverflow(`more than ${outboxMaxBytes} bytes`);
    const frame = new Uint8Array(8 + message.length);
    const view = new DataView(frame.buffer);
    view.setUint32(0, framePort, true);
    view.setUint32(4, message.length, true);
    frame.set(message, 8);
    this.#outbox.push(frame);
    this.#outboxBytes += frame.length;
  }

  #guard<T>(index: number, run: () => T): T {
    this.#current = index;
    try {
      return run();
    } catch (error) {
      const cause =
        error instanceof InvalidEmission
          ? "invalid_emission"
          : error instanceof OutboxOverflow
            ? "outbox_overflow"
            : error instanceof RangeError
              ? "stack"
              : error instanceof OutOfFuel
                ? "fuel"
                : "trap";
      throw new FlowTrap(cause, this.#current, this.#cursor, error);
    }
  }
}
