// The client against a real gateway: what the one sends the other takes.

import { GatewayClient } from "@flowfusion/client";
import type { FlowName } from "@flowfusion/graph";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, TEST_TOKEN, type TestGateway } from "../testkit/test-gateway.ts";

const boiler = "boiler" as FlowName;
let peer: TestGateway;
let client: GatewayClient;
beforeAll(async () => {
  peer = await startTestGateway();
  client = new GatewayClient({ endpoint: peer.gateway.url, token: TEST_TOKEN });
});
afterAll(() => peer[Symbol.asyncDispose]());

test("the client walks a flow through its whole life", async () => {
  const [first, second] = [testArtefact(1), testArtefact(2)];
  expect(await client.getFlow(boiler)).toBeUndefined();
  expect(await client.hasArtefact(first.digest)).toBe(false);
  expect(await client.uploadArtefact(first.wasm)).toMatchObject({ digest: first.digest, sizeBytes: first.wasm.length });
  expect(await client.hasArtefact(first.digest)).toBe(true);
  await client.uploadArtefact(second.wasm);

  const created = await client.deployFlow(boiler, { artefact: first.digest, expected: "absent" });
  expect([created.generation, created.swap?.pauseMs]).toEqual([1, 1.5]);
  const options = { limits: { maxPagesPerMemory: 8 } };
  const updated = await client.deployFlow(boiler, { artefact: second.digest, expected: 1, options });
  expect([updated.generation, updated.options]).toEqual([2, options]);
  const stale = client.deployFlow(boiler, { artefact: first.digest, expected: 1 });
  await expect(stale).rejects.toMatchObject({
    code: "FF_API_PRECONDITION_FAILED",
    status: 412,
    current: { generation: 2, deployedBy: "admin" },
  });
  expect((await client.rollBack(boiler, { expected: 2, generation: 1 })).artefact).toBe(first.digest);

  expect((await client.listFlows({ limit: 1 })).items.map(({ name }) => name)).toEqual([boiler]);
  expect((await client.versions(boiler, { limit: 2 })).next).toBe("2");
  expect((await client.stats(boiler)).messagesIn).toBe(100);
  expect(new Uint8Array(await client.flowArtefact(boiler))).toEqual(first.wasm);
  expect(new Uint8Array(await client.downloadArtefact(second.digest))).toEqual(second.wasm);
  expect(await client.gateway()).toMatchObject({ flows: 1, ingest: { tags: 200 } });

  await client.deleteFlow(boiler, { expected: 3 });
  expect(await client.getFlow(boiler)).toBeUndefined();
});

test("a body that is too large is told to the client, not a broken connection", async () => {
  const upload = client.uploadArtefact(new Uint8Array(100 * 1024 * 1024));
  await expect(upload).rejects.toMatchObject({ code: "FF_API_BODY_TOO_LARGE", status: 413 });
});

test("a wrong token is told as such", async () => {
  const stranger = new GatewayClient({ endpoint: peer.gateway.url, token: "not-the-token-012345" });
  await expect(stranger.listFlows()).rejects.toMatchObject({ code: "FF_API_UNAUTHORIZED", status: 401 });
  await expect(stranger.getFlow(boiler)).rejects.toMatchObject({ code: "FF_API_UNAUTHORIZED" });
});
