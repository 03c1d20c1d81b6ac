// What a flow can reach outside itself: the tags that it reads, the hosts and connections that it sends to, and where it writes
// there. For people who review a change. Read off the graph, so that a node of any author is seen for what it does.

import { subscribedPatterns } from "./subscriptions.ts";
import type { CanonicalGraph, CanonicalNode, SinkKind } from "./types.ts";

/** `reads` tags; `sends` to a host; `uses` a connection of the gateway; `writes` to a topic, a subject or a file. */
type CapabilityKind = "reads" | "sends" | "uses" | "writes";

export interface Capability {
  readonly kind: CapabilityKind;
  /** What of, as people call it: `tags boiler/+/temp`, `to mqtt://10.0.0.9:1883`, `connection plant`, `file a.jsonl`. */
  readonly what: string;
}

export interface CapabilityDiff {
  readonly gained: readonly Capability[];
  readonly lost: readonly Capability[];
}

/** The properties that say where a sink sends to; those of every module that delivers to that kind. */
const places: {
  readonly [Kind in SinkKind]: { readonly host?: string; readonly target?: string; readonly is?: string };
} = {
  mqtt: { host: "broker", target: "topic", is: "topic" },
  http: { host: "url" },
  nats: { host: "server", target: "subject", is: "subject" },
  nng: { host: "address" },
  file: { target: "path", is: "file" },
};

/** Sorted, each once. */
export function capabilitiesOf(graph: CanonicalGraph): Capability[] {
  const reads = subscribedPatterns(graph).map(
    ({ pattern }): Capability => ({ kind: "reads", what: `tags ${pattern}` }),
  );
  const all = [...reads, ...graph.nodes.flatMap(sinkCapabilities)];
  return [...new Map(all.map((capability) => [keyOf(capability), capability])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, capability]) => capability);
}

/** What the second can do and the first cannot, and the other way round. Without a first, everything is new. */
export function diffCapabilities(from: CanonicalGraph | undefined, to: CanonicalGraph): CapabilityDiff {
  const [before, after] = [from === undefined ? [] : capabilitiesOf(from), capabilitiesOf(to)];
  const without = (some: readonly Capability[], others: readonly Capability[]) => {
    const keys = new Set(others.map(keyOf));
    return some.filter((capability) => !keys.has(keyOf(capability)));
  };
  return { gained: without(after, before), lost: without(before, after) };
}

function sinkCapabilities({ delivers, props }: CanonicalNode): Capability[] {
  if (delivers === undefined) return [];
  const { host, target, is } = places[delivers.to];
  const text = (name: string | undefined) =>
    name !== undefined && typeof props[name] === "string" ? props[name] : undefined;
  const [address, connection, written] = [text(host), text("connection"), text(target)];
  return [
    ...(address === undefined ? [] : [{ kind: "sends", what: `to ${hostOf(address)}` } as const]),
    ...(connection === undefined ? [] : [{ kind: "uses", what: `connection ${connection}` } as const]),
    ...(written === undefined
      ? []
      : [{ kind: "writes", what: `${delivers.to === "file" ? "" : `${delivers.to} `}${is} ${written}` } as const]),
  ];
}

/** Scheme, host and port; never a user or a password. */
function hostOf(address: string): string {
  const url = URL.parse(address);
  return url === null || url.host === "" ? address : `${url.protocol}//${url.host}`;
}

const keyOf = ({ kind, what }: Capability): string => `${kind} ${what}`;
