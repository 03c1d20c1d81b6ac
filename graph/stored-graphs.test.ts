import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeGraph, encodeGraph } from "./canonical.ts";
import { StoredGraphs } from "./stored-graphs.ts";
import { canonicalGraphs } from "./testkit.ts";

test("a graph that was checked before is read as it was", () => {
  const graphs = new StoredGraphs();
  fc.assert(
    fc.property(canonicalGraphs, (graph) => {
      const bytes = encodeGraph(graph);
      expect(graphs.read(bytes)).toEqual(decodeGraph(bytes));
    }),
  );
});

test("what two graphs have in common is held once", () => {
  const graphs = new StoredGraphs();
  fc.assert(
    fc.property(canonicalGraphs, (graph) => {
      const [first, second] = [graphs.read(encodeGraph(graph)), graphs.read(encodeGraph(graph))];
      for (const [index, { inputs, outputs }] of first.nodes.entries()) {
        expect(second.nodes[index]!.inputs).toBe(inputs);
        expect(second.nodes[index]!.outputs).toBe(outputs);
      }
    }),
  );
});
