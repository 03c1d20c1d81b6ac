import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeGraph, encodeGraph } from "./canonical.ts";
import { StoredGraphs } from "./stored-graphs.ts";
import { canonicalGraphs } from "./testkit.ts";

const seed = 1;

test("a graph that was checked before is read as it was", () => {
  const graphs = new StoredGraphs();
  fc.assert(
    fc.property(canonicalGraphs, (graph) => {
      const bytes = encodeGraph(graph);
      expect(graphs.read(bytes)).toEqual(decodeGraph(bytes));
    }),
  );
});

test("properties of every kind are read as they were, `__proto__` included", () => {
  const [graph] = fc.sample(
    canonicalGraphs.filter(({ nodes }) => nodes.length > 0),
    { numRuns: 1, seed },
  );
  const props = JSON.parse('{"__proto__": {"a": [null, true, [], {}, {"__proto__": 1.5}]}, "empty": "", "n": -0.25}');
  const bytes = encodeGraph({ ...graph!, nodes: graph!.nodes.map((node) => ({ ...node, props })) });
  const [read] = new StoredGraphs().read(bytes).nodes;
  expect(JSON.stringify(read!.props)).toBe(JSON.stringify(props));
});

test("what two graphs have in common is held once", () => {
  const graphs = new StoredGraphs();
  fc.assert(
    fc.property(canonicalGraphs, (graph) => {
      const [first, second] = [graphs.read(encodeGraph(graph)), graphs.read(encodeGraph(graph))];
      expect(second.wires).toBe(first.wires);
      for (const [index, node] of first.nodes.entries()) expect(second.nodes[index]).toBe(node);
    }),
  );
});

test("of a thousand graphs that differ in a property, each is read as it is, and shares the rest", () => {
  const [graph] = fc.sample(
    canonicalGraphs.filter(({ nodes }) => nodes.length > 1),
    { numRuns: 1, seed },
  );
  const graphs = new StoredGraphs();
  const [changing, ...others] = graph!.nodes;
  const read = Array.from({ length: 1_000 }, (_, band) =>
    graphs.read(encodeGraph({ ...graph!, nodes: [{ ...changing!, props: { band } }, ...others] })),
  );
  const changed = read.map(({ nodes }) => nodes.find(({ id }) => id === changing!.id)!);
  expect(changed.map(({ props }) => props.band)).toEqual(Array.from({ length: 1_000 }, (_, band) => band));
  for (const { wires, nodes } of read) {
    expect(wires).toBe(read[0]!.wires);
    for (const [index, node] of nodes.entries()) {
      if (node.id === changing!.id) expect(node.inputs).toBe(changed[0]!.inputs);
      else expect(node).toBe(read[0]!.nodes[index]);
    }
  }
});
