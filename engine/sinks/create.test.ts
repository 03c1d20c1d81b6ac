// Which endpoints a node may have; what each sink does with them is in the tests of the sinks.

import { execFileSync } from "node:child_process";
import type { CanonicalNode, NodeId, PropValue, SinkKind } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { defaultOutboundRules, OutboundGuard } from "../security/outbound.ts";
import { sinkArtefact } from "../testkit/artefact.ts";
import { createSink, storageOf } from "./create.ts";

type Props = { readonly [name: string]: PropValue };

const nodeOf = (kind: SinkKind, props: Props): CanonicalNode => sinkArtefact(kind, props).graph.nodes[0]!;
const place = { flow: "boiler", outputDir: "/nowhere", endpoints: {} };

test.each<[SinkKind, Props]>([
  ["mqtt", { broker: "mqtt://10.9.9.9:1883", topic: "{topic}", encoding: "json", batchMax: 1, qos: 1, version: "5" }],
  ["mqtt", { broker: "mqtt://10.9.9.9", encoding: "sparkplug_b", sparkplug: { groupId: "g", edgeNodeId: "e" } }],
  ["http", { url: "http://169.254.169.254/latest", encoding: "json" }],
  ["nats", { server: "nats://10.9.9.9", subject: "{topic}", encoding: "json" }],
  ["nng", { address: "tcp://10.9.9.9:5555" }],
])("%s with %j is refused where the gateway may not connect to, and nothing is connected", (kind, props) => {
  const outbound = new OutboundGuard(["10.1.0.0/16", "any:1"]);
  expect(() => createSink(nodeOf(kind, props), { ...place, outbound })).toThrow(
    expect.objectContaining({ code: "FF_DEPLOY_SINK", message: expect.stringMatching(/^nodes\.out: .* port \d+: /) }),
  );
});

test("what nng dials where its host is a star is what is checked, which is this machine", () => {
  const create = (...rules: string[]) =>
    createSink(nodeOf("nng", { address: "tcp://*:5555" }), { ...place, outbound: new OutboundGuard(rules) });
  expect(() => create("any")).toThrow("127.0.0.1 port 5555");
  expect(create(...defaultOutboundRules)).toBeDefined();
});

test("a connection that the gateway does not have is refused with the place that names it", () => {
  const node = { ...nodeOf("http", { connection: "historian" }), id: "audit" as NodeId };
  expect(() => createSink(node, place)).toThrow('nodes.audit: connection "historian" is not on this gateway');
});

test("a node without properties for storage keeps its messages in memory", () => {
  expect(storageOf(nodeOf("file", { path: "x" }))).toEqual({ diskBytesMax: 0, durability: "memory" });
  const both = { diskBytesMax: 5, durability: "synced" };
  expect(storageOf(nodeOf("file", both))).toEqual(both);
});

test("the sinks load without the client behind fetch, which takes 12 MB of each thread", () => {
  const program = `await import(${JSON.stringify(new URL("./create.ts", import.meta.url))});
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => /undici|_http_common/.test(name))));`;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(JSON.parse(loaded)).toEqual([]);
});
