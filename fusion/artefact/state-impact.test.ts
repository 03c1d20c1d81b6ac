import type { CanonicalGraph, CanonicalNode, Digest, NodeId } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stateImpact } from "./state-impact.ts";

const digest = (text: string) => `sha256:${text.repeat(64)}` as Digest;
const node = (id: string, type: string, stateVersion = 1, changes: Partial<CanonicalNode> = {}): CanonicalNode => ({
  ...{ id: id as NodeId, type, module: digest("0"), inputs: [], outputs: [], props: {} },
  ...{ stateVersion, acceptsStateFrom: stateVersion, ...changes },
});
const graph = (...nodes: CanonicalNode[]): CanonicalGraph => ({ nodes, wires: [] });

describe("stateImpact", () => {
  type Row = [
    title: string,
    from: CanonicalNode[],
    to: CanonicalNode[],
    kept: string[],
    reset: [node: string, why: string][],
    migrated?: [node: string, from: number, to: number][],
  ];
  const rows: Row[] = [
    ["nothing changes", [node("a", "agg")], [node("a", "agg")], ["a"], []],
    ["properties change", [node("a", "agg")], [node("a", "agg", 1, { props: { size: 9 } })], ["a"], []],
    ["the module is built anew", [node("a", "agg")], [node("a", "agg", 1, { module: digest("1") })], ["a"], []],
    ["a node is added", [node("a", "agg")], [node("a", "agg"), node("b", "agg")], ["a"], []],
    [
      "a node is removed",
      [node("a", "agg"), node("b", "agg")],
      [node("b", "agg")],
      ["b"],
      [["a", "the node was removed"]],
    ],
    ["a node without state is removed", [node("f", "filter", 0)], [], [], []],
    ["a node is renamed", [node("a", "agg")], [node("b", "agg")], [], [["a", "the node was removed"]]],
    ["a node without state stays", [node("f", "filter", 0)], [node("f", "filter", 0)], [], []],
    [
      "the type changes between two with state",
      [node("a", "agg")],
      [node("a", "binary_combine")],
      [],
      [["a", "its type changed from agg to binary_combine"]],
    ],
    [
      "the type changes to one without state",
      [node("a", "agg")],
      [node("a", "filter", 0)],
      [],
      [["a", "its type changed from agg to filter"]],
    ],
    [
      "the type changes from one without state",
      [node("a", "filter", 0)],
      [node("a", "agg")],
      [],
      [["a", "its type changed from filter to agg"]],
    ],
    ["the type changes between two without state", [node("a", "filter", 0)], [node("a", "scale", 0)], [], []],
    ["a type gains state", [node("a", "own", 0)], [node("a", "own", 1)], [], []],
    ["a type loses its state", [node("a", "own", 1)], [node("a", "own", 0)], [], [["a", "it has no state any more"]]],
    [
      "a newer version reads the older one's state",
      [node("a", "own", 1)],
      [node("a", "own", 3, { acceptsStateFrom: 1 })],
      [],
      [],
      [["a", 1, 3]],
    ],
    [
      "a newer version does not read the older one's state",
      [node("a", "own", 1)],
      [node("a", "own", 3, { acceptsStateFrom: 2 })],
      [],
      [["a", "it reads state from version 2, version 1 was saved"]],
    ],
    [
      "a version goes back",
      [node("a", "own", 3)],
      [node("a", "own", 2)],
      [],
      [["a", "it reads state up to version 2, version 3 was saved"]],
    ],
  ];
  it.each(rows)("when %s", (_, from, to, kept, reset, migrated = []) => {
    expect(stateImpact(graph(...from), graph(...to))).toEqual({
      kept,
      migrated: migrated.map(([id, fromVersion, toVersion]) => ({ node: id, fromVersion, toVersion })),
      reset: reset.map(([id, why]) => ({ node: id, why })),
    });
  });

  it("has nothing to say of a first deploy", () => {
    expect(stateImpact(undefined, graph(node("a", "agg")))).toEqual({ kept: [], migrated: [], reset: [] });
  });

  it("accounts for every state that there was, once", () => {
    const some = fc
      .uniqueArray(
        fc.record({ id: fc.constantFrom("a", "b", "c", "d"), type: fc.constantFrom("x", "y"), version: fc.nat(3) }),
        { selector: ({ id }) => id },
      )
      .map((nodes) => graph(...nodes.map(({ id, type, version }) => node(id, type, version))));
    fc.assert(
      fc.property(some, some, (from, to) => {
        const { kept, migrated, reset } = stateImpact(from, to);
        const named = [...kept, ...[...migrated, ...reset].map((entry) => entry.node)];
        const saved = from.nodes.filter(({ stateVersion }) => stateVersion > 0).map(({ id }) => id);
        expect(named).toEqual(expect.arrayContaining(saved));
        expect(new Set(named).size).toBe(named.length);
      }),
    );
  });
});
