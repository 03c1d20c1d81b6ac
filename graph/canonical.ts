// The one encoding of a canonical graph (proto/flow.proto): what is stored in an artefact and what a graph digest is
// taken over. Nodes, wires and keys are sorted before they are written, so neither the order of a document's keys nor
// that of its wires gets in. (Among keys, whole numbers such as "10" come first, as in any JavaScript object.)
//
// Reading is strict: the bytes come from an artefact that anybody may have made. Whatever would not be written back
// as the very same bytes is refused, so two different encodings can never stand for one graph.

import {
  GraphRule,
  type GraphRuleMessage,
  type NodeDefMessage,
  type PortDefMessage,
  PortType as ProtoPortType,
  type WireMessage,
} from "@flowfusion/proto";
import { Reader } from "protobufjs/minimal.js";
import { sameBytes } from "./bytes.ts";
import { Diagnostics } from "./diagnostics.ts";
import { digestBytes, digestOfHash, isDigest } from "./digest.ts";
import { FlowFusionError } from "./errors.ts";
import { graphLimits } from "./limits.ts";
import { compareText, idRule, isNodeId, isPortName, pathOf, quote, wireKey } from "./names.ts";
import { decodeFields, encodeFields } from "./proto-values.ts";
import {
  type CanonicalGraph,
  type CanonicalNode,
  type NodeId,
  type PortSpec,
  type PortType,
  type SinkKind,
  sinkKinds,
  type Wire,
} from "./types.ts";
import { readProps } from "./values.ts";
import { checkWires } from "./wires.ts";

const portTypes = [
  ["tag", ProtoPortType.PORT_TYPE_TAG],
  ["message", ProtoPortType.PORT_TYPE_MESSAGE],
  ["any", ProtoPortType.PORT_TYPE_ANY],
] as const satisfies readonly (readonly [PortType, number])[];

export const portTypeOf = (number: number | null | undefined): PortType | undefined =>
  portTypes.find(([, known]) => known === number)?.[0];

export function encodeGraph(graph: CanonicalGraph): Uint8Array {
  const nodes = [...graph.nodes].sort((a, b) => compareText(a.id, b.id)).map(encodeNode);
  const wires = [...graph.wires].sort((a, b) => compareText(wireKey(a), wireKey(b))).map(encodeWire);
  return new Uint8Array(GraphRule.encode({ nodes, wires }).finish());
}

/** Throws FF_GRAPH_SYNTAX unless the bytes are the encoding of a valid graph, exactly as encodeGraph writes it. */
export function decodeGraph(bytes: Uint8Array): CanonicalGraph {
  const diagnostics = new Diagnostics();
  if (bytes.length > graphLimits.graphBytesMax) {
    diagnostics.report("FF_GRAPH_LIMIT", "", () => `${bytes.length} bytes given, ${graphLimits.graphBytesMax} allowed`);
    diagnostics.throwIfAny("FF_GRAPH_SYNTAX", "The encoded graph");
  }
  const rule = readRule(bytes);
  const nodes = (rule.nodes ?? []).map((node, index) => decodeNode(node, index, diagnostics));
  const wires = (rule.wires ?? []).map(decodeWire);
  diagnostics.throwIfAny("FF_GRAPH_SYNTAX", "The encoded graph");
  const graph = { nodes: nodes.filter((node) => node !== undefined), wires };
  checkRules(graph, diagnostics);
  if (!sameBytes(encodeGraph(graph), bytes)) {
    diagnostics.report(
      "FF_GRAPH_SHAPE",
      "",
      () => "the bytes are not in canonical form: order, defaults or unknown fields",
    );
  }
  diagnostics.throwIfAny("FF_GRAPH_SYNTAX", "The encoded graph");
  return graph;
}

function readRule(bytes: Uint8Array): GraphRuleMessage {
  try {
    refuseCrowd(bytes);
    return GraphRule.decode(bytes);
  } catch (cause) {
    if (cause instanceof FlowFusionError) throw cause;
    throw new FlowFusionError("FF_GRAPH_SYNTAX", "The encoded graph is no well-formed GraphRule message.", { cause });
  }
}

/** Counts nodes and wires before any is made, since two bytes are enough to ask for an object. */
function refuseCrowd(bytes: Uint8Array): void {
  const counts = { nodes: 0, wires: 0 };
  const reader = Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) counts.nodes += 1;
    if (tag >>> 3 === 2) counts.wires += 1;
    reader.skipType(tag & 7);
  }
  const diagnostics = new Diagnostics();
  for (const [what, allowed] of [
    ["nodes", graphLimits.nodesMax],
    ["wires", graphLimits.wiresMax],
  ] as const) {
    const given = counts[what];
    if (given > allowed) diagnostics.report("FF_GRAPH_LIMIT", what, () => `${given} ${what} given, ${allowed} allowed`);
  }
  diagnostics.throwIfAny("FF_GRAPH_SYNTAX", "The encoded graph");
}

