// What changes between two canonical graphs, down to single properties. Pure and symmetric: exchanging the arguments
// exchanges added with removed and `from` with `to`, and nothing else.

import { compareText, type PathStep, pathOf, wireKey } from "./names.ts";
import type {
  CanonicalGraph,
  CanonicalNode,
  GraphDiff,
  NodeChange,
  PropChange,
  PropValue,
  WireChange,
} from "./types.ts";
import { isRecord, keysOfBoth, type Props, sameValue } from "./values.ts";

export function diffGraphs(from: CanonicalGraph, to: CanonicalGraph): GraphDiff {
  const nodes = diffNodes(from.nodes, to.nodes);
  const wires = diffWires(from, to);
  return { nodes, wires, isEmpty: nodes.length === 0 && wires.length === 0 };
}

function diffNodes(from: readonly CanonicalNode[], to: readonly CanonicalNode[]): NodeChange[] {
  const before = new Map(from.map((node) => [node.id, node]));
  const after = new Map(to.map((node) => [node.id, node]));
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort(compareText);
  return ids.flatMap((id): NodeChange[] => {
    const [old, young] = [before.get(id), after.get(id)];
    const whole = { id, props: [], moduleChanged: false, typeChanged: false };
    if (young === undefined) return [{ ...whole, change: "removed", from: old! }];
    if (old === undefined) return [{ ...whole, change: "added", to: young }];
    const change: NodeChange = {
      id,
      change: "updated",
      from: old,
      to: young,
      props: diffProps(old.props, young.props),
      moduleChanged: old.module !== young.module,
      typeChanged: old.type !== young.type,
    };
    return isSameNode(old, young) ? [] : [change];
  });
}

/** Compares values rather than key order, which may differ between a resolved node and one built by hand. */
const isSameNode = (a: CanonicalNode, b: CanonicalNode): boolean =>
  keysOfBoth(a, b).every((key) => key in a && key in b && sameValue(field(a, key), field(b, key)));

const field = (node: CanonicalNode, key: string): PropValue => (node as unknown as Props)[key]!;

function diffProps(from: Props, to: Props): PropChange[] {
  return [...diffValues(["props"], from, to)];
}

/** Descends where both sides are objects or both lists; lists are compared by position. */
export function* diffValues(at: readonly PathStep[], from: PropValue, to: PropValue): Generator<PropChange> {
  if (sameValue(from, to)) return;
  if (Array.isArray(from) && Array.isArray(to)) {
    for (let index = 0; index < Math.max(from.length, to.length); index += 1) {
      yield* diffSlots([...at, index], from[index], to[index]);
    }
  } else if (isRecord(from) && isRecord(to)) {
    const [old, young] = [from as Props, to as Props];
    for (const key of keysOfBoth(old, young)) yield* diffSlots([...at, key], own(old, key), own(young, key));
  } else {
    yield { path: pathOf(...at), from, to };
  }
}

/** Without the guard a property called `constructor` would be found on every object. */
const own = (props: Props, key: string): PropValue | undefined => (Object.hasOwn(props, key) ? props[key] : undefined);

function* diffSlots(at: readonly PathStep[], from?: PropValue, to?: PropValue): Generator<PropChange> {
  if (from === undefined && to !== undefined) yield { path: pathOf(...at), to };
  else if (to === undefined && from !== undefined) yield { path: pathOf(...at), from };
  else if (from !== undefined && to !== undefined) yield* diffValues(at, from, to);
}

function diffWires(from: CanonicalGraph, to: CanonicalGraph): WireChange[] {
  const before = new Set(from.wires.map(wireKey));
  const after = new Set(to.wires.map(wireKey));
  const removed = [...before].filter((key) => !after.has(key)).map((key): WireChange => ({ key, change: "removed" }));
  const added = [...after].filter((key) => !before.has(key)).map((key): WireChange => ({ key, change: "added" }));
  return [...removed, ...added].sort((a, b) => compareText(a.key, b.key));
}
