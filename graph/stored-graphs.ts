// Reads encoded graphs that `decodeGraph` has accepted before, and takes them at their word: of a thousand flows, those
// checks take longer than all the rest. What the graphs have in common, digests and ports and names, is held once.

import { GraphRule, type NodeDefMessage, type PortDefMessage, type WireMessage } from "@flowfusion/proto";
import { portTypeOf } from "./canonical.ts";
import { digestOfHash } from "./digest.ts";
import { decodeFields } from "./proto-values.ts";
import type { CanonicalGraph, CanonicalNode, Digest, NodeId, PortSpec, SinkKind, Wire } from "./types.ts";
import type { Props } from "./values.ts";

/** Different texts, and lists of ports, that are held; beyond, nothing more is shared. */
const sharedMax = 10_000;

export class StoredGraphs {
  readonly #texts = new Map<string, string>();
  readonly #ports = new Map<string, readonly PortSpec[]>();

  /** `bytes`: of a graph that has been checked. Throws when they are none at all. */
  read(bytes: Uint8Array): CanonicalGraph {
    const { nodes, wires } = GraphRule.decode(bytes);
    return { nodes: nodes.map((node) => this.#nodeOf(node)), wires: wires.map((wire) => this.#wireOf(wire)) };
  }

  #nodeOf(node: NodeDefMessage): CanonicalNode {
    return {
      id: this.#text(node.id) as NodeId,
      type: this.#text(node.nodeType),
      module: this.#text(digestOfHash(node.wasmHash!)) as Digest,
      inputs: this.#portsOf(node.inputs ?? []),
      outputs: this.#portsOf(node.outputs ?? []),
      props: decodeFields(node.props ?? {}) as Props,
      stateVersion: node.stateVersion ?? 0,
      acceptsStateFrom: node.acceptsStateFrom ?? 0,
      ...(typeof node.subscribes === "string" && { subscribes: { property: this.#text(node.subscribes) } }),
      ...(typeof node.delivers === "string" && { delivers: { to: node.delivers as SinkKind } }),
    };
  }

  #wireOf(wire: WireMessage): Wire {
    return {
      source: this.#text(wire.sourceNode) as NodeId,
      sourcePort: this.#text(wire.sourcePort),
      target: this.#text(wire.targetNode) as NodeId,
      targetPort: this.#text(wire.targetPort),
    };
  }

  #portsOf(messages: readonly PortDefMessage[]): readonly PortSpec[] {
    const ports = messages.map(({ name, type, optional }) => ({
      name: this.#text(name),
      type: portTypeOf(type) ?? "any",
      ...(optional === true && { optional: true }),
    }));
    return held(this.#ports, JSON.stringify(ports), ports);
  }

  #text(text: string | null | undefined): string {
    return held(this.#texts, text ?? "", text ?? "");
  }
}

function held<T>(known: Map<string, T>, key: string, value: T): T {
  const first = known.get(key);
  if (first !== undefined) return first;
  if (known.size < sharedMax) known.set(key, value);
  return value;
}
