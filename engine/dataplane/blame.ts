// Which node flooded the outbox. The glue finds it full at the sink, whose fault it is not; so the message is run once
// more, in an instance of its own that starts from the last checkpoint and whose counters count nothing else, and the
// node that made most of what it got is named.

import { FlowTrap } from "@flowfusion/fusion";
import type { FlowInstance } from "./instance.ts";

/** Index of the node; undefined when the message does no harm any more, or no node makes more than it gets. */
export function flooderOf(frame: Uint8Array, start: () => FlowInstance): number | undefined {
  try {
    const instance = start();
    const at = instance.reserve(frame.length);
    instance.memory.set(frame, at);
    try {
      instance.executeAt(at, frame.length, 1);
    } catch (error) {
      if (error instanceof FlowTrap && error.trapCause === "outbox_overflow") return mostProlific(instance);
    }
  } catch {
    // A flow that does not even start says nothing of the message.
  }
  return undefined;
}

function mostProlific(instance: FlowInstance): number | undefined {
  const gains = instance.nodeCounters().map(({ messagesIn, messagesOut }, index) => {
    const gain = Math.max(...messagesOut) / Math.max(1, messagesIn);
    return { index, gain };
  });
  const first = gains.reduce((most, one) => (one.gain > most.gain ? one : most), { index: -1, gain: 1 });
  return first.index < 0 ? undefined : first.index;
}
