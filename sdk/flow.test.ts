// Flows constructed against Pulumi's own test monitor, which records what a real engine would be sent.

import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as ff from "./index.ts";

const registered: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(() => {
  pulumi.runtime.setMocks({
    newResource(args) {
      registered.push(args);
      return { id: args.name, state: args.inputs };
    },
    call: (args) => args.inputs,
  });
});
beforeEach(() => {
  registered.length = 0;
});

const gateway = { endpoint: "http://127.0.0.1:7480", token: "t0ken" };
const settled = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

const median = ff.module(
  { name: "median", inputs: [{ name: "in", type: "tag" }], outputs: [{ name: "out", type: "tag" }] },
  new pulumi.asset.StringAsset("(module)"),
);

describe("Flow", () => {
  test("registers nodes by id and wires by key", async () => {
    const flow = new ff.Flow("boiler", {
      gateway,
      nodes: { temps: ff.tagInput({ tags: ["boiler/+/temp"] }), hot: ff.filter({ op: ">", value: pulumi.output(90) }) },
      wires: (n) => [n.temps.out.to(n.hot.in)],
    });
    await settled(flow.urn);
    expect(registered[0]).toMatchObject({
      type: "flowfusion:index:Flow",
      name: "boiler",
      inputs: {
        nodes: {
          temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
          hot: { type: "filter", props: { op: ">", value: 90 } },
        },
        wires: { "temps.out -> hot.in": {} },
      },
    });
    expect(registered[0]!.inputs).not.toHaveProperty("modules");
  });

  test("keeps the token a secret even when it was given as plain text", async () => {
    const flow = new ff.Flow("boiler", { gateway, nodes: { a: ff.tagInput({ tags: ["x"] }) }, wires: () => [] });
    const inputs = pulumi.output((flow as unknown as { gateway: pulumi.Output<unknown> }).gateway);
    await settled(flow.urn);
    expect(await pulumi.isSecret(inputs)).toBe(true);
  });

  test("sends the module of a custom node once, however many nodes are of its type", async () => {
    const flow = new ff.Flow("boiler", {
      gateway,
      nodes: { temps: ff.tagInput({ tags: ["x"] }), first: median(), second: median() },
      wires: (n) => [n.temps.out.to(n.first.in), n.first.out.to(n.second.in)],
    });
    await settled(flow.urn);
    expect(Object.keys(registered[0]!.inputs.modules)).toEqual(["median"]);
  });
});

describe("mistakes that the compiler cannot stop in a JavaScript program", () => {
  // biome-ignore lint/suspicious/noExplicitAny: stands for a program without types
  const untyped = ff as any;
  const temps = ff.tagInput({ tags: ["x"] });
  // biome-ignore lint/suspicious/noExplicitAny: stands for a program without types
  type Loose = any;
  const parse = ff.module(
    { name: "parse", inputs: [{ name: "in", type: "message" }], outputs: [{ name: "out", type: "tag" }] },
    new pulumi.asset.StringAsset("(module)"),
  );
  const flow = (nodes: Loose, wires: Loose) => ({ gateway, nodes, wires });
  const two = { temps, hot: ff.filter({ op: ">", value: 1 }), parsed: parse() };

  test.each<[string, Loose, string]>([
    ["no arguments", undefined, 'Flow "f": the second argument is { gateway, nodes, wires }, undefined given'],
    [
      "no gateway",
      { nodes: {}, wires: () => [] },
      'Flow "f": gateway is a Gateway or { endpoint, token }, undefined given',
    ],
    ["nodes as an array", flow([], () => []), 'Flow "f": nodes is an object of nodes by id, an array given'],
    [
      "wires as text",
      flow({}, "a.out -> b.in"),
      "wires is a function such as (n) => [n.a.out.to(n.b.in)], a string given",
    ],
    ["wires without a return", flow(two, () => {}), "wires: the function returns an array of wires, undefined given"],
    ["an id with a capital", flow({ Temps: temps }, () => []), 'nodes["Temps"]: an id has 1 to 63'],
    [
      "a node that is no node",
      flow({ a: { op: ">" } }, () => []),
      "nodes.a.op: a node is made by a builder such as ff.filter",
    ],
    [
      "an unknown node",
      flow(two, (n: Loose) => [n.cold.out.to(n.hot.in)]),
      'the flow has no node "cold"; its nodes: temps, hot',
    ],
    [
      "an unknown port",
      flow(two, (n: Loose) => [n.temps.out.to(n.hot.input)]),
      'node "hot" (filter) has no port "input"; its ports: in, pass, fail',
    ],
    [
      "a target that is no port",
      flow(two, (n: Loose) => [n.temps.out.to(undefined)]),
      "temps.out.to(…): the target is an input port",
    ],
    [
      "an output as the target",
      flow(two, (n: Loose) => [n.temps.out.to(n.hot.pass)]),
      "hot.pass is an output, not an input",
    ],
    [
      "an input as the source",
      flow(two, (n: Loose) => [n.hot.in.to(n.hot.in)]),
      "hot.in is an input; a wire begins at an output",
    ],
    [
      "a tag port to a message port",
      flow(two, (n: Loose) => [n.temps.out.to(n.parsed.in)]),
      'temps.out gives "tag", parsed.in accepts "message"',
    ],
    [
      "a wire as text",
      flow(two, () => ["temps.out -> hot.in"]),
      "wires[0]: a wire is drawn with n.a.out.to(n.b.in), a string given",
    ],
    [
      "a wire drawn twice",
      flow(two, (n: Loose) => [n.temps.out.to(n.hot.in), n.temps.out.to(n.hot.in)]),
      "wires[1]: temps.out -> hot.in is drawn twice",
    ],
  ])("%s", (_, args, message) => {
    expect(() => new untyped.Flow("f", args)).toThrow(message);
  });

  test("properties that are no object", () => {
    expect(() => untyped.filter(90)).toThrow("filter: properties are an object, a number given");
  });

  test("two modules for one type", () => {
    const other = ff.module({ name: "median" }, new pulumi.asset.StringAsset("other"));
    expect(
      () =>
        new untyped.Flow(
          "f",
          flow({ a: median(), b: other({}) }, () => []),
        ),
    ).toThrow('nodes.b: another node brings a different module for the type "median"');
  });

  test("a module without its file", () => {
    expect(() => untyped.module({ name: "median" })).toThrow('module "median": the second argument is the module');
  });
});
