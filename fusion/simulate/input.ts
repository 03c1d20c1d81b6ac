// How recorded readings become a flow's input.

import { type CanonicalGraph, Subscriptions, subscribedPatterns } from "@flowfusion/graph";

/** Which inputs of the flow a tag goes to; an input's number is its place among them. */
export function subscriptionsOf(graph: CanonicalGraph): Subscriptions {
  const subscriptions = new Subscriptions();
  for (const { pattern, input } of subscribedPatterns(graph)) subscriptions.add(pattern, { slot: 0, input });
  return subscriptions;
}