function encodeNode(node: CanonicalNode): NodeDefMessage {
  return {
    id: node.id,
    nodeType: node.type,
    wasmHash: digestBytes(node.module),
    inputs: node.inputs.map(encodePort),
    outputs: node.outputs.map(encodePort),
    props: encodeFields(node.props),
    stateVersion: node.stateVersion,
    acceptsStateFrom: node.acceptsStateFrom,
    ...(node.subscribes && { subscribes: node.subscribes.property }),
    ...(node.delivers && { delivers: node.delivers.to }),
  };
}

function decodeNode(node: NodeDefMessage, index: number, diagnostics: Diagnostics): CanonicalNode | undefined {
  const id = node.id ?? "";
  if (!isNodeId(id)) {
    diagnostics.report("FF_GRAPH_BAD_ID", pathOf("nodes", index), () => `${quote(id)} is no node id: use ${idRule}`);
    return undefined;
  }
  const fail = (field: string, message: string) =>
    diagnostics.report("FF_GRAPH_SHAPE", pathOf("nodes", id, field), () => message);
  const type = node.nodeType ?? "";
  const module = digestOfHash(node.wasmHash ?? new Uint8Array(0));
  const delivers = node.delivers ?? undefined;
  const stateVersion = node.stateVersion ?? 0;
  const acceptsStateFrom = node.acceptsStateFrom ?? 0;
  if (type === "") fail("type", "nothing given, the name of a node type expected");
  if (!isDigest(module)) fail("module", `a hash of ${node.wasmHash?.length ?? 0} bytes given, 32 expected`);
  if (delivers !== undefined && !isSinkKind(delivers)) fail("delivers", `${quote(delivers)} is no kind of sink`);
  if (acceptsStateFrom > stateVersion)
    fail("acceptsStateFrom", `${acceptsStateFrom} given, at most ${stateVersion} allowed`);
  const inputs = decodePorts(node.inputs ?? [], "inputs", fail);
  const outputs = decodePorts(node.outputs ?? [], "outputs", fail);
  const props = readProps(decodeFields(node.props ?? {}), ["nodes", id, "props"], diagnostics) ?? {};
  return {
    ...{ id, type, module, inputs, outputs, props, stateVersion, acceptsStateFrom },
    ...(typeof node.subscribes === "string" && { subscribes: { property: node.subscribes } }),
    ...(delivers !== undefined && isSinkKind(delivers) && { delivers: { to: delivers } }),
  };
}

const isSinkKind = (kind: string): kind is SinkKind => sinkKinds.some((known) => known === kind);

const encodePort = (port: PortSpec): PortDefMessage => ({
  name: port.name,
  type: portTypes.find(([type]) => type === port.type)![1],
  ...(port.optional === true && { optional: true }),
});

function decodePorts(
  ports: readonly PortDefMessage[],
  side: "inputs" | "outputs",
  fail: (field: string, message: string) => void,
): PortSpec[] {
  const allowed = graphLimits.portsPerSideMax;
  if (ports.length > allowed) fail(side, `${ports.length} ${side} given, ${allowed} allowed`);
  const names = new Set(ports.map((port) => port.name));
  if (names.size < ports.length) fail(side, "two ports of one name");
  return ports.slice(0, allowed).map((port) => {
    const name = port.name ?? "";
    const type = portTypeOf(port.type);
    if (!isPortName(name)) fail(side, `${quote(name)} is no port name: use ${idRule}`);
    if (type === undefined) fail(side, `port type ${port.type} given, 1 to 3 allowed`);
    return { name, type: type ?? "any", ...(port.optional === true && { optional: true }) };
  });
}

const encodeWire = (wire: Wire): WireMessage => ({
  sourceNode: wire.source,
  sourcePort: wire.sourcePort,
  targetNode: wire.target,
  targetPort: wire.targetPort,
});

const decodeWire = (wire: WireMessage): Wire => ({
  source: (wire.sourceNode ?? "") as NodeId,
  sourcePort: wire.sourcePort ?? "",
  target: (wire.targetNode ?? "") as NodeId,
  targetPort: wire.targetPort ?? "",
});

/** The rules that a graph had to meet when it was resolved, asked again of one that arrives as bytes. */
function checkRules(graph: CanonicalGraph, diagnostics: Diagnostics): void {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  if (byId.size === 0) diagnostics.report("FF_GRAPH_EMPTY", "nodes", () => "0 nodes given, at least 1 needed");
  if (byId.size < graph.nodes.length) diagnostics.report("FF_GRAPH_SHAPE", "nodes", () => "two nodes of one id");
  checkWires([...byId.keys()], graph.wires, byId, diagnostics);
}
