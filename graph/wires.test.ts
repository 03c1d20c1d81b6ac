import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wireKey } from "./names.ts";
import { parseGraph } from "./parse.ts";
import { canonicalGraphs, resolveDocument } from "./testkit.ts";
import type { CanonicalGraph, Wire } from "./types.ts";
import { wireRefusals } from "./wires.ts";

const graph = resolveDocument({
  nodes: Object.fromEntries(
    ["a", "b", "c", "typed", "typed2"].map((id) => [id, { type: id.startsWith("typed") ? "typed" : "open" }]),
  ),
  wires: ["a.x -> b.a", "b.x -> c.a"],
});
const byId = ({ nodes }: CanonicalGraph) => new Map(nodes.map((node) => [node.id, node]));
const wire = (text: string): Wire => parseGraph({ nodes: {}, wires: [text] }).wires[0]!;
const refusals = (text: string) =>
  wireRefusals(wire(text), graph.wires, byId(graph)).map(({ code, message }) => `${code}: ${message}`);

describe("a wire that is to be added to a graph", () => {
  test.each([
    ["a.y -> b.a", []],
    ["a.x -> b.a", ["FF_GRAPH_DUPLICATE_WIRE: the wire is declared twice"]],
    ["c.x -> a.a", ["FF_GRAPH_CYCLE: a → b → c → a is a cycle of 3 nodes"]],
    ["a.x -> a.b", ["FF_GRAPH_CYCLE: a → a is a cycle of 1 node"]],
    ["typed.tag -> typed2.message", ["FF_GRAPH_PORT_TYPES: output `tag` gives tag, input `message` takes message"]],
    ["typed.any -> typed2.message", []],
    ["a.x -> d.a", ['FF_GRAPH_UNKNOWN_NODE: no node "d" is declared']],
    ["a.a -> b.a", ['FF_GRAPH_UNKNOWN_PORT: node "a" of type "open" has no output "a" (its outputs are x, y)']],
  ])("%s", (text, expected) => {
    expect(refusals(text)).toEqual(expected);
  });

  test("is refused exactly when the graph with it would be", () => {
    fc.assert(
      fc.property(canonicalGraphs, fc.nat(), fc.nat(), fc.nat(1), fc.nat(2), (any, from, to, output, input) => {
        const [source, target] = [any.nodes[from % any.nodes.length]!, any.nodes[to % any.nodes.length]!];
        const added: Wire = {
          ...{ source: source.id, sourcePort: source.outputs[output]!.name },
          ...{ target: target.id, targetPort: target.inputs[input % target.inputs.length]!.name },
        };
        const document = {
          nodes: Object.fromEntries(any.nodes.map(({ id, type }) => [id, { type }])),
          wires: [...any.wires, added].map(wireKey),
        };
        let refused = false;
        try {
          resolveDocument(document);
        } catch {
          refused = true;
        }
        expect(wireRefusals(added, any.wires, byId(any)).length > 0).toBe(refused);
      }),
    );
  });
});
