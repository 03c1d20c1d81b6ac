import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test } from "vitest";
import { customTypes, flowProgram } from "./program.ts";

const builtins = await builtinCatalog();
const graph = resolveGraph(
  parseGraph({
    nodes: {
      temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
      "too-hot": { type: "filter", props: { op: ">", value: 90 } },
      route: {
        type: "switch",
        props: {
          cases: [
            { op: ">", value: 95 },
            { op: ">", value: 92 },
          ],
        },
      },
      all: { type: "fan_out" },
      log: { type: "file", props: { path: 'a "b".jsonl' } },
    },
    wires: ["temps.out -> too-hot.in", "too-hot.pass -> route.in", "route.case1 -> all.in", "all.out1 -> log.in"],
  }),
  builtins,
);

test("a program names builders, leaves defaults out, and draws wires with handles", () => {
  expect(flowProgram({ name: "boiler-2", graph, builtins })).toBe(`import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

export const boiler2 = new ff.Flow("boiler-2", {
  gateway: { endpoint: config.require("endpoint"), token: config.requireSecret("token") },
  nodes: {
    all: ff.fanOut(),
    log: ff.file({ path: "a \\"b\\".jsonl" }),
    route: ff.switch({ cases: [{ op: ">", value: 95 }, { op: ">", value: 92 }] }),
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    "too-hot": ff.filter({ op: ">", value: 90 }),
  },
  wires: (n) => [
    n.all.out1.to(n.log.in),
    n.route.case1.to(n.all.in),
    n.temps.out.to(n["too-hot"].in),
    n["too-hot"].pass.to(n.route.in),
  ],
});
`);
});

test("a node type that is not built in is brought as a module with its ports", () => {
  const known = new Map([...builtins].filter(([type]) => type !== "filter"));
  expect(customTypes({ graph, builtins: known })).toEqual(["filter"]);
  const text = flowProgram({ name: "switch", graph, builtins: known });
  expect(text).toContain('new pulumi.asset.FileAsset("filter.wasm")');
  expect(text).toContain('const filter = ff.module(\n  { name: "filter", inputs: [{ name: "in", type: "any" }]');
  expect(text).toContain('"too-hot": filter({ op: ">", value: 90');
  expect(text).toContain("export const switchFlow = new ff.Flow");
});
