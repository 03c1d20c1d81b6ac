import { builtinCatalog } from "@flowfusion/nodes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unknownValue, type WireObject } from "../wire/values.ts";
import { diffFlow } from "./diff.ts";
import { readInputs } from "./inputs.ts";

const catalog = await builtinCatalog();
const asset = (hash: string) => ({ "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash });

const base: WireObject = {
  gateway: { endpoint: "http://a", token: "t" },
  name: "boiler",
  nodes: {
    temps: { type: "tag_input", props: { tags: ["a", "b"] } },
    hot: { type: "filter", props: { op: ">", value: 90 } },
    scaled: { type: "scale", props: { factor: 2, offset: 0 } },
  },
  wires: { "temps.out -> hot.in": {}, "hot.pass -> scaled.in": {} },
};
const nodes = base.nodes as { [id: string]: WireObject };

function diff(from: WireObject, to: WireObject): string[] {
  return diffFlow(readInputs(from), readInputs(to), catalog).map(
    ({ kind, path, replaces }) => `${kind} ${path}${replaces ? " (replaces)" : ""}`,
  );
}

describe("the diff of a flow", () => {
  test.each<[string, WireObject, string[]]>([
    ["nothing", {}, []],
    [
      "a property",
      { nodes: { ...nodes, hot: { type: "filter", props: { op: ">", value: 95 } } } },
      ["update nodes.hot.props.value"],
    ],
    [
      "a list's element",
      { nodes: { ...nodes, temps: { type: "tag_input", props: { tags: ["a", "c"] } } } },
      ["update nodes.temps.props.tags[1]"],
    ],
    [
      "an optional property",
      { nodes: { ...nodes, scaled: { type: "scale", props: { factor: 2, offset: 0, topic: "x" } } } },
      ["add nodes.scaled.props.topic"],
    ],
    ["a default left out", { nodes: { ...nodes, scaled: { type: "scale", props: { factor: 2 } } } }, []],
    [
      "a type",
      { nodes: { ...nodes, hot: { type: "fan_out", props: {} } } },
      ["update nodes.hot.type", "delete nodes.hot.props.op", "delete nodes.hot.props.value"],
    ],
    ["a new node", { nodes: { ...nodes, log: { type: "file", props: { path: "a" } } } }, ["add nodes.log"]],
    ["a node gone", { nodes: { temps: nodes.temps!, hot: nodes.hot! } }, ["delete nodes.scaled"]],
    [
      "a wire",
      { wires: { "temps.out -> hot.in": {}, "hot.fail -> scaled.in": {} } },
      ['add wires["hot.fail -> scaled.in"]', 'delete wires["hot.pass -> scaled.in"]'],
    ],
    ["wires as a list in another order", { wires: ["hot.pass -> scaled.in", "temps.out->hot.in"] }, []],
    ["the endpoint", { gateway: { endpoint: "http://b", token: "t" } }, ["update gateway.endpoint (replaces)"]],
    [
      "whom to trust",
      { gateway: { endpoint: "http://a", token: "t", ca: "x", clientKey: "k" } },
      ["add gateway.ca", "add gateway.clientKey"],
    ],
    ["the token", { gateway: { endpoint: "http://a", token: "u" } }, ["update gateway.token"]],
    ["the name", { name: "boiler-2" }, ["update name (replaces)"]],
    ["a limit", { options: { limits: { fuelPerMessage: 5 } } }, ["add options.limits.fuelPerMessage"]],
    ["empty options", { options: {} }, []],
    ["a module", { modules: { median: asset("ab") } }, ["add modules.median"]],
    [
      "a value to be known later",
      { nodes: { ...nodes, hot: { type: "filter", props: { op: ">", value: unknownValue } } } },
      ["update nodes.hot.props.value"],
    ],
    ["nodes to be known later", { nodes: unknownValue }, ["update nodes"]],
    [
      "the order of keys",
      { nodes: { scaled: nodes.scaled!, hot: { props: { value: 90, op: ">" }, type: "filter" }, temps: nodes.temps! } },
      [],
    ],
  ])("of %s", (_, change, expected) => {
    expect(diff(base, { ...base, ...change }).sort()).toEqual(expected.sort());
  });

  test("of a module of the user's own goes by the contents' hash", () => {
    const [old, young] = [asset("ab"), asset("cd")].map((median) => ({ ...base, modules: { median } }));
    expect(diff(old!, young!)).toEqual(["update modules.median"]);
    expect(diff(old!, { ...base, modules: { median: { ...asset("ab"), path: "b.wasm" } } })).toEqual([]);
  });

  test("turns round when its sides are exchanged", () => {
    const node = fc.oneof(
      fc.record({
        type: fc.constant("filter"),
        props: fc.record({ op: fc.constantFrom(">", "<"), value: fc.integer({ max: 3, min: 0 }) }),
      }),
      fc.record({
        type: fc.constant("scale"),
        props: fc.record(
          { factor: fc.integer({ max: 3, min: 0 }), topic: fc.constantFrom("a", "b") },
          { requiredKeys: [] },
        ),
      }),
    );
    const ids = fc.constantFrom("a", "b", "c", "d");
    const flow = fc.record({
      nodes: fc.dictionary(ids, node, { noNullPrototype: true }),
      wires: fc.uniqueArray(fc.tuple(ids, ids).map(([from, to]) => `${from}.out -> ${to}.in`)),
    });
    const inverse = { add: "delete", delete: "add", update: "update" } as const;
    fc.assert(
      fc.property(flow, flow, (from, to) => {
        const there = diffFlow(readInputs(from), readInputs(to), catalog);
        const back = diffFlow(readInputs(to), readInputs(from), catalog);
        const turned = back.map((change) => ({ ...change, kind: inverse[change.kind] }));
        const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
        expect(turned.sort(byPath)).toEqual([...there].sort(byPath));
        expect(diffFlow(readInputs(from), readInputs(from), catalog)).toEqual([]);
      }),
    );
  });
});
