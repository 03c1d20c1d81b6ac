// Fleets constructed against Pulumi's own test monitor, which records what a real engine would be sent.

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

const at = (port: number) => ({ endpoint: `http://127.0.0.1:${port}`, token: "t0ken" });
const gateways = { north: at(1), south: at(2), east: at(3), west: at(4) };
const nodes = { temps: ff.tagInput({ tags: ["boiler/+/temp"] }), hot: ff.filter({ op: ">", value: 90 }) };
const flow = { nodes, wires: (n: ff.FlowPorts<typeof nodes>) => [n.temps.out.to(n.hot.in)] };
const settled = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));
const named = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

describe("FlowFleet", () => {
  test("makes one flow a gateway, all of one name, each with its place in the roll-out", async () => {
    const fleet = new ff.FlowFleet("boiler", { gateways, waves: [1, "50%"], ...flow });
    expect(fleet.waves).toEqual([["north"], ["south", "east"], ["west"]]);
    await Promise.all(Object.values(fleet.flows).map(({ urn }) => settled(urn)));
    const flows = registered.filter(({ type }) => type === ff.Flow.token);
    expect(flows.map(({ name }) => name)).toEqual(["boiler/north", "boiler/south", "boiler/east", "boiler/west"]);
    expect(flows.map(({ inputs }) => inputs.name)).toEqual(Array(4).fill("boiler"));
    expect(named("boiler/south").rollout).toEqual({
      fleet: "boiler",
      gateway: "south",
      wave: 2,
      waves: 3,
      waiting: ["west"],
    });
    expect(named("boiler/west").gateway.value).toMatchObject({ endpoint: "http://127.0.0.1:4" });
    expect(await settled(fleet.flows.east.urn)).toContain(
      "flowfusion:index:FlowFleet$flowfusion:index:Flow::boiler/east",
    );
  });

  test("puts a gateway's properties in the place of the fleet's, node by node", async () => {
    const overrides = { south: { hot: { value: 95 } }, west: { temps: { tags: ["kiln/+/temp"] }, hot: { op: "<" } } };
    const fleet = new ff.FlowFleet("boiler", { gateways, overrides, name: "plant", ...flow });
    await Promise.all(Object.values(fleet.flows).map(({ urn }) => settled(urn)));
    const nodesOf = (gateway: string) => named(`boiler/${gateway}`).nodes;
    expect(nodesOf("north").hot.props).toEqual({ op: ">", value: 90 });
    expect(nodesOf("south")).toMatchObject({ hot: { props: { op: ">", value: 95 } } });
    expect(nodesOf("west")).toMatchObject({
      hot: { props: { op: "<", value: 90 } },
      temps: { props: { tags: ["kiln/+/temp"] } },
    });
    expect(named("boiler/north").name).toBe("plant");
  });

  test("reaches the nodes of a sub-flow by its id", async () => {
    const line = ff.graph({ nodes: { hot: ff.filter({ op: ">", value: 90 }) }, inputs: (n) => ({ in: n.hot.in }) });
    const fleet = new ff.FlowFleet("kilns", {
      gateways: { north: at(1) },
      nodes: { temps: ff.tagInput({ tags: ["t"] }), oven: line },
      wires: (n) => [n.temps.out.to(n.oven.in)],
      overrides: { north: { oven: { hot: { value: 200 } } } },
    });
    await settled(fleet.flows.north.urn);
    expect(named("kilns/north").nodes).toMatchObject({ "oven-hot": { props: { op: ">", value: 200 } } });
  });

  test("says what is wrong with gateways, waves and overrides, and where", () => {
    const make = (args: object) => () => new ff.FlowFleet("boiler", { gateways, ...flow, ...args });
    const cases: [object, string][] = [
      [{ gateways: undefined }, "gateways is an object of gateways by name, undefined given"],
      [{ gateways: { North: at(1) } }, 'gateways["North"]: a name has 1 to 63 of a-z'],
      [{ gateways: { north: "http://127.0.0.1" } }, "gateway is a Gateway or { endpoint, token }, a string given"],
      [{ waves: [0] }, "waves[0]: names of gateways, a number of them"],
      [{ overrides: { nord: {} } }, "overrides.nord: the fleet has no such gateway; it has north, south, east, west"],
      [{ overrides: { north: { cold: {} } } }, "overrides.north.cold: the flow has no such node; it has temps, hot"],
      [{ overrides: { north: { hot: 95 } } }, "overrides.north.hot is an object of properties, a number given"],
      [{ nodes: [] }, "nodes is an object of nodes by id, an array given"],
    ];
    for (const [args, message] of cases) expect(make(args)).toThrow(message);
    expect(make({ waves: ["x"] })).toThrow(/^FlowFleet "boiler": waves\[0\]/);
  });
});
