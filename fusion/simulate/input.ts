// How recorded readings become a flow's input.

import { type CanonicalGraph, frameHeaderBytes, Subscriptions, subscribedPatterns } from "@flowfusion/graph";

/** Which inputs of the flow a tag goes to; an input's number is its place among them. */
export function subscriptionsOf(graph: CanonicalGraph): Subscriptions {
  const subscriptions = new Subscriptions();
  for (const { pattern, input } of subscribedPatterns(graph)) subscriptions.add(pattern, { slot: 0, input });
  return subscriptions;
}

export function frameHeader(port: number, length: number): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, port, true);
  view.setUint32(4, length, true);
  return bytes;
}
