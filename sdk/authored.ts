// Turns a graph into the authored form, nodes by id and wires by key: sub-flows are taken apart, their ids put together,
// and their ports handed outwards. Each mistake that the compiler would have caught is caught here again, with the names
// that exist beside the name that was asked for.

import { isNodeId, type PortType } from "@flowfusion/graph";
import { type FlowPorts, type Graph, isGraph, isNodeSpec, type Nodes } from "./graph.ts";
import { describe, type NodeSpec, type Wire } from "./node.ts";
import { callerPlace, mistake, type Place } from "./place.ts";

/** Between the id of a sub-flow and those inside it. */
const scopeMark = "-";

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
    if (this.gives === undefined) throw mistake(`${this} is an input; a wire begins at an output`);
    if (!(target instanceof Port))
      throw mistake(`${this}.to(…): the target is an input port such as n.other.in, ${describe(target)} given`);
    if (target.accepts === undefined) throw mistake(`${this}.to(${target}): ${target} is an output, not an input`);
    if (this.gives !== "any" && target.accepts !== "any" && this.gives !== target.accepts)
      throw mistake(`${this} gives "${this.gives}", ${target} accepts "${target.accepts}"; put a node between`);
    return new DrawnWire(`${this} -> ${target}`, callerPlace());
  }

  toString(): string {
    return `${this.node}.${this.name}`;
  }
}

class DrawnWire implements Wire {
  readonly key: string;
  readonly place: Place | undefined;
  constructor(key: string, place: Place | undefined) {
    this.key = key;
    this.place = place;
  }
}

/** A graph taken apart. */
export interface AuthoredGraph {
  readonly nodes: ReadonlyMap<string, NodeSpec>;
  /** Key → where it was drawn. */
  readonly wires: ReadonlyMap<string, Place | undefined>;
  /** The graph's own inputs, as `node.port`. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Its outputs, as `node.port`. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Throws a RunError at the first mistake, with the place in the program. */
export function authoredGraph({ nodes, wires, inputs, outputs }: WiredParts): AuthoredGraph {
  const author = new Author();
  const handles = author.handlesOf(nodes, "", "nodes");
  author.draw(wires(handles as FlowPorts<Nodes>), "wires");
  return {
    nodes: author.nodes,
    wires: author.wires,
    inputs: namesOf(author.facesOf(inputs?.(handles as FlowPorts<Nodes>) ?? {}, "accepts", "inputs")),
    outputs: namesOf(author.facesOf(outputs?.(handles as FlowPorts<Nodes>) ?? {}, "gives", "outputs")),
  };
}

/** What of a graph, or of the arguments of a Flow, is needed to take it apart. */
export interface WiredParts extends Pick<Graph, "wires"> {
  readonly nodes: object;
  readonly inputs?: Graph["inputs"];
  readonly outputs?: Graph["outputs"];
}

const namesOf = (ports: Record<string, Port>): Map<string, string> =>
  new Map(Object.entries(ports).map(([name, port]) => [name, String(port)]));

class Author {
  readonly nodes = new Map<string, NodeSpec>();
  readonly wires = new Map<string, Place | undefined>();

  /** Port handles of all entries; asking for one that does not exist throws and names those that do. */
  handlesOf(entries: object, scope: string, path: string): unknown {
    const handles: Record<string, unknown> = {};
    for (const [name, entry] of Object.entries(entries)) {
      const id = `${scope}${name}`;
      const at = `${path}.${name}`;
      if (!isNodeId(id)) {
        const found = scope === "" ? "" : `, and the id is "${id}" with ${id.length} characters`;
        throw mistake(
          `${path}["${name}"]: an id has 1 to 63 of a-z, 0-9, _ and -, beginning with a letter${found}`,
          entry?.place,
        );
      }
      handles[name] = this.#handleOf(entry, id, at);
    }
    const where = scope === "" ? "the flow" : `"${scope.slice(0, -scopeMark.length)}"`;
    return strict(handles, (name) => `${where} has no node "${name}"`, "nodes");
  }

  #handleOf(entry: unknown, id: string, path: string): unknown {
    if (isNodeSpec(entry)) return this.#addNode(entry, id, path);
    if (isGraph(entry)) return this.#addGraph(entry, id, path);
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw mistake(`${path}: a node is made by a builder such as ff.filter({ … }), ${describe(entry)} given`);
    return this.handlesOf(entry, `${id}${scopeMark}`, path);
  }

  #addNode(spec: NodeSpec, id: string, path: string): unknown {
    if (this.nodes.has(id))
      throw mistake(`${path}: another node has the id "${id}" already, so rename one of them`, spec.place);
    this.nodes.set(id, spec);
    const ports: Record<string, Port> = {};
    for (const name of new Set([...Object.keys(spec.inputs), ...Object.keys(spec.outputs)]))
      ports[name] = new Port(id, name, spec.inputs[name], spec.outputs[name]);
    return strict(ports, (name) => `node "${id}" (${spec.type}) has no port "${name}"`, "ports");
  }

  #addGraph({ nodes, wires, inputs, outputs }: Graph, id: string, path: string): unknown {
    const handles = this.handlesOf(nodes, `${id}${scopeMark}`, `${path}.nodes`) as FlowPorts<Nodes>;
    this.draw(wires(handles), `${path}.wires`);
    const ins = this.facesOf(inputs(handles), "accepts", `${path}.inputs`);
    const outs = this.facesOf(outputs(handles), "gives", `${path}.outputs`);
    const twice = Object.keys(ins).find((name) => Object.hasOwn(outs, name));
    if (twice !== undefined) throw mistake(`${path}: "${twice}" is both an input and an output; rename one of them`);
    return strict({ ...ins, ...outs }, (name) => `the sub-flow "${id}" has no port "${name}"`, "ports");
  }

  /** Ports that a graph shows outwards. */
  facesOf(ports: unknown, side: "accepts" | "gives", path: string): Record<string, Port> {
    if (typeof ports !== "object" || ports === null)
      throw mistake(`${path}: the function returns an object of ports by name, ${describe(ports)} given`);
    for (const [name, port] of Object.entries(ports)) {
      const what = side === "accepts" ? "an input" : "an output";
      if (!(port instanceof Port)) throw mistake(`${path}.${name}: a port expected, ${describe(port)} given`);
      if (port[side] === undefined) throw mistake(`${path}.${name}: ${port} is not ${what}`);
    }
    return ports as Record<string, Port>;
  }

  /** Takes up what a `wires` function returned. */
  draw(wires: readonly Wire[], path: string): void {
    if (!Array.isArray(wires))
      throw mistake(`${path}: the function returns an array of wires, ${describe(wires)} given`);
    for (const [index, wire] of wires.entries()) {
      if (!(wire instanceof DrawnWire))
        throw mistake(`${path}[${index}]: a wire is drawn with n.a.out.to(n.b.in), ${describe(wire)} given`);
      if (this.wires.has(wire.key)) throw mistake(`${path}[${index}]: ${wire.key} is drawn twice`, wire.place);
      this.wires.set(wire.key, wire.place);
    }
  }
}

/** An object whose unknown properties throw instead of being undefined. */
function strict(known: Record<string, unknown>, complaint: (name: string) => string, what: string): unknown {
  return new Proxy(known, {
    get(target, name) {
      if (typeof name === "symbol") return Reflect.get(target, name);
      if (Object.hasOwn(target, name)) return target[name];
      throw mistake(`${complaint(name)}; its ${what}: ${Object.keys(target).join(", ") || "none"}`);
    },
  });
}
