import { describe, expect, test } from "vitest";
import { secret, unknownValue, type WireObject, type WireValue } from "../wire/values.ts";
import { checkFlow } from "./check.ts";
import { ModuleShelf } from "./modules.ts";

const shelf = new ModuleShelf();
const gateway = { endpoint: "http://127.0.0.1:7480", token: secret("t") };
const nodes = {
  temps: { type: "tag_input", props: { tags: ["a"] } },
  scaled: { type: "scale", props: { factor: 2 } },
};
const wires = { "temps.out -> scaled.in": {} };
const good: WireObject = { gateway, nodes, wires };
const fileAsset = (path: string) => ({ "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", path });

async function problems(change: WireObject, name = "boiler"): Promise<string[]> {
  const { failures } = await checkFlow({ ...good, ...change }, name, shelf);
  return failures.map(({ path, code }) => `${path} ${code}`);
}

describe("good inputs", () => {
  test("come back with every default, the name and the wires' normal form", async () => {
    const { inputs, failures } = await checkFlow({ ...good, wires: ["temps.out->scaled.in"] }, "boiler", shelf);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({
      name: "boiler",
      gateway,
      nodes: { temps: nodes.temps, scaled: { type: "scale", props: { factor: 2, offset: 0 } } },
      wires,
    });
  });

  test("have their token made a secret, and the endpoint only when the gateway was one", async () => {
    const plain = await checkFlow({ ...good, gateway: { endpoint: "http://a", token: "t" } }, "boiler", shelf);
    expect(plain.inputs.gateway).toEqual({ endpoint: "http://a", token: secret("t") });
    const hidden = await checkFlow({ ...good, gateway: secret({ endpoint: "http://a", token: "t" }) }, "boiler", shelf);
    expect(hidden.inputs.gateway).toEqual({ endpoint: secret("http://a"), token: secret("t") });
    const tls = { ca: "x", fingerprint: "ab".repeat(32), clientCert: "y", clientKey: "z" };
    const secured = await checkFlow(
      { ...good, gateway: { endpoint: "https://a", token: "t", ...tls } },
      "boiler",
      shelf,
    );
    expect(secured.failures).toEqual([]);
    expect(secured.inputs.gateway).toEqual({
      endpoint: "https://a",
      ...tls,
      token: secret("t"),
      clientKey: secret("z"),
    });
  });

  test("stay as they are when checked again", async () => {
    const once = await checkFlow(good, "boiler", shelf);
    expect((await checkFlow(once.inputs, "boiler", shelf)).inputs).toEqual(once.inputs);
  });
});

describe("inputs that are not known yet", () => {
  test.each<[string, WireObject]>([
    ["the gateway", { gateway: unknownValue }],
    ["the token", { gateway: { endpoint: "http://a", token: secret(unknownValue) } }],
    ["the name", { name: unknownValue }],
    ["the nodes", { nodes: unknownValue }],
    ["the wires", { wires: unknownValue }],
    ["a wire of a list", { wires: ["temps.out -> scaled.in", unknownValue] }],
    ["a node", { nodes: { ...nodes, scaled: unknownValue } }],
    ["a property", { nodes: { ...nodes, scaled: { type: "scale", props: { factor: unknownValue } } } }],
    ["a list's element", { nodes: { ...nodes, temps: { type: "tag_input", props: { tags: [unknownValue] } } } }],
    [
      "a value that decides what another may be",
      {
        nodes: { ...nodes, over: { type: "filter", props: { op: ">", value: unknownValue } } },
        wires: { ...wires, "temps.out -> over.in": {} },
      },
    ],
    ["an expression", { nodes: { ...nodes, scaled: { type: "expr", props: { expression: unknownValue } } } }],
    ["the options", { options: unknownValue }],
    ["a limit", { options: { limits: { fuelBurst: unknownValue } } }],
    ["a module", { modules: { median: unknownValue } }],
  ])("are no failure: %s", async (_, change) => {
    expect(await problems(change)).toEqual([]);
  });

  test("make the wires unknown as a whole where they are one of a list, since its key is not known", async () => {
    const { inputs } = await checkFlow({ ...good, wires: ["temps.out -> scaled.in", unknownValue] }, "boiler", shelf);
    expect(inputs.wires).toBe(unknownValue);
  });

  test("keep no other mistake from being found", async () => {
    const scaled = { type: "scale", props: { factor: unknownValue, offset: "1" } };
    expect(await problems({ nodes: { ...nodes, scaled } })).toEqual(["nodes.scaled.props.offset FF_GRAPH_PROPERTY"]);
    const computed = { type: "expr", props: { expression: "value +", topic: unknownValue } };
    expect(await problems({ nodes: { ...nodes, scaled: computed } })).toEqual([
      "nodes.scaled.props.expression FF_EXPR_SYNTAX",
    ]);
  });
});

