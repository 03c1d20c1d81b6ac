// Programs made of sub-flows, loops and overlays, through the real CLI: what is deployed, and what mistakes look like.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { parseFlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PulumiProject } from "./pulumi-project.ts";

// Each test runs the CLI up to three times.
vi.setConfig({ testTimeout: 300_000 });

const token = "authoring-test-token-0123456789abcdef0123456789abcdef";

let dataDir: string;
let gateway: Gateway;
let project: PulumiProject;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "flowfusion-authoring-"));
  const http = { host: "127.0.0.1", port: 0 };
  gateway = await startGateway({ dataDir, token, http, ingest: [], healthGateMs: 0, log: { level: "silent" } });
  project = await PulumiProject.create({ endpoint: gateway.url, token });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([project.remove(), rm(dataDir, { recursive: true, force: true })]);
});

const program = (machines: string, change = "") => `
import * as ff from "@flowfusion/sdk";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const gateway = { endpoint: config.require("endpoint"), token: config.requireSecret("token") };

const line = (name: string) =>
  ff.graph({
    nodes: { temps: ff.tagInput({ tags: [name + "/temp"] }), hot: ff.filter({ op: ">", value: 90 }) },
    wires: (n) => [n.temps.out.to(n.hot.in)],
    outputs: (n) => ({ alarms: n.hot.pass }),
  });

const plant = ff.graph({
  nodes: { lines: ff.each(${machines}, line), alarms: ff.mqtt({ broker: "mqtt://127.0.0.1:1883" }) },
  wires: (n) => Object.values(n.lines).map(({ alarms }) => alarms.to(n.alarms.in)),
});

const bench = ff.overlay(plant, { alarms: ff.file({ path: "alarms.jsonl" }) });
new ff.Flow("plant", { gateway, ...bench });
${change}`;

test("a flow of sub-flows runs, and another machine adds rows of its own alone", async () => {
  await project.writeWhole(program('["oven", "press"]'));
  expect(await project.up()).toMatchObject({ code: 0 });
  const client = new GatewayClient({ endpoint: gateway.url, token });
  const { graph } = (await client.getFlow(parseFlowName("plant")))!;
  expect(Object.keys(graph.nodes)).toEqual([
    "alarms",
    "lines-oven-hot",
    "lines-oven-temps",
    "lines-press-hot",
    "lines-press-temps",
  ]);
  expect(graph.nodes.alarms).toMatchObject({ type: "file" });

  await project.writeWhole(program('["oven", "kiln", "press"]'));
  const created = (await project.preview())
    .filter(({ op }) => op === "create")
    .map(({ urn }) => PulumiProject.nameOf(urn));
  expect(created.sort()).toEqual([
    "Node plant/lines-kiln-hot",
    "Node plant/lines-kiln-temps",
    "Wire plant/lines-kiln-hot.pass->alarms.in",
    "Wire plant/lines-kiln-temps.out->lines-kiln-hot.in",
  ]);
});

test("lines that move are no change, although mistakes are told with them", async () => {
  await project.writeWhole(program('["oven", "press"]'));
  expect(await project.up()).toMatchObject({ code: 0 });
  await project.writeWhole(`// A line before all others.\n${program('["oven", "press"]')}`);
  expect(await project.preview()).toEqual([]);
});

test("the order of nodes, properties and wires is no change, nor how the program is laid out", async () => {
  await project.writeWhole(program('["oven", "press"]'));
  expect(await project.up()).toMatchObject({ code: 0 });
  const turned = program('["press", "oven"]')
    .replace('{ op: ">", value: 90 }', '{\n value: 90,\n\n op: ">" }')
    .replace(/temps: (.*?), hot: (.*?) \},\n/, "hot: $2,\n\n\n temps: $1 },\n");
  expect(turned).toContain("hot: ff.filter({");
  await project.writeWhole(turned);
  expect(await project.preview()).toEqual([]);
});

test("a property and a wire that are wrong are told with the line that wrote them", async () => {
  await project.writeWhole(
    program(
      '["oven"]',
      `new ff.Flow("wrong", {
  gateway,
  nodes: {
    temps: ff.tagInput({ tags: ["a"] }),
    hot: ff.filter({ op: "=>" as ">", value: 90 }),
    mean: ff.agg({ op: "avg", size: 0 }),
    more: ff.scale(),
  },
  wires: (n) => [
    n.mean.out.to(n.more.in),
    n.more.out.to(n.mean.in),
  ],
});`,
    ),
  );
  const { code, text } = await project.run(["preview"]);
  expect(code).not.toBe(0);
  const lines = program('["oven"]').split("\n").length;
  const place = (below: number) => `(index.ts:${lines + below}:`;
  expect(text).toMatch(new RegExp(`nodes\\.hot\\.props\\.op: "=>" given.*${literally(place(4))}`));
  expect(text).toMatch(new RegExp(`nodes\\.mean\\.props\\.size: 0 given.*${literally(place(5))}`));
  expect(text).toMatch(new RegExp(`wires.*cycle.*${literally(place(10))}`));
});

test("a port that is not there is told by the program itself, with its line", async () => {
  const wrong = `new ff.Flow("wrong", { gateway, nodes: { a: ff.scale() }, wires: (n: any) => [n.a.outt.to(n.a.in)] });`;
  await project.writeWhole(program('["oven"]', wrong));
  const { code, text } = await project.run(["preview"]);
  expect(code).not.toBe(0);
  const message = 'Flow "wrong": node "a" (scale) has no port "outt"; its ports: in, out (index.ts:';
  expect(text).toContain(message);
});

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
