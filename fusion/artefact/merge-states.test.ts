import type { CanonicalGraph, CanonicalNode, Digest, NodeId } from "@flowfusion/graph";
import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeStates } from "./merge-states.ts";
import { joinStates, splitStates } from "./states.ts";

const node = (id: string, type: string, stateVersion: number, acceptsStateFrom = stateVersion): CanonicalNode => ({
  ...{ id: id as NodeId, type, module: `sha256:${"0".repeat(64)}` as Digest, inputs: [], outputs: [], props: {} },
  ...{ stateVersion, acceptsStateFrom },
});
const graph = (...nodes: CanonicalNode[]): CanonicalGraph => ({ nodes, wires: [] });
const saved = (...entries: readonly (readonly [CanonicalNode, string])[]): Uint8Array =>
  joinStates(entries.map(([of, text]) => ({ node: of, state: new TextEncoder().encode(text) })));
const texts = (state: Uint8Array) =>
  splitStates(state).map((entry) => `${entry.id} ${entry.version} ${new TextDecoder().decode(entry.state)}`);

const old = graph(node("a", "agg", 2, 1), node("b", "window", 1));

it.each([
  ["both are read", [node("a", "agg", 2), "new a"], [node("b", "window", 1), "new b"], ["a 2 new a", "b 1 new b"]],
  ["one has moved on", [node("a", "agg", 3), "new a"], [node("b", "window", 1), "new b"], ["a 2 old a", "b 1 new b"]],
  ["one is older and read", [node("a", "agg", 1), "new a"], [node("b", "window", 2), "-"], ["a 1 new a", "b 1 old b"]],
  [
    "one has another type",
    [node("a", "own", 2), "new a"],
    [node("b", "window", 1), "new b"],
    ["a 2 old a", "b 1 new b"],
  ],
  ["one is gone", [node("c", "agg", 2), "new c"], [node("b", "window", 1), "new b"], ["a 2 old a", "b 1 new b"]],
] as const)("takes of each node the newest state that it reads: %s", (_, first, second, expected) => {
  const before = saved([old.nodes[0]!, "old a"], [old.nodes[1]!, "old b"]);
  expect(texts(mergeStates(saved(first, second), before, old))).toEqual(expected);
});

it("gives the same bytes when all of the newest is read", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      const newest = saved([old.nodes[0]!, a], [old.nodes[1]!, b]);
      expect(mergeStates(newest, saved(), old)).toEqual(newest);
    }),
  );
});

it("refuses a state that is damaged", () => {
  const newest = saved([old.nodes[0]!, "new a"]);
  newest[20]! ^= 1;
  expect(() => mergeStates(newest, saved(), old)).toThrow(expect.objectContaining({ code: "FF_FLOW_STATE_REFUSED" }));
});
