import { expect, test } from "vitest";
import { takePlaces } from "./places.ts";

const nodes = { hot: { type: "filter", props: {} } };
const __places = { nodes: { hot: "index.ts:12:5" }, wires: { "a.out -> hot.in": "index.ts:20:7" } };
const problem = (path: string) => ({ code: "FF_GRAPH_PROPERTY" as const, path, message: "is wrong" });

test("places are no part of the inputs", () => {
  expect(takePlaces({ nodes, __places }).inputs).toEqual({ nodes });
});

test.each([
  ["nodes.hot.props.op", "is wrong (index.ts:12:5)"],
  ["nodes.hot", "is wrong (index.ts:12:5)"],
  ['wires["a.out -> hot.in"]', "is wrong (index.ts:20:7)"],
  ["nodes.hotter.props.op", "is wrong"],
  ["gateway.token", "is wrong"],
])("a problem at %s %s", (path, message) => {
  expect(takePlaces({ nodes, __places }).locate(problem(path))).toEqual({ ...problem(path), message });
});

test.each([
  ["no places", {}],
  ["places that are none", { __places: "index.ts" }],
  ["places of another form", { __places: { nodes: [], wires: { "a.out -> b.in": 5 } } }],
])("%s leave problems as they are", (_, inputs) => {
  expect(takePlaces({ nodes, ...inputs }).locate(problem("nodes.hot"))).toEqual(problem("nodes.hot"));
});
