// What can be done to a draft, as data: each command is a step that can be undone, told in words, and replayed in a test.
// Commands trust their caller for what rules decide (`connect.ts`, `ids.ts`); what no longer applies changes nothing.

import { type GraphNode, type NodeId, type PropValue, type Wire, wireKey } from "@flowfusion/graph";
import type { Draft, Layout, Point, Props } from "./draft.ts";
import { type Place, withValueAt } from "./values.ts";

interface PlacedNode extends GraphNode {
  readonly id: NodeId;
  readonly at: Point;
}

export type Command =
  /** Nodes that are new, with wires among them: one from the palette, or what was pasted. */
  | { readonly kind: "add"; readonly nodes: readonly PlacedNode[]; readonly wires: readonly Wire[] }
  /** Nodes with all their wires, and single wires by `wireKey`. */
  | { readonly kind: "remove"; readonly nodes: readonly NodeId[]; readonly wires: readonly string[] }
  /** `gesture` is the same for all steps of one drag. */
  | { readonly kind: "move"; readonly to: Layout; readonly gesture: string }
  | { readonly kind: "connect"; readonly wire: Wire }
  /** `to` is absent where the property is taken away; `alsoWithout` are properties that have no place beside it. */
  | {
      readonly kind: "set-property";
      readonly node: NodeId;
      readonly at: Place;
      readonly to?: PropValue;
      readonly alsoWithout?: readonly string[];
    }
  | { readonly kind: "rename"; readonly node: NodeId; readonly to: NodeId }
  | { readonly kind: "arrange"; readonly layout: Layout }
  /** Takes a whole draft in place of this one: a version from the history, say. */
  | { readonly kind: "replace"; readonly draft: Draft };

export function applyCommand(draft: Draft, command: Command): Draft {
  switch (command.kind) {
    case "add":
      return add(draft, command.nodes, command.wires);
    case "remove":
      return remove(draft, new Set(command.nodes), new Set(command.wires));
    case "move":
      return { ...draft, layout: new Map([...draft.layout, ...command.to]) };
    case "connect":
      return { ...draft, wires: [...draft.wires, command.wire] };
    case "set-property":
      return setProperty(draft, command.node, (props) =>
        without(withValueAt(props, command.at, command.to), command.alsoWithout ?? []),
      );
    case "rename":
      return rename(draft, command.node, command.to);
    case "arrange":
      return { ...draft, layout: command.layout };
    case "replace":
      return command.draft;
  }
}

/** What a step did, for the undo button and for those who listen to the page. */
export function commandText(command: Command): string {
  switch (command.kind) {
    case "add":
      return command.nodes.length === 1 ? `add ${command.nodes[0]!.id}` : `add ${command.nodes.length} nodes`;
    case "remove": {
      const [nodes, wires] = [command.nodes.length, command.wires.length];
      if (nodes === 1) return `delete ${command.nodes[0]}`;
      if (nodes > 1) return `delete ${nodes} nodes`;
      return wires === 1 ? `delete wire ${command.wires[0]}` : `delete ${wires} wires`;
    }
    case "move":
      return command.to.size === 1 ? `move ${[...command.to.keys()][0]}` : `move ${command.to.size} nodes`;
    case "connect":
      return `connect ${wireKey(command.wire)}`;
    case "set-property":
      return `change ${command.at[0]} of ${command.node}`;
    case "rename":
      return `rename ${command.node} to ${command.to}`;
    case "arrange":
      return "arrange all nodes";
    case "replace":
      return "take another version";
  }
}

function add(draft: Draft, nodes: readonly PlacedNode[], wires: readonly Wire[]): Draft {
  return {
    nodes: new Map([...draft.nodes, ...nodes.map(({ id, type, props }) => [id, { type, props }] as const)]),
    wires: [...draft.wires, ...wires],
    layout: new Map([...draft.layout, ...nodes.map(({ id, at }) => [id, at] as const)]),
  };
}

function remove(draft: Draft, gone: ReadonlySet<NodeId>, goneWires: ReadonlySet<string>): Draft {
  const stays = ([id]: readonly [NodeId, unknown]) => !gone.has(id);
  return {
    nodes: new Map([...draft.nodes].filter(stays)),
    wires: draft.wires.filter(
      (wire) => !gone.has(wire.source) && !gone.has(wire.target) && !goneWires.has(wireKey(wire)),
    ),
    layout: new Map([...draft.layout].filter(stays)),
  };
}

function setProperty(draft: Draft, id: NodeId, change: (props: Props) => Props): Draft {
  const node = draft.nodes.get(id);
  if (node === undefined) return draft;
  return { ...draft, nodes: new Map([...draft.nodes, [id, { ...node, props: change(node.props) }]]) };
}

const without = (props: Props, names: readonly string[]): Props =>
  Object.fromEntries(Object.entries(props).filter(([name]) => !names.includes(name)));

function rename(draft: Draft, from: NodeId, to: NodeId): Draft {
  if (!draft.nodes.has(from) || draft.nodes.has(to)) return draft;
  const name = (id: NodeId) => (id === from ? to : id);
  return {
    nodes: new Map([...draft.nodes].map(([id, node]) => [name(id), node])),
    wires: draft.wires.map((wire) => ({ ...wire, source: name(wire.source), target: name(wire.target) })),
    layout: new Map([...draft.layout].map(([id, at]) => [name(id), at])),
  };
}
