// Two flows on one recording, in step: what would reach each sink before a change and after it. Emissions of a sink are
// compared in their order, byte for byte, until the first that differs; from there on they are counted only. A flow goes on
// after a message that it dies of, as it would in a gateway.

import { decodeMessage, type Message, type NodeId } from "@flowfusion/graph";
import { EmissionCounts, type Recording, resultOf, type SimulationResult } from "./simulate.ts";
import { type FlowToSimulate, SimulatedFlow } from "./simulated-flow.ts";

/** The first emission of a sink that differs; a side is absent where the flow emits nothing there. */
export interface FirstDifference {
  /** Emissions of the sink before it, which are equal. */
  readonly index: number;
  readonly before?: Message;
  readonly after?: Message;
}

export interface SinkComparison {
  readonly id: NodeId;
  /** Messages at the sink; absent where the flow has no such sink. */
  readonly before?: number;
  readonly after?: number;
  /** Absent when all emissions are equal. */
  readonly difference?: FirstDifference;
}

export interface Comparison {
  readonly before: SimulationResult;
  readonly after: SimulationResult;
  /** Sinks of either flow, sorted by id. */
  readonly sinks: readonly SinkComparison[];
  /** Every sink gets the same of both, and as many messages are dead letters. */
  readonly isEqual: boolean;
}

/** How far one flow may be ahead of the other at a sink before that counts as a difference. Emissions. */
const aheadMax = 10_000;
/** A flow that dies of more messages counts as stopped. */
export const deadLettersMax = 100;

export async function compareFlows(
  before: FlowToSimulate,
  after: FlowToSimulate,
  recording: Recording,
): Promise<Comparison> {
  const sides = { before: new EmissionCounts(), after: new EmissionCounts() };
  const streams = new Map<NodeId, SinkStream>();
  const start = (side: Side, flow: FlowToSimulate) =>
    SimulatedFlow.start({ deadLettersMax, ...flow }, (emission) => {
      sides[side].add(emission);
      if (emission.isLog) return;
      const stream = streams.get(emission.node) ?? new SinkStream();
      streams.set(emission.node, stream);
      stream.add(side, emission.bytes);
    });
  const flows = { before: await start("before", before), after: await start("after", after) };
  let readings = 0;
  for await (const batch of recording) {
    readings += batch.length;
    flows.before.feed(batch);
    flows.after.feed(batch);
  }
  const results = {
    before: resultOf(flows.before, sides.before, readings),
    after: resultOf(flows.after, sides.after, readings),
  };
  const sinks = compareSinks(results.before, results.after, streams);
  const areSinksEqual = sinks.every((sink) => sink.difference === undefined && "before" in sink && "after" in sink);
  const isEqual = areSinksEqual && results.before.deadLetters.length === results.after.deadLetters.length;
  return { ...results, sinks, isEqual };
}

type Side = "before" | "after";

/** What one sink gets from both flows: the emissions that the other flow has not matched yet. */
class SinkStream {
  #pending: Uint8Array[] = [];
  #ahead: Side = "before";
  #matched = 0;
  #difference: FirstDifference | undefined;

  add(side: Side, bytes: Uint8Array): void {
    if (this.#difference) return;
    if (this.#pending.length === 0 || this.#ahead === side) {
      this.#ahead = side;
      this.#pending.push(bytes);
      if (this.#pending.length > aheadMax) this.#difference = this.difference();
      return;
    }
    const expected = this.#pending.shift()!;
    if (Buffer.compare(expected, bytes) === 0) this.#matched++;
    else this.#difference = this.#differenceOf({ [this.#ahead]: expected, [side]: bytes });
  }

  /** What differs when nothing more comes. */
  difference(): FirstDifference | undefined {
    if (this.#difference) return this.#difference;
    const [first] = this.#pending;
    return first && this.#differenceOf({ [this.#ahead]: first });
  }

  #differenceOf({ before, after }: { readonly [Key in Side]?: Uint8Array }): FirstDifference {
    return {
      index: this.#matched,
      ...(before && { before: decodeMessage(before) }),
      ...(after && { after: decodeMessage(after) }),
    };
  }
}

function compareSinks(
  before: SimulationResult,
  after: SimulationResult,
  streams: ReadonlyMap<NodeId, SinkStream>,
): SinkComparison[] {
  const countIn = ({ sinks }: SimulationResult) => new Map(sinks.map(({ id, messages }) => [id, messages]));
  const counts = { before: countIn(before), after: countIn(after) };
  const ids = [...new Set([...counts.before.keys(), ...counts.after.keys()])].sort();
  return ids.map((id) => {
    const difference = streams.get(id)?.difference();
    return {
      id,
      ...(counts.before.has(id) && { before: counts.before.get(id)! }),
      ...(counts.after.has(id) && { after: counts.after.get(id)! }),
      ...(difference && { difference }),
    };
  });
}
