import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";

const here = import.meta.dirname;

function check(preview: unknown, policy = path.join(here, "policy.json")): { code: number | null; text: string } {
  const input = typeof preview === "string" ? preview : JSON.stringify(preview);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(here, "policy.ts"), policy], {
    input,
    encoding: "utf8",
  });
  return { code: status, text: stdout + stderr };
}

const flow = (nodes: object, op = "create") => ({
  steps: [
    {
      op,
      newState: {
        type: "flowfusion:index:Flow",
        urn: "urn:pulumi:dev::plant::flowfusion:index:Flow::alarms",
        inputs: { nodes },
      },
    },
  ],
});
const connection = (url: string, op = "create") => ({
  steps: [
    {
      op,
      newState: {
        type: "flowfusion:index:Connection",
        urn: "urn:pulumi:dev::plant::flowfusion:index:Connection::historian",
        inputs: { kind: "mqtt", url },
      },
    },
  ],
});
const mqtt = (broker: string) => ({ out: { type: "mqtt", props: { broker } } });

describe("the policy", () => {
  test.each<[string, object]>([
    ["a known host", flow(mqtt("mqtt://127.0.0.1:1883"))],
    ["a host below a known domain", flow(mqtt("mqtts://broker.plant.example:8883"))],
    ["a connection of the gateway", flow({ out: { type: "http", props: { connection: "historian" } } })],
    ["a connection to a known host", connection("mqtts://broker.plant.example")],
    ["a connection that goes", connection("mqtt://elsewhere.example", "delete")],
    ["a file", flow({ out: { type: "file", props: { path: "a.jsonl" } } })],
    ["a flow that goes", flow(mqtt("mqtt://elsewhere.example"), "delete")],
    ["other resources", { steps: [{ op: "create", newState: { type: "other:index:Thing", urn: "u", inputs: {} } }] }],
    ["no change", { steps: [] }],
  ])("lets pass %s", (_, preview) => {
    expect(check(preview)).toEqual({ code: 0, text: "✓ all sinks send to known hosts\n" });
  });

  test.each<[string, object, string]>([
    ["an unknown host", flow(mqtt("mqtt://elsewhere.example")), "alarms: node out sends to elsewhere.example"],
    ["a domain that only ends alike", flow(mqtt("mqtt://evilplant.example")), "sends to evilplant.example"],
    ["an endpoint that is not known yet", flow(mqtt("04da6b54-80e4-46f7-96ec-b56ff0331ba9")), "not known yet"],
    ["a forbidden sink", flow({ out: { type: "nng", props: { address: "tcp://127.0.0.1:1" } } }), 'a sink "nng"'],
    [
      "a connection to an unknown host",
      connection("https://elsewhere.example"),
      "historian leads to elsewhere.example",
    ],
    ["an update", flow(mqtt("mqtt://elsewhere.example"), "update"), "elsewhere.example"],
  ])("refuses %s", (_, preview, message) => {
    expect(check(preview)).toMatchObject({ code: 1, text: expect.stringContaining(message) });
  });

  test.each<[string, unknown, string | undefined, string]>([
    ["a preview that failed", { error: "x" }, undefined, "this is no preview"],
    ["what is no JSON", "error: no stack", undefined, "policy: "],
    ["a policy that is not there", flow({}), "/nowhere.json", "no such file"],
  ])("ends with 2 for %s", (_, preview, policy, message) => {
    expect(check(preview, policy)).toMatchObject({ code: 2, text: expect.stringContaining(message) });
  });
});
