// What the glue has to do, worked out from the graph before any code is written: every node by number, with its
// module's exports, where its properties and state key lie, and where each output port leads.

import type { CanonicalGraph, ModuleCatalog, NodeManifest } from "@flowfusion/graph";
import { type NodeExports, nodeExports } from "../inspect/node-exports.ts";
import { linkable } from "../link/linkable.ts";
import { moduleOf, nodeWasm } from "../node-wasm.ts";
import { constantOutcomeOf } from "./constant-outcome.ts";
import { type Layout, layOut } from "./layout.ts";
import { concatenate, encodeProperties } from "./properties.ts";
import { stateEntryHead } from "./state-format.ts";

export interface PlannedWire {
  readonly target: number;
  readonly targetPort: number;
}

export interface Slice {
  readonly start: number;
  readonly length: number;
}

export interface PlannedNode {
  readonly index: number;
  readonly id: string;
  readonly manifest: NodeManifest;
  readonly exports: NodeExports;
  /** What the module's `handle_scalar` gives for every message, where that is plain to see. */
  readonly constantOutcome?: number;
  /** Whether the module had a start function, which is now an export. */
  readonly hasStart: boolean;
  /** Wires by output port, in the graph's order. */
  readonly outputs: readonly (readonly PlannedWire[])[];
  /** Number of the input subscription, for a node that the host feeds. */
  readonly input?: number;
  /** Number of the sink, for a node whose port 0 leads to the host. */
  readonly sink?: number;
  readonly idText: Slice;
  /** What `configure` is to hand over; absent for a node that was configured when the flow was fused. */
  readonly properties?: Slice;
  /** Head of the node's entry in a saved state; absent for a node without state. */
  readonly stateHead?: Slice;
}

export interface Plan {
  readonly nodes: readonly PlannedNode[];
  readonly layout: Layout;
  /** Bytes at `layout.staticStart`. */
  readonly staticData: Uint8Array;
}

/** `isConfigured`: whether the module that is linked for a node is configured already. */
export function planFlow(
  graph: CanonicalGraph,
  catalog: ModuleCatalog,
  isConfigured: (nodeIndex: number) => boolean = () => false,
): Plan {
  const indexOf = new Map(graph.nodes.map((node, index) => [node.id, index]));
  const parts: Uint8Array[] = [];
  let staticBytes = 0;
  const place = (bytes: Uint8Array): Slice => {
    const slice = { start: staticBytes, length: bytes.length };
    const padding = -bytes.length & 15;
    parts.push(bytes, new Uint8Array(padding));
    staticBytes += bytes.length + padding;
    return slice;
  };

  let inputs = 0;
  let sinks = 0;
  const drafts = graph.nodes.map((node, index) => {
    const { manifest } = moduleOf(node, catalog);
    const wasm = nodeWasm(node, catalog);
    const exports = nodeExports(wasm);
    const constantOutcome = constantOutcomeOf(wasm, exports);
    return {
      index,
      id: node.id,
      manifest,
      exports,
      ...(constantOutcome !== undefined && { constantOutcome }),
      hasStart: linkable(wasm).hasStart,
      outputs: node.outputs.map((port) =>
        graph.wires
          .filter((wire) => wire.source === node.id && wire.sourcePort === port.name)
          .map((wire) => ({
            target: indexOf.get(wire.target)!,
            targetPort: graph.nodes[indexOf.get(wire.target)!]!.inputs.findIndex(
              (input) => input.name === wire.targetPort,
            ),
          })),
      ),
      ...(node.subscribes && { input: inputs++ }),
      ...(node.delivers && { sink: sinks++ }),
      idText: place(new TextEncoder().encode(node.id)),
      ...(!isConfigured(index) && { properties: place(encodeProperties(node.props, manifest.props)) }),
      ...(node.stateVersion > 0 && { stateHead: place(stateEntryHead(node)) }),
    };
  });

  const layout = layOut(graph.nodes.length, staticBytes);
  const at = (slice: Slice): Slice => ({ start: layout.staticStart + slice.start, length: slice.length });
  const nodes = drafts.map((draft) => ({
    ...draft,
    idText: at(draft.idText),
    ...(draft.properties && { properties: at(draft.properties) }),
    ...(draft.stateHead && { stateHead: at(draft.stateHead) }),
  }));
  return { nodes, layout, staticData: concatenate(parts) };
}
