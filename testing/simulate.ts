// Runs a flow on readings without a gateway and without Pulumi: fused, metered and limited as a gateway would run it, in the
// time of the readings.

import { fuse, simulate as simulateFused } from "@flowfusion/fusion";
import { decodeMessage } from "@flowfusion/graph";
import type { WiredParts } from "@flowfusion/sdk/authored";
import { type Feeds, testGraph } from "./graph.ts";
import { type Emission, emissionOf, type LogLine, Simulation } from "./result.ts";
import { type Readings, scriptOf } from "./table.ts";

/** What `ff.graph` returns, or the arguments of a Flow. */
export type FlowToTest = WiredParts;

/** What a test asks of a simulation beyond the flow and its readings. */
export interface SimulateOptions {
  /**
   * Which tags go to the inputs of a sub-flow, as patterns by the input's name. Not needed for a flow, which takes its tags
   * itself, nor for a sub-flow with one input, which gets all.
   */
  readonly feeds?: Feeds;
  /** Output ports to look at besides sinks and the graph's own outputs, as `node.port`. */
  readonly watch?: readonly string[];
}

/**
 * Runs a flow on readings, from the first to the last, and tells all that came of it. The same flow and readings give the
 * same result, on every machine. Nothing is sent anywhere.
 *
 * Rejects with a FlowFusionError, each problem with the line of the program that wrote the node or the wire, when the graph
 * cannot run; with FF_RECORDING_INVALID for readings that are none. A node that traps is no error: it ends the run, and is in
 * `deadLetters`.
 *
 * @example
 *     const { sinks } = await simulate(boiler({ limit: 90 }), [
 *       { tag: "boiler/1/temp", value: 89 },
 *       { tag: "boiler/1/temp", value: 91 },
 *     ]);
 *     expect(sinks.alarms).toMatchObject([{ at: 1_000, value: 91 }]);
 */
export async function simulate(
  flow: FlowToTest,
  readings: Readings,
  { feeds = {}, watch = [] }: SimulateOptions = {},
): Promise<Simulation> {
  const script = scriptOf(readings);
  const { graph, catalog, own } = await testGraph(flow, feeds, watch);
  const bySink = new Map<string, Emission[]>();
  const emissionsAt = (sink: string): Emission[] => {
    const known = bySink.get(sink) ?? [];
    bySink.set(sink, known);
    return known;
  };
  const log: LogLine[] = [];
  const result = await simulateFused(
    await fuse(graph, catalog),
    script.batches,
    ({ node, isLog, bytes }) => {
      const emission = emissionOf(decodeMessage(bytes), script.originNs());
      if (isLog) log.push({ node, ...emission });
      else emissionsAt(node).push(emission);
    },
    script.untilNs,
  );
  const { trap } = result;
  return new Simulation({
    readings: result.readings,
    unmatched: result.unmatched,
    sinks: Object.fromEntries(result.sinks.filter(({ id }) => !own.has(id)).map(({ id }) => [id, emissionsAt(id)])),
    outputs: Object.fromEntries(
      [...own].flatMap(([id, name]) => (name === undefined ? [] : [[name, emissionsAt(id)]])),
    ),
    nodes: Object.fromEntries(
      result.nodes
        .filter(({ id }) => !own.has(id))
        .map(({ id, messagesIn, messagesOut }) => [id, { in: messagesIn, out: messagesOut }]),
    ),
    log,
    deadLetters: trap
      ? [
          {
            cause: trap.cause,
            ...(trap.node && { node: trap.node }),
            ...(trap.message && { message: emissionOf(trap.message, script.originNs()) }),
          },
        ]
      : [],
  });
}
