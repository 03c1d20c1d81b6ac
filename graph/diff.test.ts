import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffGraphs } from "./diff.ts";
import { sha256 } from "./digest.ts";
import { pathOf, wireKey } from "./names.ts";
import { canonicalGraphs, resolveDocument } from "./testkit.ts";
import type { CanonicalGraph, GraphDiff, PropChange, PropValue } from "./types.ts";

const swap = <T extends { from?: unknown; to?: unknown }>({ from, to, ...rest }: T) => ({
  ...rest,
  ...(to !== undefined && { from: to }),
  ...(from !== undefined && { to: from }),
});
const opposite = { added: "removed", removed: "added", updated: "updated" } as const;

const inverse = (diff: GraphDiff) => ({
  nodes: diff.nodes.map((node) => ({ ...swap(node), change: opposite[node.change], props: node.props.map(swap) })),
  wires: diff.wires.map(({ key, change }) => ({ key, change: opposite[change] })),
  isEmpty: diff.isEmpty,
});

/** Makes the changes that a diff names, without looking at the target graph. */
function apply(from: CanonicalGraph, diff: GraphDiff): { nodes: unknown[]; wires: string[] } {
  const nodes = new Map(from.nodes.map((node) => [node.id, node]));
  for (const { id, to } of diff.nodes) {
    if (to === undefined) nodes.delete(id);
    else nodes.set(id, to);
  }
  const wires = new Set(from.wires.map(wireKey));
  for (const { key, change } of diff.wires) {
    if (change === "added") wires.add(key);
    else wires.delete(key);
  }
  return { nodes: [...nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), wires: [...wires].sort() };
}

/** Every leaf and every empty container by path: what property changes are made of. */
function* leaves(at: readonly (string | number)[], value: PropValue): Generator<[string, PropValue]> {
  const entries: [string | number, PropValue][] = Array.isArray(value)
    ? [...value.entries()]
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  if (entries.length === 0) yield [pathOf(...at), value];
  for (const [key, item] of entries) yield* leaves([...at, key], item);
}

const isBelow = (path: string, above: string) =>
  path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);

/** Takes out of `props` all that the changes replace or remove, and puts in what they give. */
function applyProps(props: PropValue, changes: readonly PropChange[]): Map<string, string> {
  const result = new Map([...leaves(["props"], props)].map(([path, value]) => [path, JSON.stringify(value)]));
  for (const { path, from, to } of changes) {
    if (from !== undefined) for (const old of [...result.keys()]) if (isBelow(old, path)) result.delete(old);
    if (to !== undefined) for (const [leaf, value] of leafPaths(path, to)) result.set(leaf, value);
  }
  return result;
}

const leafPaths = (path: string, value: PropValue): [string, string][] =>
  [...leaves(["x"], value)].map(([leaf, item]) => [path + leaf.slice(1), JSON.stringify(item)]);

const isEmptyContainer = (text: string) => text === "{}" || text === "[]";

/** Whether an emptied container stays is implied by its parent, so those leaves are left out of the comparison. */
const filled = (map: Map<string, string>) => new Map([...map].filter(([, value]) => !isEmptyContainer(value)));

describe("for any two graphs", () => {
  test("a graph does not differ from itself", () => {
    fc.assert(
      fc.property(canonicalGraphs, (graph) => {
        expect(diffGraphs(graph, graph)).toEqual({ nodes: [], wires: [], isEmpty: true });
      }),
    );
  });

  test("exchanging the two gives the inverse", () => {
    fc.assert(
      fc.property(canonicalGraphs, canonicalGraphs, (a, b) => {
        expect(diffGraphs(b, a)).toEqual(inverse(diffGraphs(a, b)));
      }),
    );
  });

  test("making the changes leads from the one to the other", () => {
    fc.assert(
      fc.property(canonicalGraphs, canonicalGraphs, (a, b) => {
        expect(apply(a, diffGraphs(a, b))).toEqual({ nodes: b.nodes, wires: b.wires.map(wireKey) });
      }),
    );
  });

  test("the changes of single properties lead from the one node to the other", () => {
    fc.assert(
      fc.property(canonicalGraphs, canonicalGraphs, (a, b) => {
        const [one] = a.nodes;
        const other = { ...one!, props: b.nodes[0]!.props };
        const { nodes } = diffGraphs({ nodes: [one!], wires: [] }, { nodes: [other], wires: [] });
        const changed = applyProps(one!.props, nodes[0]?.props ?? []);
        const wanted = new Map(
          [...leaves(["props"], other.props)].map(([path, value]) => [path, JSON.stringify(value)]),
        );
        expect(filled(changed)).toEqual(filled(wanted));
      }),
    );
  });
});

describe("one change", () => {
  const input = { type: "tag_input", props: { tags: ["a/#"] } };
  const document = (cases: object[], type = "switch") => ({
    nodes: { in: input, route: { type, props: { cases } } },
    wires: ["in.out -> route.in"],
  });
  const before = resolveDocument(
    document([
      { op: ">", value: 1 },
      { op: "<", value: 2 },
    ]),
  );

  test("of a value deep inside names exactly that place", () => {
    const after = resolveDocument(
      document([
        { op: ">", value: 1 },
        { op: "<", value: 3 },
      ]),
    );
    const diff = diffGraphs(before, after);
    expect(diff).toMatchObject({ isEmpty: false, wires: [] });
    expect(diff.nodes).toHaveLength(1);
    expect(diff.nodes[0]).toMatchObject({ id: "route", change: "updated", moduleChanged: false, typeChanged: false });
    expect(diff.nodes[0]!.props).toEqual([{ path: "props.cases[1].value", from: 2, to: 3 }]);
  });

  test("of a list's length names the items that came", () => {
    const after = resolveDocument(
      document([
        { op: ">", value: 1 },
        { op: "<", value: 2 },
        { op: "==", value: 0 },
      ]),
    );
    expect(diffGraphs(before, after).nodes[0]!.props).toEqual([{ path: "props.cases[2]", to: { op: "==", value: 0 } }]);
  });

  test("of a module is told apart from one of properties", () => {
    const nodes = before.nodes.map((node) => ({ ...node, module: sha256(new TextEncoder().encode(node.id)) }));
    expect(
      diffGraphs(before, { ...before, nodes }).nodes.map(({ moduleChanged, props }) => ({ moduleChanged, props })),
    ).toEqual([
      { moduleChanged: true, props: [] },
      { moduleChanged: true, props: [] },
    ]);
  });

  test("of a node's presence takes its wires along", () => {
    const diff = diffGraphs(before, resolveDocument({ nodes: { in: input } }));
    expect(diff.nodes.map(({ id, change, to }) => ({ id, change, to }))).toEqual([
      { id: "route", change: "removed", to: undefined },
    ]);
    expect(diff.wires).toEqual([{ key: "in.out -> route.in", change: "removed" }]);
  });

  test("of a property named like a member of every object is seen", () => {
    const open = (props: object) => resolveDocument({ nodes: { n: { type: "open", props } } });
    expect(diffGraphs(open({}), open({ constructor: null })).nodes[0]!.props).toEqual([
      { path: "props.constructor", to: null },
    ]);
    expect(diffGraphs(open({ "a.b": 1 }), open({ "a.b": 2 })).nodes[0]!.props).toEqual([
      { path: 'props["a.b"]', from: 1, to: 2 },
    ]);
  });
});
