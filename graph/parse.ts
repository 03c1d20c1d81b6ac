// Reads an authored graph document, `{ nodes: { <id>: { type, props? } }, wires: { "a.out -> b.in": {} } }`; wires may
// also be a list of the same strings. Here only the shape counts: whether types, nodes and ports exist is asked by
// resolveGraph, with the modules at hand.

import { Diagnostics } from "./diagnostics.ts";
import { graphLimits } from "./limits.ts";
import { idRule, isNodeId, isPortName, pathOf, quote, splitWire } from "./names.ts";
import { didYouMean } from "./suggest.ts";
import type { FlowGraph, GraphNode, NodeId, Wire } from "./types.ts";
import { describe, isRecord, readProps } from "./values.ts";

/** Throws FF_GRAPH_SYNTAX with every problem of the document's shape. */
export function parseGraph(document: unknown): FlowGraph {
  const diagnostics = new Diagnostics();
  const nodes = new Map<NodeId, GraphNode>();
  const wires: Wire[] = [];
  if (isRecord(document)) {
    refuseUnknownKeys(document, ["nodes", "wires"], [], diagnostics);
    parseNodes(document.nodes, nodes, diagnostics);
    if (document.wires !== undefined) parseWires(document.wires, wires, diagnostics);
  } else {
    diagnostics.report(
      "FF_GRAPH_SHAPE",
      "",
      () => `${describe(document)} given, an object with nodes and wires expected`,
    );
  }
  diagnostics.throwIfAny("FF_GRAPH_SYNTAX", "The graph document");
  return { nodes, wires };
}

function parseNodes(value: unknown, nodes: Map<NodeId, GraphNode>, diagnostics: Diagnostics): void {
  if (!isRecord(value)) {
    diagnostics.report("FF_GRAPH_SHAPE", "nodes", () => `${describe(value)} given, an object of nodes by id expected`);
    return;
  }
  const ids = Object.keys(value);
  if (isOverLimit(ids.length, graphLimits.nodesMax, "nodes", diagnostics)) return;
  for (const id of ids) {
    if (isNodeId(id)) {
      const node = parseNode(value[id], id, diagnostics);
      if (node !== undefined) nodes.set(id, node);
    } else {
      diagnostics.report("FF_GRAPH_BAD_ID", pathOf("nodes", id), () => `${quote(id)} is no node id: use ${idRule}`);
    }
  }
}

function parseNode(value: unknown, id: NodeId, diagnostics: Diagnostics): GraphNode | undefined {
  const path = pathOf("nodes", id);
  if (!isRecord(value)) {
    diagnostics.report(
      "FF_GRAPH_SHAPE",
      path,
      () => `${describe(value)} given, an object with type and props expected`,
    );
    return undefined;
  }
  refuseUnknownKeys(value, ["type", "props"], ["nodes", id], diagnostics);
  const { type } = value;
  const props = value.props === undefined ? {} : readProps(value.props, ["nodes", id, "props"], diagnostics);
  if (typeof type !== "string" || type === "") {
    diagnostics.report(
      "FF_GRAPH_SHAPE",
      `${path}.type`,
      () => `${describe(type)} given, the name of a node type expected`,
    );
    return undefined;
  }
  return props && { type, props };
}

function parseWires(value: unknown, wires: Wire[], diagnostics: Diagnostics): void {
  if (Array.isArray(value)) {
    if (isOverLimit(value.length, graphLimits.wiresMax, "wires", diagnostics)) return;
    for (const [index, text] of value.entries()) parseWire(text, pathOf("wires", index), wires, diagnostics);
    return;
  }
  if (!isRecord(value)) {
    diagnostics.report(
      "FF_GRAPH_SHAPE",
      "wires",
      () => `${describe(value)} given, wires such as "a.out -> b.in" expected`,
    );
    return;
  }
  const keys = Object.keys(value);
  if (isOverLimit(keys.length, graphLimits.wiresMax, "wires", diagnostics)) return;
  for (const key of keys) {
    const path = pathOf("wires", key);
    const options = value[key];
    if (!isRecord(options)) {
      diagnostics.report("FF_GRAPH_SHAPE", path, () => `${describe(options)} given, an empty object expected`);
    } else {
      refuseUnknownKeys(options, [], ["wires", key], diagnostics);
    }
    parseWire(key, path, wires, diagnostics);
  }
}

function parseWire(text: unknown, path: string, wires: Wire[], diagnostics: Diagnostics): void {
  const parts = typeof text === "string" ? splitWire(text) : undefined;
  if (parts === undefined) {
    const given = typeof text === "string" ? quote(text) : describe(text);
    diagnostics.report("FF_GRAPH_SHAPE", path, () => `${given} given, a wire such as "a.out -> b.in" expected`);
    return;
  }
  const [source, sourcePort, target, targetPort] = parts;
  const bad = parts.filter((part) => !isPortName(part));
  for (const part of bad) {
    diagnostics.report("FF_GRAPH_BAD_ID", path, () => `${quote(part)} is no node id or port name: use ${idRule}`);
  }
  if (isNodeId(source) && isNodeId(target) && bad.length === 0) wires.push({ source, sourcePort, target, targetPort });
}

function refuseUnknownKeys(
  value: { readonly [key: string]: unknown },
  known: readonly string[],
  at: readonly string[],
  diagnostics: Diagnostics,
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key) || value[key] === undefined) continue;
    diagnostics.report("FF_GRAPH_SHAPE", pathOf(...at, key), () => {
      const expected = known.length === 0 ? "nothing" : known.join(" and ");
      return `${quote(key)} is not known here (${expected} expected)${didYouMean(key, known)}`;
    });
  }
}

function isOverLimit(given: number, allowed: number, what: "nodes" | "wires", diagnostics: Diagnostics): boolean {
  if (given <= allowed) return false;
  diagnostics.report("FF_GRAPH_LIMIT", what, () => `${given} ${what} given, ${allowed} allowed`);
  return true;
}
