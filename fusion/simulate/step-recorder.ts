// Writes down what happens in a flow that is run node by node: which node got what on which input, how long its own code
// took, what fuel it used, what it emitted.

import {
  type CanonicalGraph,
  decodeMessage,
  type Message,
  type MessageDocument,
  messageDocument,
  type NodeId,
  rfc3339,
  type TrapCause,
} from "@flowfusion/graph";
import { logPort } from "../glue/layout.ts";
import type { FlowObserver } from "../reference/reference-flow.ts";

export interface TraceStep {
  /** How many nodes the message has come through before. */
  readonly depth: number;
  readonly node: NodeId;
  readonly type: string;
  /** The input; `source` where the gateway feeds the node, `tick` where it is asked what it emits by time. */
  readonly input: string;
  /** Absent for a tick. */
  readonly message?: Message;
  /** The time of a tick, ns since the Unix epoch. */
  readonly tickNs?: bigint;
  /** Time in the node's own code and the call into it; 0 when it did not return. */
  readonly ns: number;
  /** What the node's own code used; 0 in a flow without limits, or when it did not return. */
  readonly fuel: number;
  /** In order. An output called `sink` leaves the flow, one called `log` is a line for the log. */
  readonly emissions: readonly { readonly output: string; readonly message: Message }[];
  /** Why the node stopped the flow. */
  readonly trap?: TrapCause;
}

/** A step as JSON. */
export interface StepDocument {
  readonly depth: number;
  readonly node: string;
  readonly type: string;
  readonly input: string;
  readonly message?: MessageDocument;
  /** The time of a tick. */
  readonly tickAt?: string;
  readonly ns: number;
  readonly fuel: number;
  readonly emissions: readonly { readonly output: string; readonly message: MessageDocument }[];
  readonly trap?: TrapCause;
}

export function stepDocument({ message, tickNs, emissions, ...step }: TraceStep): StepDocument {
  return {
    ...step,
    ...(message && { message: messageDocument(message) }),
    ...(tickNs !== undefined && { tickAt: rfc3339(tickNs) }),
    emissions: emissions.map(({ output, message: emitted }) => ({ output, message: messageDocument(emitted) })),
  };
}

interface Draft extends Omit<TraceStep, "emissions" | "ns" | "fuel" | "trap"> {
  ns: number;
  fuel: number;
  emissions: { output: string; message: Message }[];
  trap?: TrapCause;
}

interface Open {
  readonly step: Draft;
  readonly index: number;
  readonly beganNs: bigint;
}

export class StepRecorder implements FlowObserver {
  readonly #graph: CanonicalGraph;
  readonly #nowNs: () => bigint;
  #steps: Draft[] = [];
  readonly #open: Open[] = [];

  /** `nowNs`: a clock. */
  constructor(graph: CanonicalGraph, nowNs: () => bigint) {
    this.#graph = graph;
    this.#nowNs = nowNs;
  }

  onMessage(index: number, port: number, message: Uint8Array): void {
    const input = this.#graph.nodes[index]!.inputs[port]?.name ?? "source";
    this.#begin(index, { input, message: decodeMessage(message) });
  }

  onTick(index: number, tickNs: bigint): void {
    this.#begin(index, { input: "tick", tickNs });
  }

  onReturned(fuel: number): void {
    const { step, beganNs } = this.#open.at(-1)!;
    step.ns = Number(this.#nowNs() - beganNs);
    step.fuel = fuel;
  }

  onEmission(port: number, message: Uint8Array): void {
    const { step, index } = this.#open.at(-1)!;
    step.emissions.push({ output: this.#outputName(index, port), message: decodeMessage(message) });
  }

  onDone(): void {
    this.#open.pop();
  }

  /** Lays the trap at the door of the node that was running. False when none was. */
  trapped(cause: TrapCause): boolean {
    const last = this.#open.at(-1);
    if (last === undefined) return false;
    last.step.trap = cause;
    this.#open.length = 0;
    return true;
  }

  /** The steps since the last call, in the order in which they began. A tick without effect is no step. */
  take(): readonly TraceStep[] {
    const steps = this.#steps.filter(
      ({ tickNs, emissions, trap }) => tickNs === undefined || emissions.length > 0 || trap !== undefined,
    );
    this.#steps = [];
    return steps;
  }

  #begin(index: number, cause: Pick<TraceStep, "input" | "message" | "tickNs">): void {
    const { id, type } = this.#graph.nodes[index]!;
    const step: Draft = { depth: this.#open.length, node: id, type, ...cause, ns: 0, fuel: 0, emissions: [] };
    this.#steps.push(step);
    this.#open.push({ step, index, beganNs: this.#nowNs() });
  }

  #outputName(index: number, port: number): string {
    const { outputs, delivers } = this.#graph.nodes[index]!;
    if (port === logPort) return "log";
    if (delivers && port === 0) return "sink";
    return outputs[port]?.name ?? String(port);
  }
}
