// A flow run node by node, each step told: which node got what on which input, how long its code took, what it emitted.

import {
  type CanonicalGraph,
  decodeMessage,
  encodeMessage,
  type Message,
  type ModuleCatalog,
  type NodeId,
  type Subscriptions,
} from "@flowfusion/graph";
import { logPort } from "../glue/layout.ts";
import { concatenate } from "../glue/properties.ts";
import { FlowTrap, type TrapCause } from "../host/running-flow.ts";
import { ReferenceFlow } from "../reference/reference-flow.ts";
import { frameHeader, subscriptionsOf } from "./input.ts";

export interface TraceStep {
  /** How many nodes the message has come through before. */
  readonly depth: number;
  readonly node: NodeId;
  readonly type: string;
  /** The input; `source` where the gateway feeds the node. */
  readonly input: string;
  readonly message: Message;
  /** Time in the node's own code and the call into it; 0 when it did not return. */
  readonly ns: number;
  /** Units of fuel that the node's `handle` used; 0 when it did not return. */
  readonly fuel: number;
  /** In order. An output called `sink` leaves the flow, one called `log` is a line for the log. */
  readonly emissions: readonly { readonly output: string; readonly message: Message }[];
  /** Why the node stopped the flow. */
  readonly trap?: TrapCause;
}

interface Draft extends Omit<TraceStep, "emissions" | "ns" | "fuel" | "trap"> {
  ns: number;
  fuel: number;
  emissions: { output: string; message: Message }[];
  trap?: TrapCause;
}

export class TracedFlow {
  readonly #graph: CanonicalGraph;
  readonly #flow: ReferenceFlow;
  readonly #subscriptions: Subscriptions;
  /** The steps of the reading that is being fed, in the order in which they began. */
  #steps: Draft[] = [];
  readonly #open: { step: Draft; index: number; beganNs: bigint }[] = [];

  /** `nowNs`: a clock. Throws a FlowFusionError when a node refuses its properties. */
  constructor(graph: CanonicalGraph, catalog: ModuleCatalog, nowNs: () => bigint) {
    this.#graph = graph;
    this.#subscriptions = subscriptionsOf(graph);
    this.#flow = new ReferenceFlow(graph, catalog, {
      onMessage: (index, port, message) => {
        const { id, type, inputs } = graph.nodes[index]!;
        const input = inputs[port]?.name ?? "source";
        const depth = this.#open.length;
        const step: Draft = {
          depth,
          node: id,
          type,
          input,
          message: decodeMessage(message),
          ns: 0,
          fuel: 0,
          emissions: [],
        };
        this.#steps.push(step);
        this.#open.push({ step, index, beganNs: nowNs() });
      },
      onReturned: (fuel) => {
        const { step, beganNs } = this.#open.at(-1)!;
        step.ns = Number(nowNs() - beganNs);
        step.fuel = fuel;
      },
      onEmission: (port, message) => {
        const { step, index } = this.#open.at(-1)!;
        step.emissions.push({ output: this.#outputName(index, port), message: decodeMessage(message) });
      },
      onDone: () => {
        this.#open.pop();
      },
    });
    this.#flow.configure();
  }

  /** The steps of one reading, depth first; none when no input takes it. After a trap the flow must not be fed any more. */
  feed(reading: Message): readonly TraceStep[] {
    const bytes = encodeMessage(reading);
    const routes = this.#subscriptions.match(reading.topic);
    const frames = concatenate(routes.flatMap(({ input }) => [frameHeader(input, bytes.length), bytes]));
    this.#steps = [];
    try {
      this.#flow.execute(frames);
    } catch (error) {
      if (!(error instanceof FlowTrap)) throw error;
      const last = this.#open.at(-1);
      if (last === undefined) throw error;
      last.step.trap = error.trapCause;
    }
    this.#flow.takeOutbox();
    return this.#steps;
  }

  #outputName(index: number, port: number): string {
    const { outputs, delivers } = this.#graph.nodes[index]!;
    if (port === logPort) return "log";
    if (delivers && port === 0) return "sink";
    return outputs[port]?.name ?? String(port);
  }
}