describe("bad inputs", () => {
  test.each<[string, WireObject, string[]]>([
    ["no gateway", { gateway: null }, ["gateway FF_PROVIDER_INPUT"]],
    ["a gateway that is text", { gateway: "http://a" }, ["gateway FF_PROVIDER_INPUT"]],
    [
      "an endpoint of another scheme",
      { gateway: { endpoint: "ftp://a", token: "t" } },
      ["gateway.endpoint FF_PROVIDER_INPUT"],
    ],
    [
      "trust for a gateway without TLS",
      { gateway: { endpoint: "http://a", token: "t", ca: "x", fingerprint: "y" } },
      ["gateway.ca FF_PROVIDER_INPUT", "gateway.fingerprint FF_PROVIDER_INPUT"],
    ],
    [
      "a fingerprint that is none",
      { gateway: { endpoint: "https://a", token: "t", fingerprint: "abc" } },
      ["gateway.fingerprint FF_PROVIDER_INPUT"],
    ],
    [
      "a client certificate without its key",
      { gateway: { endpoint: "https://a", token: "t", clientCert: "x" } },
      ["gateway.clientCert FF_PROVIDER_INPUT"],
    ],
    [
      "an authority that is no text",
      { gateway: { endpoint: "https://a", token: "t", ca: 7 } },
      ["gateway.ca FF_PROVIDER_INPUT"],
    ],
    ["an empty token", { gateway: { endpoint: "http://a", token: "" } }, ["gateway.token FF_PROVIDER_INPUT"]],
    ["a name with a capital", { name: "Boiler" }, ["name FF_PROVIDER_INPUT"]],
    ["an input that does not exist", { speed: 5 }, ["speed FF_PROVIDER_INPUT"]],
    ["nodes as a list", { nodes: [] }, ["nodes FF_GRAPH_SHAPE"]],
    [
      "a secret property",
      { nodes: { ...nodes, scaled: { type: "scale", props: { factor: secret(2) } } } },
      ["nodes.scaled.props.factor FF_PROVIDER_SECRET"],
    ],
    ["secret nodes", { nodes: secret(nodes) }, ["nodes FF_PROVIDER_SECRET"]],
    ["modules as text", { modules: "a.wasm" }, ["modules FF_PROVIDER_INPUT"]],
    ["a module that is no asset", { modules: { median: "a.wasm" } }, ["modules.median FF_PROVIDER_INPUT"]],
    [
      "a module whose file is missing",
      { modules: { median: fileAsset("/nowhere.wasm") } },
      ["modules.median FF_PROVIDER_MODULE"],
    ],
    [
      "a module that is no module",
      { modules: { median: fileAsset(import.meta.filename) } },
      ["modules.median FF_MODULE_MALFORMED"],
    ],
    [
      "a module of another name",
      { modules: { median: fileAsset("nodes/dist/scale.wasm") } },
      ["modules.median FF_PROVIDER_MODULE"],
    ],
    ["a setting of the preview that there is not", { preview: { speed: 1 } }, ["preview.speed FF_PROVIDER_INPUT"]],
    ["an unknown option", { options: { speed: 1 } }, ["options.speed FF_PROVIDER_INPUT"]],
    ["an unknown limit", { options: { limits: { fuel: 1 } } }, ["options.limits.fuel FF_PROVIDER_INPUT"]],
    ["a limit of zero", { options: { limits: { fuelBurst: 0 } } }, ["options.limits.fuelBurst FF_PROVIDER_INPUT"]],
  ])("%s", async (_, change, expected) => {
    expect(await problems(change)).toEqual(expected);
  });

  test("a name that every object has is no setting of the preview", async () => {
    const { failures } = await checkFlow({ ...good, preview: { constructor: 1 } }, "boiler", shelf);
    expect(failures.map(({ message }) => message)).toEqual(["is not known; preview has updates, timeLimitMs"]);
  });

  test("an expression that is wrong is told with its line and column", async () => {
    const over = { type: "filter", props: { expression: "quality == good &&\n  value * 2 > 180" } };
    const { failures } = await checkFlow(
      { ...good, nodes: { ...nodes, over }, wires: { ...wires, "temps.out -> over.in": {} } },
      "boiler",
      shelf,
    );
    expect(failures).toEqual([
      {
        code: "FF_EXPR_TYPE",
        path: "nodes.over.props.expression",
        message: expect.stringMatching(/^line 2, column 9: there is no double \* int; write 2\.0 /),
      },
    ]);
  });

  test("are all reported at once", async () => {
    const change: { [name: string]: WireValue } = {
      gateway: { endpoint: "ftp://a" },
      nodes: { ...nodes, scaled: { type: "scale", props: { factor: "2" } }, odd: { type: "nothing" } },
      options: { speed: 1 },
    };
    expect(await problems(change, "No Name")).toEqual([
      "gateway.endpoint FF_PROVIDER_INPUT",
      "gateway.token FF_PROVIDER_INPUT",
      "name FF_PROVIDER_INPUT",
      "options.speed FF_PROVIDER_INPUT",
      "nodes.odd.type FF_GRAPH_UNKNOWN_TYPE",
      "nodes.scaled.props.factor FF_GRAPH_PROPERTY",
    ]);
  });
});
