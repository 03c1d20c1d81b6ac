// tag_input and the sinks hand on what they get; all that sets them apart is in their manifests.

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
