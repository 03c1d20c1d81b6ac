import { parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { expect, test } from "vitest";
import { customTypes, flowProgram, plantProgram } from "./program.ts";

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
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    "too-hot": ff.filter({ op: ">", value: 90 }),
    route: ff.switch({ cases: [{ op: ">", value: 95 }, { op: ">", value: 92 }] }),
    all: ff.fanOut(),
    log: ff.file({ path: "a \\"b\\".jsonl" }),
  },
  wires: (n) => [
    n.temps.out.to(n["too-hot"].in),
    n["too-hot"].pass.to(n.route.in),
    n.route.case1.to(n.all.in),
    n.all.out1.to(n.log.in),
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

test("what a gateway has becomes one program, in which sinks refer to connections, and secrets come from the configuration", () => {
  const sending = resolveGraph(
    parseGraph({
      nodes: {
        temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
        out: { type: "mqtt", props: { connection: "historian", topic: "{topic}" } },
        other: { type: "mqtt", props: { connection: "elsewhere", topic: "{topic}" } },
      },
      wires: ["temps.out -> out.in", "temps.out -> other.in"],
    }),
    builtins,
  );
  const tags = Array.from({ length: 3 }, (_, index) => ({
    tag: `boiler/${index}/temp`,
    address: index,
    type: "int16",
  }));
  const text = plantProgram({
    flows: [{ name: "alarms", graph: sending, options: { healthGateMs: 0 } }],
    builtins,
    connections: [{ name: "historian", kind: "http", url: "https://h.example", secrets: ["token", "headers"] }],
    drivers: [
      { name: "line-1", kind: "modbus", config: { host: "192.168.10.20", groups: [{ tags }] }, enabled: false },
    ],
  });
  expect(text).toBe(`import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const gateway = { endpoint: config.require("endpoint"), token: config.requireSecret("token") };

const historianConnection = new ff.Connection("historian", {
  gateway,
  kind: "http",
  url: "https://h.example",
  secrets: { token: config.requireSecret("historianToken"), headers: config.requireSecretObject<Record<string, string>>("historianHeaders") },
});

new ff.Driver("line-1", {
  gateway,
  kind: "modbus",
  config: {
    host: "192.168.10.20",
    groups: [
      {
        tags: [
          { tag: "boiler/0/temp", address: 0, type: "int16" },
          { tag: "boiler/1/temp", address: 1, type: "int16" },
          { tag: "boiler/2/temp", address: 2, type: "int16" },
        ],
      },
    ],
  },
  enabled: false,
});

export const alarms = new ff.Flow("alarms", {
  gateway,
  options: { healthGateMs: 0 },
  nodes: {
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    other: ff.mqtt({ connection: "elsewhere" }),
    out: ff.mqtt({ connection: historianConnection.name }),
  },
  wires: (n) => [
    n.temps.out.to(n.other.in),
    n.temps.out.to(n.out.in),
  ],
});
`);
});
