// Compiled by types.test.ts, never run: each line that must not compile says so, and why.

import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const gateway = { endpoint: "http://127.0.0.1:7480", token: pulumi.secret("t") };
const threshold: pulumi.Output<number> = pulumi.output(90);

export const parse = ff.module(
  {
    name: "parse",
    inputs: [{ name: "in", type: "message" }],
    outputs: [{ name: "out", type: "tag" }],
    props: {
      type: "object",
      properties: {
        format: { enum: ["json", "csv"] },
        depth: { type: "integer" },
        keys: { type: "array", items: { type: "string" } },
      },
      required: ["format"],
    },
  },
  new pulumi.asset.FileAsset("parse.wasm"),
);

export const flow = new ff.Flow("boiler", {
  gateway,
  nodes: {
    temps: ff.tagInput({ tags: ["boiler/+/temp"] }),
    hot: ff.filter({ op: ">", value: threshold }),
    spread: ff.fanOut(),
    route: ff.switch({ cases: [{ op: ">", value: 100 }] }),
    parsed: parse({ format: "json", keys: ["a", pulumi.output("b")] }),
    plain: ff.scale(),
  },
  wires: (n) => [
    n.temps.out.to(n.hot.in),
    n.hot.pass.to(n.spread.in),
    n.route.else.to(n.spread.in),
    n.spread.out1.to(n.parsed.in),
    n.parsed.out.to(n.plain.in),
    // @ts-expect-error a node that the flow does not have
    n.temps.out.to(n.cold.in),
    // @ts-expect-error an output port that a filter does not have
    n.hot.passed.to(n.spread.in),
    // @ts-expect-error an input port that a fan_out does not have
    n.hot.pass.to(n.spread.input),
    // @ts-expect-error an output is no target
    n.temps.out.to(n.hot.pass),
    // @ts-expect-error an input is no source
    n.hot.in.to(n.spread.in),
    // @ts-expect-error a tag port gives no messages
    n.temps.out.to(n.parsed.in),
    // @ts-expect-error a port of a custom module that it does not have
    n.parsed.missing.to(n.plain.in),
  ],
});

const digest: pulumi.Output<string> = flow.digest;
const generation: pulumi.Output<number> = flow.generation;
export const outputs = { digest, generation };

export const expressions = [
  ff.expr({ expression: "value * 1.8 + 32.0", topic: pulumi.output("fahrenheit") }),
  ff.expr({ expression: pulumi.interpolate`value > ${threshold}.0`, onError: "drop" }),
  ff.filter({ expression: "value > 90.0 && quality == good" }),
  ff.switch({ cases: [{ expression: "value > 90.0" }, { op: "<", value: 10 }] }),
];

export const wrongProps = [
  // @ts-expect-error an expression is missing
  ff.expr({ topic: "t" }),
  // @ts-expect-error what becomes of failures is one of two words
  ff.expr({ expression: "value", onError: "stop" }),
  // @ts-expect-error a filter has a comparison or an expression, not both
  ff.filter({ op: ">", value: 1, expression: "value > 1.0" }),
  // @ts-expect-error a filter has one of the two
  ff.filter({}),
  // @ts-expect-error half a comparison
  ff.filter({ op: ">" }),
  // @ts-expect-error a case has a comparison or an expression, not both
  ff.switch({ cases: [{ expression: "value > 1.0", op: ">", value: 1 }] }),
  // @ts-expect-error an operator that does not exist
  ff.filter({ op: "=>", value: 1 }),
  // @ts-expect-error a value of the wrong type
  ff.scale({ factor: "2" }),
  // @ts-expect-error a required property is missing
  ff.agg({ op: "avg" }),
  // @ts-expect-error a property that does not exist
  ff.agg({ op: "avg", size: 5, window: 1 }),
  // @ts-expect-error a nested value of the wrong type
  ff.switch({ cases: [{ op: "~", value: 1 }] }),
  // @ts-expect-error an enumeration of a custom module
  parse({ format: "xml" }),
  // @ts-expect-error a required property of a custom module is missing
  parse(),
  // @ts-expect-error an integer of a custom module given as text
  parse({ format: "csv", depth: "1" }),
];

const line = (limit: number) =>
  ff.graph({
    nodes: { hot: ff.filter({ op: ">", value: limit }), plain: ff.scale() },
    inputs: (n) => ({ in: n.hot.in, tags: n.plain.in }),
    outputs: (n) => ({ alarms: n.hot.pass }),
  });
const plant = ff.graph({
  nodes: {
    temps: ff.tagInput({ tags: ["a"] }),
    oven: line(90),
    lines: ff.each(["a", "b"], (_, id) => line(id.length)),
    group: { log: ff.file({ path: "log.jsonl" }) },
    parsed: parse({ format: "json" }),
  },
  wires: (n) => [
    n.temps.out.to(n.oven.in),
    n.oven.alarms.to(n.group.log.in),
    ...Object.values(n.lines).map((one) => one.alarms.to(n.group.log.in)),
    // @ts-expect-error a port that the sub-flow does not show
    n.oven.plain,
    // @ts-expect-error an output of a sub-flow is no target
    n.temps.out.to(n.oven.alarms),
    // @ts-expect-error a tag port to a message port
    n.temps.out.to(n.parsed.in),
  ],
});

export const nested = new ff.Flow("plant", { gateway, ...plant });
export const bench = ff.overlay(plant, {
  group: { log: ff.mqtt({}) },
  oven: { hot: ff.filter({ op: ">", value: 1 }) },
});

export const wrongOverlays = [
  // @ts-expect-error a node that the graph does not have
  ff.overlay(plant, { hot: ff.scale() }),
  // @ts-expect-error a node with other ports
  ff.overlay(plant, { group: { log: ff.scale() } }),
  // @ts-expect-error a node of a sub-flow that it does not have
  ff.overlay(plant, { oven: { cold: ff.scale() } }),
  // @ts-expect-error a graph whose output is an input
  ff.graph({ nodes: { a: ff.scale() }, outputs: (n) => ({ out: n.a.in }) }),
];

export const wrongArgs = [
  // @ts-expect-error a gateway without a token
  new ff.Flow("a", { gateway: { endpoint: "http://127.0.0.1:1" }, nodes: {}, wires: () => [] }),
  // @ts-expect-error wires are drawn, not written as text
  new ff.Flow("b", { gateway, nodes: {}, wires: () => ["a.out -> b.in"] }),
];
