// What the canvas draws a node and a wire from. Objects are kept as long as what they show stays the same, so that a
// change to one node draws one node.

import { type NodeId, type PortSpec, type Wire, wireKey } from "@flowfusion/graph";
import type { Edge, Node } from "@xyflow/svelte";
import { Position } from "@xyflow/svelte";
import {
  type Catalog,
  type Change,
  type Draft,
  inReadingOrder,
  nodeHeight,
  nodeSize,
  type Point,
  type Role,
  roleOf,
  type Selection,
  summaryOf,
} from "../../editor/index.ts";
import { flowStrings as strings } from "../../strings/flow.ts";

interface NodeData extends Record<string, unknown> {
  readonly type: string;
  readonly role: Role | undefined;
  readonly inputs: readonly PortSpec[];
  readonly outputs: readonly PortSpec[];
  readonly summary: string;
  readonly change: Change | undefined;
  readonly problems: number;
}
export type CanvasNode = Node<NodeData, "flow-node">;

interface WireData extends Record<string, unknown> {
  readonly type: PortSpec["type"];
  readonly change: Change | undefined;
  readonly problem: string | undefined;
}
export type CanvasWire = Edge<WireData, "flow-wire">;

export interface Scene {
  readonly draft: Draft;
  readonly catalog: Catalog;
  readonly selection: Selection;
  readonly changes: ReadonlyMap<string, Change>;
  readonly problemsOf: ReadonlyMap<string, readonly string[]>;
  /** What runs and was removed from the draft; drawn as a shadow. */
  readonly removed: Pick<Draft, "nodes" | "wires" | "layout">;
}

export function canvasNodes(scene: Scene, before: readonly CanvasNode[]): CanvasNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const ids = inReadingOrder([...scene.draft.nodes.keys()], scene.draft.layout);
  const drawn = ids.map((id) => canvasNode(id, scene, known.get(id)));
  const shadows = [...scene.removed.nodes.keys()].map((id) => shadowNode(id, scene, known.get(id)));
  return [...drawn, ...shadows];
}

function canvasNode(id: NodeId, scene: Scene, before: CanvasNode | undefined): CanvasNode {
  const { type, props } = scene.draft.nodes.get(id)!;
  const manifest = scene.catalog.get(type)?.manifest;
  const data: NodeData = {
    type,
    role: manifest && roleOf(manifest),
    inputs: manifest?.inputs ?? unknownPorts(id, scene.draft.wires, "input"),
    outputs: manifest?.outputs ?? unknownPorts(id, scene.draft.wires, "output"),
    summary: summaryOf(props),
    change: scene.changes.get(id),
    problems: scene.problemsOf.get(id)?.length ?? 0,
  };
  const at = scene.draft.layout.get(id) ?? { x: 0, y: 0 };
  return kept(before, id, data, at, scene.selection.nodes.has(id), true);
}

function shadowNode(id: NodeId, { removed, catalog }: Scene, before: CanvasNode | undefined): CanvasNode {
  const { type, props } = removed.nodes.get(id)!;
  const manifest = catalog.get(type)?.manifest;
  const data: NodeData = {
    type,
    role: manifest && roleOf(manifest),
    inputs: manifest?.inputs ?? [],
    outputs: manifest?.outputs ?? [],
    summary: summaryOf(props),
    change: "removed",
    problems: 0,
  };
  return kept(before, id, data, removed.layout.get(id) ?? { x: 0, y: 0 }, false, false);
}

