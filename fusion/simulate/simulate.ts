// Runs a flow on recorded readings, offline and at full speed, and counts what came of it.

import type { Message, NodeId } from "@flowfusion/graph";
import { type FlowToSimulate, type SimulatedEmission, SimulatedFlow, type SimulatedTrap } from "./simulated-flow.ts";

/** Readings in the order in which they are fed, in batches of any size. */
export type Recording = AsyncIterable<readonly Message[]> | Iterable<readonly Message[]>;

export interface SimulatedNode {
  readonly id: NodeId;
  readonly type: string;
  readonly messagesIn: number;
  /** Emissions by output; those of a sink are at `SimulationResult.sinks`. */
  readonly messagesOut: { readonly [output: string]: number };
  /** Units of fuel that the node's own code used. */
  readonly fuel: number;
}

export interface SimulationResult {
  readonly readings: number;
  /** Readings that no input takes. */
  readonly unmatched: number;
  readonly nodes: readonly SimulatedNode[];
  /** Messages at each sink. */
  readonly sinks: readonly { readonly id: NodeId; readonly type: string; readonly messages: number }[];
  readonly logLines: number;
  /** Units of fuel that the flow used: its nodes, and what passes messages between them. */
  readonly fuel: number;
  /** Messages that the flow died of and went on without; see `FlowToSimulate.deadLettersMax`. */
  readonly deadLetters: readonly SimulatedTrap[];
  /** What stopped the flow before the recording's end. */
  readonly trap?: SimulatedTrap;
}

/**
 * Throws a FlowFusionError when the flow cannot be configured; a trap is part of the result. `untilNs`: how long time goes on
 * after the last reading, which is its end when absent.
 */
export async function simulate(
  flow: FlowToSimulate,
  recording: Recording,
  onEmission: (emission: SimulatedEmission) => void = () => {},
  untilNs?: bigint,
): Promise<SimulationResult> {
  const counts = new EmissionCounts();
  const running = await SimulatedFlow.start(flow, (emission) => {
    counts.add(emission);
    onEmission(emission);
  });
  let readings = 0;
  for await (const batch of recording) {
    readings += batch.length;
    running.feed(batch);
    if (running.trap) break;
  }
  if (untilNs !== undefined) running.passTime(untilNs);
  return resultOf(running, counts, readings);
}

export class EmissionCounts {
  readonly bySink = new Map<NodeId, number>();
  logLines = 0;

  add({ node, isLog }: SimulatedEmission): void {
    if (isLog) this.logLines++;
    else this.bySink.set(node, (this.bySink.get(node) ?? 0) + 1);
  }
}

export function resultOf(flow: SimulatedFlow, counts: EmissionCounts, readings: number): SimulationResult {
  const counters = flow.nodeCounters();
  const { nodes } = flow.graph;
  return {
    readings,
    unmatched: flow.unmatched,
    nodes: nodes.map(({ id, type, outputs }, index) => ({
      id,
      type,
      messagesIn: counters[index]!.messagesIn,
      messagesOut: Object.fromEntries(outputs.map(({ name }, port) => [name, counters[index]!.messagesOut[port] ?? 0])),
      fuel: counters[index]!.profiled?.fuel ?? 0,
    })),
    sinks: nodes
      .filter(({ delivers }) => delivers !== undefined)
      .map(({ id, type }) => ({ id, type, messages: counts.bySink.get(id) ?? 0 })),
    logLines: counts.logLines,
    fuel: flow.fuel,
    deadLetters: flow.deadLetters,
    ...(flow.trap && { trap: flow.trap }),
  };
}
