// Reads encoded graphs that `decodeGraph` has accepted before, and takes them at their word: of a thousand flows, those
// checks take longer than all the rest. What is the same in graphs that are read one after the other, nodes and lists of
// wires, is read and held once, and so are digests and ports and names.

import { GraphRule, NodeDef, type NodeDefMessage, type PortDefMessage, type WireMessage } from "@flowfusion/proto";
import { Reader } from "protobufjs/minimal.js";
import { AlikeBytes } from "./alike-bytes.ts";
import { portTypeOf } from "./canonical.ts";
import { digestOfHash } from "./digest.ts";
import { readFields } from "./proto-values.ts";
import type { CanonicalGraph, CanonicalNode, Digest, NodeId, PortSpec, SinkKind, Wire } from "./types.ts";
import type { Props } from "./values.ts";

/** Different texts, and lists of ports, that are held; beyond, nothing more is shared. */
const sharedMax = 10_000;
/** What bytes of lists of wires are held, of outlines, and of the properties that each of those had of late: with what they stand for, some MB. */
const wireBytesMax = 256 * 1024;
const outlineBytesMax = 64 * 1024;
const propertyBytesMax = 512;

/** What a node begins with in a graph, and a property in a node: number and kind of the field, as protobuf writes them. */
const nodeTag = (1 << 3) | 2;
const propertyTag = (6 << 3) | 2;

/** A node but for its properties, and with those that it had of late. */
interface Outline {
  readonly node: CanonicalNode;
  readonly complete: AlikeBytes<CanonicalNode>;
}

export class StoredGraphs {
  readonly #texts = new Map<string, string>();
  readonly #ports = new Map<string, readonly PortSpec[]>();
  readonly #outlines = new AlikeBytes<Outline>(outlineBytesMax);
  readonly #wires = new AlikeBytes<readonly Wire[]>(wireBytesMax);

  /** `bytes`: of a graph that has been checked. Throws when they are none at all. */
  read(bytes: Uint8Array): CanonicalGraph {
    const reader = Reader.create(bytes);
    const nodes: CanonicalNode[] = [];
    while (bytes[reader.pos] === nodeTag) {
      reader.pos++;
      const end = reader.uint32() + reader.pos;
      nodes.push(this.#nodeAt(bytes, reader, end));
      reader.pos = end;
    }
    const wires = this.#wires.of(bytes, reader.pos, bytes.length, (rest) =>
      GraphRule.decode(rest).wires.map((wire) => this.#wireOf(wire)),
    );
    return { nodes, wires };
  }

  /** The node from where the reader is. Its properties lie in the middle of its fields, one behind the other. */
  #nodeAt(bytes: Uint8Array, reader: Reader, end: number): CanonicalNode {
    const begin = reader.pos;
    let propsBegin = end;
    let propsEnd = end;
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.uint32();
      reader.skipType(tag & 7);
      if (tag !== propertyTag) continue;
      if (propsBegin === end) propsBegin = at;
      propsEnd = reader.pos;
    }
    const outline = this.#outlines.around(bytes, begin, propsBegin, propsEnd, end, (rest) => ({
      node: this.#nodeOf(NodeDef.decode(rest)),
      complete: new AlikeBytes(propertyBytesMax),
    }));
    if (propsBegin === propsEnd) return outline.node;
    return outline.complete.of(bytes, propsBegin, propsEnd, (fields) => ({
      ...outline.node,
      props: readFields(Reader.create(fields), fields.length) as Props,
    }));
  }

  #nodeOf(node: NodeDefMessage): CanonicalNode {
    return {
      id: this.#text(node.id) as NodeId,
      type: this.#text(node.nodeType),
      module: this.#text(digestOfHash(node.wasmHash!)) as Digest,
      inputs: this.#portsOf(node.inputs ?? []),
      outputs: this.#portsOf(node.outputs ?? []),
      props: {},
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