/** The node as it was, where nothing about it differs. */
function kept(
  before: CanvasNode | undefined,
  id: NodeId,
  data: NodeData,
  position: Point,
  selected: boolean,
  isLive: boolean,
): CanvasNode {
  const isSameData = before !== undefined && sameData(before.data, data);
  const isSame =
    isSameData &&
    before.position.x === position.x &&
    before.position.y === position.y &&
    (before.selected ?? false) === selected &&
    before.selectable === isLive;
  if (isSame) return before;
  const height = nodeHeight({ inputs: data.inputs.length, outputs: data.outputs.length });
  const label = strings.canvas.node(id, data.type, data.inputs.length, data.outputs.length);
  const change = data.change === undefined ? "" : `, ${strings.canvas.change[data.change]}`;
  const problems = data.problems === 0 ? "" : `, ${strings.canvas.problems(data.problems)}`;
  return {
    id,
    type: "flow-node",
    position,
    data: isSameData ? before.data : data,
    selected,
    ...{ selectable: isLive, draggable: isLive, focusable: isLive, connectable: isLive },
    ...{ width: nodeSize.width, height, measured: { width: nodeSize.width, height } },
    handles: [
      ...data.inputs.map((port, index) => handle(port.name, "target", index)),
      ...data.outputs.map((port, index) => handle(port.name, "source", index)),
    ],
    ariaLabel: `${label}${change}${problems}`,
  };
}

/** The middle of a port lies on the border of its node. */
const portSize = 12;

function handle(id: string, type: "source" | "target", index: number) {
  const x = (type === "source" ? nodeSize.width : 0) - portSize / 2;
  const y = nodeSize.headHeight + index * nodeSize.portHeight + (nodeSize.portHeight - portSize) / 2;
  const position = type === "source" ? Position.Right : Position.Left;
  return { id, type, position, x, y, width: portSize, height: portSize };
}

const sameData = (a: NodeData, b: NodeData): boolean =>
  a.type === b.type &&
  a.role === b.role &&
  a.summary === b.summary &&
  a.change === b.change &&
  a.problems === b.problems &&
  samePorts(a.inputs, b.inputs) &&
  samePorts(a.outputs, b.outputs);

const samePorts = (a: readonly PortSpec[], b: readonly PortSpec[]): boolean =>
  a === b ||
  (a.length === b.length && a.every((port, index) => port.name === b[index]!.name && port.type === b[index]!.type));

/** Of a type that the gateway does not know there are at least those ports that wires lead to. */
function unknownPorts(id: NodeId, wires: readonly Wire[], side: "input" | "output"): PortSpec[] {
  const names = wires.flatMap((wire) => {
    if (side === "input") return wire.target === id ? [wire.targetPort] : [];
    return wire.source === id ? [wire.sourcePort] : [];
  });
  return [...new Set(names)].map((name) => ({ name, type: "any" }));
}

export function canvasWires(scene: Scene, before: readonly CanvasWire[]): CanvasWire[] {
  const known = new Map(before.map((wire) => [wire.id, wire]));
  const live = scene.draft.wires.map((wire) => canvasWire(wire, scene, known, false));
  return [...live, ...scene.removed.wires.map((wire) => canvasWire(wire, scene, known, true))];
}

function canvasWire(wire: Wire, scene: Scene, known: ReadonlyMap<string, CanvasWire>, isShadow: boolean): CanvasWire {
  const key = wireKey(wire);
  const from = scene.draft.nodes.get(wire.source) ?? scene.removed.nodes.get(wire.source);
  const outputs = (from && scene.catalog.get(from.type)?.manifest.outputs) ?? [];
  const data: WireData = {
    type: outputs.find(({ name }) => name === wire.sourcePort)?.type ?? "any",
    change: isShadow ? "removed" : scene.changes.get(key),
    problem: isShadow ? undefined : scene.problemsOf.get(key)?.[0],
  };
  const selected = !isShadow && scene.selection.wires.has(key);
  const before = known.get(key);
  const isSameData =
    before?.data !== undefined &&
    before.data.type === data.type &&
    before.data.change === data.change &&
    before.data.problem === data.problem;
  if (isSameData && (before.selected ?? false) === selected && before.selectable === !isShadow) return before;
  return {
    id: key,
    type: "flow-wire",
    source: wire.source,
    target: wire.target,
    sourceHandle: wire.sourcePort,
    targetHandle: wire.targetPort,
    data: isSameData ? before.data! : data,
    selected,
    selectable: !isShadow,
    focusable: !isShadow,
    ariaLabel: strings.canvas.wire(key),
  };
}
