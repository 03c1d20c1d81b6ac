// Turns a flow's nodes into port handles, and the wires drawn between them into the authored form. Each mistake that
// the compiler would have caught is caught here again, with the names that exist beside the name that was asked for.

import type { PortType } from "@flowfusion/graph";
import { describe, type FlowPorts, type NodeSpec, type Wire } from "./node.ts";

const idPattern = /^[a-z][a-z0-9_-]{0,62}$/;

/** One port; an input, an output, or both where a module names them alike. */
class Port {
  readonly node: string;
  readonly name: string;
  readonly accepts: PortType | undefined;
  readonly gives: PortType | undefined;

  constructor(node: string, name: string, accepts: PortType | undefined, gives: PortType | undefined) {
    this.node = node;
    this.name = name;
    this.accepts = accepts;
    this.gives = gives;
  }

  to(target: unknown): Wire {
    if (this.gives === undefined) throw new TypeError(`${this} is an input; a wire begins at an output`);
    if (!(target instanceof Port))
      throw new TypeError(`${this}.to(…): the target is an input port such as n.other.in, ${describe(target)} given`);
    if (target.accepts === undefined)
      throw new TypeError(`${this}.to(${target}): ${target} is an output, not an input`);
    if (this.gives !== "any" && target.accepts !== "any" && this.gives !== target.accepts)
      throw new TypeError(`${this} gives "${this.gives}", ${target} accepts "${target.accepts}"; put a node between`);
    return new DrawnWire(`${this} -> ${target}`);
  }

  toString(): string {
    return `${this.node}.${this.name}`;
  }
}

class DrawnWire implements Wire {
  readonly key: string;
  constructor(key: string) {
    this.key = key;
  }
}

/** Port handles of all nodes; asking for a node or a port that does not exist throws and names those that do. */
export function portsOf<N extends { readonly [id: string]: NodeSpec }>(nodes: N): FlowPorts<N> {
  const handles: Record<string, unknown> = {};
  for (const [id, spec] of Object.entries(nodes)) {
    if (!idPattern.test(id))
      throw new TypeError(`nodes["${id}"]: an id has 1 to 63 of a-z, 0-9, _ and -, beginning with a letter`);
    if (typeof spec?.type !== "string" || typeof spec.inputs !== "object" || typeof spec.outputs !== "object")
      throw new TypeError(`nodes.${id}: a node is made by a builder such as ff.filter({ … }), ${describe(spec)} given`);
    const ports: Record<string, Port> = {};
    for (const name of new Set([...Object.keys(spec.inputs), ...Object.keys(spec.outputs)]))
      ports[name] = new Port(id, name, spec.inputs[name], spec.outputs[name]);
    handles[id] = strict(ports, (name) => `node "${id}" (${spec.type}) has no port "${name}"`, "ports");
  }
  return strict(handles, (name) => `the flow has no node "${name}"`, "nodes") as FlowPorts<N>;
}

/** The authored form of the wires: a map from key to nothing, so that Pulumi sees a set. */
export function wireMap(wires: readonly Wire[]): Record<string, Record<string, never>> {
  if (!Array.isArray(wires))
    throw new TypeError(`wires: the function returns an array of wires, ${describe(wires)} given`);
  const map: Record<string, Record<string, never>> = {};
  for (const [index, wire] of wires.entries()) {
    if (!(wire instanceof DrawnWire))
      throw new TypeError(`wires[${index}]: a wire is drawn with n.a.out.to(n.b.in), ${describe(wire)} given`);
    if (wire.key in map) throw new TypeError(`wires[${index}]: ${wire.key} is drawn twice`);
    map[wire.key] = {};
  }
  return map;
}

/** An object whose unknown properties throw instead of being undefined. */
function strict(known: Record<string, unknown>, complaint: (name: string) => string, what: string): unknown {
  return new Proxy(known, {
    get(target, name) {
      if (typeof name === "symbol") return Reflect.get(target, name);
      if (Object.hasOwn(target, name)) return target[name];
      throw new TypeError(`${complaint(name)}; its ${what}: ${Object.keys(target).join(", ") || "none"}`);
    },
  });
}
