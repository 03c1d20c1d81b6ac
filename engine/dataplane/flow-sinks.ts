// The sinks of a flow from one version to the next: those whose node stays as it is stay open, with what they have
// queued; the others are opened and closed.

import type { CanonicalGraph, CanonicalNode } from "@flowfusion/graph";
import { createSinkQueue } from "../sinks/create.ts";
import type { SinkQueue } from "../sinks/queue.ts";

/** By node id, in the order of sink indices. */
export type FlowSinks = ReadonlyMap<string, SinkQueue>;

const flushMs = 5_000;

/** The sinks of `graph`. Throws `FF_DEPLOY_SINK`, and leaves none open that was not, when one cannot be opened. */
export function openSinks(
  graph: CanonicalGraph,
  open: { readonly graph: CanonicalGraph; readonly sinks: FlowSinks } | undefined,
  place: { readonly flow: string; readonly outputDir: string },
): FlowSinks {
  const sinks = new Map<string, SinkQueue>();
  const unchanged = (node: CanonicalNode) => {
    const before = open?.graph.nodes.find(({ id }) => id === node.id);
    return JSON.stringify(before) === JSON.stringify(node) ? open?.sinks.get(node.id) : undefined;
  };
  try {
    for (const node of graph.nodes) {
      if (node.delivers) sinks.set(node.id, unchanged(node) ?? createSinkQueue(node, place));
    }
  } catch (error) {
    void closeSinks(sinks, open?.sinks ?? new Map());
    throw error;
  }
  return sinks;
}

/** Closes the sinks that are in `sinks` and not in `kept`, in the background for those who do not wait. */
export async function closeSinks(sinks: FlowSinks, kept: FlowSinks): Promise<void> {
  await Promise.all(gone(sinks, kept).map((queue) => queue.close(flushMs)));
}

/** Messages that the sinks have dropped that are in `sinks` and not in `kept`. */
export function droppedBy(sinks: FlowSinks, kept: FlowSinks = new Map()): number {
  let dropped = 0;
  for (const queue of gone(sinks, kept)) {
    for (const count of Object.values(queue.stats.dropped)) dropped += count;
  }
  return dropped;
}

function gone(sinks: FlowSinks, kept: FlowSinks): SinkQueue[] {
  const stillOpen = new Set(kept.values());
  return [...sinks.values()].filter((queue) => !stillOpen.has(queue));
}
