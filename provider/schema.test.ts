// schema.json is the one description of the package: what it says is held against the provider, the SDK and Pulumi's
// rules for references and tokens. (`pulumi schema check` is asked in the system tests.)

import * as ff from "@flowfusion/sdk";
import { describe, expect, test } from "vitest";
import schema from "../schema.json" with { type: "json" };
import { connectionSettingNames, connectionToken } from "./connection/index.ts";
import { driverSettingNames, driverToken } from "./driver/index.ts";
import { fleetInputNames, fleetToken } from "./fleet/plan.ts";
import { flowToken } from "./flow/index.ts";
import { flowInputNames } from "./flow/inputs.ts";
import { ModuleShelf } from "./flow/modules.ts";
import { flowOutputNames } from "./flow/outputs.ts";
import { nodeToken, wireToken } from "./flow/views.ts";
import { allFunctions } from "./functions/index.ts";
import { gatewayOutputNames, gatewayToken } from "./gateway/index.ts";
import { gatewayInputNames } from "./gateway/inputs.ts";
import { keptInputNames } from "./kept-resource.ts";
import { nodeModuleInputNames } from "./node-module/check.ts";
import { nodeModuleOutputNames, nodeModuleToken } from "./node-module/index.ts";
import { allResources } from "./resources.ts";

const flow = schema.resources[flowToken];

/** Each resource with the inputs that the provider reads, the outputs that it adds, and the class of the SDK. */
const resources: readonly {
  readonly token: keyof typeof schema.resources;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly sdk: { readonly token: string };
}[] = [
  { token: flowToken, inputs: flowInputNames, outputs: flowOutputNames, sdk: ff.Flow },
  { token: gatewayToken, inputs: gatewayInputNames, outputs: gatewayOutputNames, sdk: ff.Gateway },
  {
    token: connectionToken,
    inputs: keptInputNames(connectionSettingNames),
    outputs: ["generation"],
    sdk: ff.Connection,
  },
  { token: driverToken, inputs: keptInputNames(driverSettingNames), outputs: ["generation"], sdk: ff.Driver },
  { token: nodeModuleToken, inputs: nodeModuleInputNames, outputs: nodeModuleOutputNames, sdk: ff.NodeModule },
];

describe("schema.json", () => {
  test("names the resources and the rows that the provider and the SDK use", () => {
    const tokens = [...allResources(new ModuleShelf()).keys()];
    expect(resources.map(({ token }) => token).sort()).toEqual(tokens.sort());
    expect(Object.keys(schema.resources).sort()).toEqual([...tokens, fleetToken, nodeToken, wireToken].sort());
  });

  test.each(resources)("lists the inputs that the provider reads of $token, and the outputs that it writes", (one) => {
    const { inputProperties, properties } = schema.resources[one.token] as {
      inputProperties: object;
      properties: object;
    };
    expect(Object.keys(inputProperties).sort()).toEqual([...one.inputs].sort());
    expect(Object.keys(properties).sort()).toEqual([...new Set([...one.inputs, ...one.outputs])].sort());
    expect(one.sdk.token).toBe(one.token);
  });

  test("has the fleet as a component, with the inputs that the provider reads of it", () => {
    const { isComponent, inputProperties } = schema.resources[fleetToken];
    expect([isComponent, Object.keys(inputProperties).sort()]).toEqual([true, [...fleetInputNames].sort()]);
    expect(ff.FlowFleet.token).toBe(fleetToken);
  });

  test("names the functions that the provider and the SDK have, with their arguments", () => {
    const functions = [...allFunctions(new ModuleShelf())];
    expect(Object.keys(schema.functions).sort()).toEqual(functions.map(([token]) => token).sort());
    for (const [token, { argumentNames }] of functions) {
      const { inputs } = schema.functions[token as keyof typeof schema.functions];
      expect(Object.keys(inputs.properties).sort()).toEqual([...argumentNames].sort());
      expect(ff).toHaveProperty(token.split(":").at(-1)!);
      expect(ff).toHaveProperty(`${token.split(":").at(-1)!}Output`);
    }
  });

  test("lists the outputs that the SDK's Flow has, and requires those that are always there", () => {
    const outputs: (keyof ff.Flow)[] = [
      "name",
      "nodes",
      "wires",
      "digest",
      "graphDigest",
      "generation",
      "sizeBytes",
      "state",
      "swapPauseMs",
    ];
    expect(flow.required.filter((name) => name !== "gateway").sort()).toEqual([...outputs].sort());
    expect(Object.keys(flow.properties)).toEqual(expect.arrayContaining(outputs));
  });

  test("lists the arguments that the SDK takes; wires and modules come from what is drawn and brought", () => {
    const taken: (keyof ff.FlowArgs<Record<string, ff.NodeSpec>>)[] = [
      "gateway",
      "name",
      "nodes",
      "wires",
      "options",
      "preview",
      "rollout",
    ];
    expect([...taken, "modules"].sort()).toEqual(Object.keys(flow.inputProperties).sort());
  });

  test("refers only to types that exist, uses each of its own, and requires only properties that exist", () => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!);
    const own = references
      .filter((target) => target.startsWith("#/types/"))
      .map((target) => target.slice("#/types/".length));
    expect(new Set(own)).toEqual(new Set(Object.keys(schema.types)));
    expect(
      references.filter((target) => !target.startsWith("#/types/") && !/^pulumi\.json#\/(Any|Asset)$/.test(target)),
    ).toEqual([]);
    for (const token of [...Object.keys(schema.types), ...Object.keys(schema.resources)])
      expect(token).toMatch(/^flowfusion:index:[A-Z]\w+$/);
    for (const type of [...Object.values(schema.types), ...Object.values(schema.resources)]) {
      const { properties, required = [] } = type as { properties: object; required?: readonly string[] };
      for (const name of required) expect(Object.keys(properties)).toContain(name);
    }
  });

  test("marks what lets somebody in as a secret", () => {
    const { types } = schema;
    const access = types["flowfusion:index:GatewayAccess"].properties;
    const { password, token, key, headers } = types["flowfusion:index:ConnectionSecrets"].properties;
    const { inputProperties, properties } = schema.resources[gatewayToken];
    const all = [access.token, access.clientKey, password, token, key, headers];
    const others = [inputProperties.token, inputProperties.clientKey, properties.token, properties.access];
    for (const { secret } of [...all, ...others, schema.resources[driverToken].inputProperties.secrets]) {
      expect(secret).toBe(true);
    }
  });
});
