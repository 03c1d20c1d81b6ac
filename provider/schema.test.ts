// schema.json is the one description of the package: what it says is held against the provider, the SDK and Pulumi's
// rules for references and tokens. (`pulumi schema check` is asked in the system tests.)

import * as ff from "@flowfusion/sdk";
import { describe, expect, test } from "vitest";
import schema from "../schema.json" with { type: "json" };
import { nodeToken, wireToken } from "./flow/views.ts";
import { flowInputNames, flowOutputNames, flowToken } from "./index.ts";

const flow = schema.resources[flowToken];

describe("schema.json", () => {
  test("names the resource and the rows that the provider and the SDK use", () => {
    expect(Object.keys(schema.resources).sort()).toEqual([flowToken, nodeToken, wireToken].sort());
    expect(ff.Flow.token).toBe(flowToken);
  });

  test("lists the inputs that the provider reads and the outputs that it writes", () => {
    expect(Object.keys(flow.inputProperties).sort()).toEqual([...flowInputNames].sort());
    expect(Object.keys(flow.properties).sort()).toEqual([...flowInputNames, ...flowOutputNames].sort());
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

  test("marks the token as a secret", () => {
    expect(schema.types["flowfusion:index:GatewayAccess"].properties.token.secret).toBe(true);
  });
});
