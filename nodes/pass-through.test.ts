// tag_input and the sinks hand on what they get; all that sets them apart is in their manifests.

import type { FlowFusionError } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { completeProps, extremeMessages, moduleOf, type Props, reading, TestNode } from "./testing.ts";

const nodes: readonly { type: string; props: Props; port: string; completed: Props }[] = [
  { type: "tag_input", props: { tags: ["line/#"] }, port: "out", completed: { tags: ["line/#"] } },
  {
    type: "mqtt",
    props: { broker: "mqtt://127.0.0.1:1883" },
    port: "0",
    completed: { broker: "mqtt://127.0.0.1:1883", topic: "{topic}", qos: 1, retain: false, batchMax: 1 },
  },
  { type: "file", props: { path: "out.jsonl" }, port: "0", completed: { path: "out.jsonl" } },
];

describe.each(nodes)("$type", ({ type, props, port, completed }) => {
  it("hands on each message once", () => {
    const node = new TestNode(type, props);
    expect([reading(1), reading("two"), reading(null)].map((message) => node.route(message))).toEqual([
      [port],
      [port],
      [port],
    ]);
  });

  it.each(extremeMessages)("hands on %s as it came", (_, message) => {
    expect(new TestNode(type, props).answer(message)).toEqual(message);
  });

  it("fills in the properties that are not given", () => {
    expect(completeProps(moduleOf(type), props)).toMatchObject(completed);
  });
});

describe("a sink's properties", () => {
  function faults(type: string, props: Props): string[] {
    try {
      completeProps(moduleOf(type), props);
      return [];
    } catch (error) {
      return (error as FlowFusionError).diagnostics.map(({ path, message }) => `${path}: ${message}`);
    }
  }
  const broker = "mqtt://127.0.0.1";

  it.each<[string, Props]>([
    ["mqtt", { connection: "historian" }],
    ["mqtt", { broker, topic: "plant/{topic[0]}/{topic[-1]}/{flow}/{node}" }],
    ["mqtt", { broker, encoding: "sparkplug_b", sparkplug: { groupId: "g", edgeNodeId: "e" } }],
    ["http", { connection: "historian" }],
    ["nats", { server: "nats://127.0.0.1", subject: "plant.{topic}" }],
  ])("of %s may be %j", (type, props) => {
    expect(faults(type, props)).toEqual([]);
  });

  it.each<[string, Props, string]>([
    ["mqtt", {}, "broker: is missing"],
    ["mqtt", { broker, connection: "c" }, "must match exactly one schema in oneOf"],
    [
      "mqtt",
      { broker, topic: "plant/{tag}/value" },
      'topic: "plant/{tag}/value" does not fit: Topic to publish to. {topic} stands for',
    ],
    ["mqtt", { broker, topic: "plant/+" }, "does not fit"],
    ["mqtt", { broker, topic: "{topic" }, "does not fit"],
    ["mqtt", { broker, encoding: "sparkplug_b" }, "sparkplug: is missing"],
    [
      "mqtt",
      { broker, sparkplug: { groupId: "g", edgeNodeId: "e" } },
      "sparkplug: has no place beside the other properties",
    ],
    ["mqtt", { broker, encoding: "sparkplug_b", sparkplug: { groupId: "a/b", edgeNodeId: "e" } }, "sparkplug.groupId"],
    ["mqtt", { broker, durability: "always" }, "durability"],
    ["nats", { server: "nats://127.0.0.1", subject: "a b" }, "does not fit"],
    ["nats", { server: "http://127.0.0.1" }, "server"],
    ["file", { path: "out", fsync: "always" }, "fsync"],
    ["http", { url: "http://h", diskBytesMax: -1 }, "diskBytesMax"],
  ])("of %s may not be %j", (type, props, why) => {
    expect(faults(type, props).join("; ")).toContain(why);
  });
});

describe.each(["mqtt", "http", "file", "nats", "nng"])("%s", (type) => {
  it("is a sink of its own kind, with one input and no output", () => {
    const { inputs, outputs, delivers, stateVersion } = moduleOf(type).manifest;
    expect({ inputs: inputs.length, outputs: outputs.length, delivers, stateVersion }).toEqual({
      inputs: 1,
      outputs: 0,
      delivers: { to: type },
      stateVersion: 0,
    });
  });
});
