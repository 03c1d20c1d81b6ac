import { describe, expect, test } from "vitest";
import { secret, unknownValue, type WireObject } from "../wire/values.ts";
import { planFleet } from "./plan.ts";

const at = (port: number) => ({ endpoint: `http://127.0.0.1:${port}`, token: secret("t0ken") });
const gateways = { south: at(2), north: at(1), west: at(4), east: at(3) };
const nodes = {
  temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
  hot: { type: "filter", props: { op: ">", value: 90 } },
};
const wires = ["temps.out -> hot.in"];
const fleet = (more: WireObject = {}) => planFleet("boiler", { gateways, nodes, wires, ...more });

describe("a fleet", () => {
  test("is a flow a gateway, each with its place in the roll-out; gateways follow by their names", () => {
    const { waves, flows } = fleet({ waves: [["south"], "50%"] });
    expect(waves).toEqual([["south"], ["east", "north"], ["west"]]);
    expect(flows.get("north")).toEqual({
      ...{ name: "boiler", gateway: gateways.north, nodes, wires },
      rollout: { fleet: "boiler", gateway: "north", wave: 2, waves: 3, waiting: ["west"] },
    });
  });

  test("takes properties of a gateway in the place of the fleet's, node by node", () => {
    const { flows } = fleet({ overrides: { south: { hot: { value: 95 } } }, name: "plant" });
    expect(flows.get("south")).toMatchObject({ name: "plant", nodes: { hot: { props: { op: ">", value: 95 } } } });
    expect(flows.get("north")!.nodes).toEqual(nodes);
  });

  test("keeps secret what comes as a secret, and unknown what is not known yet", () => {
    const { flows } = planFleet("boiler", {
      gateways: secret(gateways),
      nodes: secret({ ...nodes, hot: { type: "filter", props: { op: ">", value: unknownValue } } }),
      wires: unknownValue,
      overrides: { south: { hot: { op: "<" } } },
    });
    expect(flows.get("south")).toMatchObject({
      gateway: secret(gateways.south),
      nodes: secret({ ...nodes, hot: { type: "filter", props: { op: "<", value: unknownValue } } }),
      wires: unknownValue,
    });
  });

  test.each<[string, WireObject, string]>([
    ["no gateways", { gateways: "north" }, "gateways: an object of gateways by name expected [FF_PROVIDER_INPUT]"],
    ["gateways that are not known yet", { gateways: unknownValue }, "gateways: the gateways' names are not known yet"],
    ["a gateway's name that is none", { gateways: { "No 1": at(1) } }, 'gateways["No 1"]: a name is 1 to 63'],
    ["no nodes", { nodes: [] }, "nodes: an object of nodes by id expected"],
    ["overrides of nodes that are not known yet", { nodes: unknownValue, overrides: { south: {} } }, "overrides need"],
    ["an override of another gateway", { overrides: { nrth: {} } }, "overrides.nrth: the fleet has no such gateway"],
    [
      "an override of another node",
      { overrides: { north: { cold: {} } } },
      "overrides.north.cold: the fleet has no such",
    ],
    ["an override that is no object", { overrides: { north: 95 } }, "overrides.north: an object by node and property"],
    ["properties that are no object", { overrides: { north: { hot: 95 } } }, "north.hot: an object of properties"],
    ["overrides that are no object", { overrides: [95] }, "overrides: an object by gateway, node and property"],
    ["waves of gateways that there are not", { waves: [["nowhere"]] }, 'waves[0]: there is no gateway "nowhere"'],
    ["waves that are none", { waves: [0] }, "waves[0]: names of gateways, a number of them"],
    ["waves that are not known yet", { waves: [unknownValue] }, "waves: the waves are not known yet"],
    [
      "an input that there is not",
      { gateway: at(1) },
      "gateway: a FlowFleet has no such input; it has gateways, waves",
    ],
  ])("with %s is refused, and says so", (_, more, words) => {
    expect(() => fleet(more)).toThrow(words);
  });

  test("tells all that is wrong at once", () => {
    const wrong = { waves: [["nowhere"]], overrides: { nrth: {} }, nodes: 1 };
    expect(() => fleet(wrong)).toThrow(/nodes: [\s\S]*overrides\.nrth: [\s\S]*waves\[0\]: /);
  });
});
