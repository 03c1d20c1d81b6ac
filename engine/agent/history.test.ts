// What is told of a flow's past: what each version was made of, with what it was put in place, and what a stack knows.

import { GatewayClient } from "@flowfusion/client";
import { diffGraphs, parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, TEST_TOKEN, type TestGateway } from "../testkit/test-gateway.ts";

let peer: TestGateway;
beforeEach(async () => {
  peer = await startTestGateway();
});
afterEach(() => peer[Symbol.asyncDispose]());

const boiler = parseFlowName("boiler");
const [first, second] = [testArtefact(1), testArtefact(2)];
const clientOf = (tool?: "pulumi" | "console" | "cli") =>
  new GatewayClient({ endpoint: peer.gateway.url, token: TEST_TOKEN, ...(tool && { tool }) });

describe("a flow's history", () => {
  test("has the graph of every version, so that any two can be compared, and each can be gone back to", async () => {
    const client = clientOf();
    for (const { wasm } of [first, second]) await client.uploadArtefact(wasm);
    await client.deployFlow(boiler, { artefact: first.digest, expected: "absent" });
    await client.deployFlow(boiler, { artefact: second.digest, expected: 1 });
    const [one, two] = [await client.version(boiler, 1), await client.version(boiler, 2)];
    expect([one.graph, two.graph]).toEqual([first.graph, second.graph]);
    const { nodes, isEmpty } = diffGraphs(one.graph!, two.graph!);
    expect([nodes.length, isEmpty]).toEqual([1, false]);

    const back = await client.rollBack(boiler, { expected: 2, generation: 1 });
    expect(back).toMatchObject({ generation: 3, artefact: first.digest });
    expect(await client.version(boiler, 3)).toMatchObject({ action: "rollback", rolledBackTo: 1, graph: first.graph });
    await client.deleteFlow(boiler, { expected: 3 });
    const deleted = await client.version(boiler, 4);
    expect([deleted.action, deleted.graph]).toEqual(["delete", undefined]);
    await expect(client.version(boiler, 9)).rejects.toMatchObject({ code: "FF_API_NOT_FOUND", status: 404 });
  });

  test("tells with what each version was put in place, and where the flow has left what its stack knows", async () => {
    const [pulumi, page, api] = [clientOf("pulumi"), clientOf("console"), clientOf()];
    for (const { wasm } of [first, second]) await api.uploadArtefact(wasm);
    const made = await pulumi.deployFlow(boiler, { artefact: first.digest, expected: "absent" });
    expect(made).toMatchObject({ deployedVia: "pulumi", managed: { generation: 1, artefact: first.digest } });

    const changed = await page.deployFlow(boiler, { artefact: second.digest, expected: 1 });
    const { graphDigest } = await api.version(boiler, 1);
    const managed = { via: "pulumi", generation: 1, artefact: first.digest, graphDigest, by: "admin" };
    expect(changed).toMatchObject({ generation: 2, deployedVia: "console", deployedBy: "admin", managed });
    expect(changed.graphDigest).not.toBe(graphDigest);

    await api.rollBack(boiler, { expected: 2 });
    const { items } = await api.versions(boiler);
    expect(items.map(({ generation, via }) => [generation, via])).toEqual([
      [3, "api"],
      [2, "console"],
      [1, "pulumi"],
    ]);
    const { items: deployments } = await api.deployments();
    expect(deployments.map(({ via }) => via)).toEqual(["api", "console", "pulumi"]);
  });

  test("keeps the resource that each version was put in place for", async () => {
    const client = clientOf();
    const { digest } = await client.uploadArtefact(first.wasm);
    const resource = "urn:pulumi:dev::plant::flowfusion:index:Flow::boiler";
    const made = await client.deployFlow(boiler, { artefact: digest, expected: "absent", resource });
    expect(made.deployedFor).toBe(resource);
    await peer.deploy("boiler", 2, { "if-match": '"1"' });
    expect(await client.getFlow(boiler)).not.toHaveProperty("deployedFor");
    const versions = (await client.versions(boiler)).items;
    expect(versions.map((version) => version.resource)).toEqual([undefined, resource]);
  });

  test("says nothing of a stack where none was at work, and takes no word for a tool that it does not know", async () => {
    await peer.deploy("boiler", 1, { "if-none-match": "*", "x-flowfusion-tool": "gateway" });
    const flow = await clientOf().getFlow(boiler);
    expect([flow?.deployedVia, flow?.managed]).toEqual(["api", undefined]);
  });
});

describe("a flow's layout", () => {
  const nodes = { hot: { x: 12.5, y: -40 } };

  test("is kept apart from the graph: the flow's generation and digest stay", async () => {
    const client = clientOf();
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    const before = await client.getFlow(boiler);
    expect(await client.layout(boiler)).toBeUndefined();
    const put = await client.putLayout(boiler, { nodes, expected: "absent" });
    expect(put).toMatchObject({ nodes, generation: 1, changedBy: "admin" });
    expect(await client.layout(boiler)).toEqual(put);
    expect(await client.getFlow(boiler)).toEqual(before);
  });

  test("is written by who has seen the one before", async () => {
    const client = clientOf();
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    await client.putLayout(boiler, { nodes, expected: "absent" });
    await client.putLayout(boiler, { nodes: {}, expected: 1 });
    const stale = { code: "FF_API_PRECONDITION_FAILED", current: { generation: 2, deployedBy: "admin" } };
    await expect(client.putLayout(boiler, { nodes, expected: 1 })).rejects.toMatchObject(stale);
    expect((await client.layout(boiler))?.nodes).toEqual({});
  });

  test("goes with its flow, and a new one of the name begins without", async () => {
    const client = clientOf();
    await expect(client.putLayout(boiler, { nodes, expected: "absent" })).rejects.toMatchObject({ status: 404 });
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    await client.putLayout(boiler, { nodes, expected: "absent" });
    await client.deleteFlow(boiler, { expected: 1 });
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    expect(await client.layout(boiler)).toBeUndefined();
    expect((await client.putLayout(boiler, { nodes, expected: "absent" })).generation).toBe(3);
  });

  test.each([
    ["a coordinate beyond all canvases", { nodes: { hot: { x: 1e300, y: 0 } } }],
    ["a coordinate that is none", { nodes: { hot: { x: "0", y: 0 } } }],
    ["a name that no node has", { nodes: { "../x": { x: 0, y: 0 } } }],
    ["more than places", { nodes: { hot: { x: 0, y: 0, z: 0 } } }],
    [
      "more nodes than a flow may have",
      { nodes: Object.fromEntries(Array.from({ length: 513 }, (_, index) => [`n${index}`, { x: 0, y: 0 }])) },
    ],
  ])("with %s is refused", async (_what, body) => {
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    const headers = { "content-type": "application/json", "if-none-match": "*" };
    const response = await peer.request("PUT", "/v1/flows/boiler/layout", { body: JSON.stringify(body), headers });
    expect([response.status, (await response.json()) as object]).toEqual([
      400,
      expect.objectContaining({ code: "FF_API_REQUEST_INVALID" }),
    ]);
    expect((await peer.request("GET", "/v1/flows/boiler/layout")).status).toBe(404);
  });
});
