// What a gateway's sinks send through a connection, over an outage of the endpoint and a kill of the gateway.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fuseDocument } from "./flows.ts";
import { eventually, GatewayProcess, simulator } from "./gateway-process.ts";

const plant = parseFlowName("plant");
const token = "planted-token-of-the-historian";
let gateway: GatewayProcess;
let historian: Server;
/** By timestamp, which a driver never gives twice, in the order of arrival. */
let arrived: string[];
/** What was sent to the endpoint while it was away. */
const offered = new Set<string>();
let isAway = false;

beforeEach(async () => {
  gateway = await GatewayProcess.start();
  arrived = [];
  offered.clear();
  isAway = false;
  historian = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(403).end();
    const posted = JSON.parse(Buffer.concat(chunks).toString()) as { topic: string; timestamp: string }[];
    const messages = posted.map(({ topic, timestamp }) => `${topic} ${timestamp}`);
    if (isAway) {
      for (const message of messages) offered.add(message);
      return response.writeHead(503).end();
    }
    arrived.push(...messages);
    return response.end();
  });
  historian.listen(0, "127.0.0.1");
  await once(historian, "listening");
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  historian.closeAllConnections();
  historian.close();
});

test("a connection brings messages to where it leads, and after an outage and kill -9 those that waited", async () => {
  const { wasm } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: ["#"] } },
      out: { type: "http", props: { connection: "historian", durability: "written" } },
    },
    wires: ["in.out -> out.in"],
  });
  const { digest } = await gateway.client.uploadArtefact(wasm);
  const deploy = () => gateway.client.deployFlow(plant, { artefact: digest, expected: "absent" });
  await expect(deploy()).rejects.toMatchObject({ code: "FF_DEPLOY_CONNECTION", status: 422 });

  const url = `http://127.0.0.1:${(historian.address() as AddressInfo).port}/in`;
  const settings = { kind: "http", url, secrets: { token } } as const;
  await gateway.client.putConnection("historian", { ...settings, expected: "absent" });
  await deploy();
  await simulator("--push", gateway.ingest, "--rate", "5000", "--count", "500");
  await eventually(() => expect(arrived).toHaveLength(500));

  isAway = true;
  await simulator("--push", gateway.ingest, "--rate", "5000", "--count", "500");
  await eventually(async () => {
    const { sinks } = await gateway.client.stats(plant);
    expect(sinks[0]).toMatchObject({ sent: 500, queued: 500, lastError: expect.stringContaining("answered 503") });
    expect(sinks[0]!.failingMs).toBeGreaterThan(1_000);
  });
  expect(await gateway.end("SIGKILL")).toBe("SIGKILL");
  await gateway.start();
  isAway = false;
  const sent = await eventually(async () => {
    const { sinks } = await gateway.client.stats(plant);
    const { recovered } = sinks[0]!;
    // Each message is on disk before it is sent. Of the others a kill takes what is not written yet.
    expect(recovered).toBeGreaterThanOrEqual(offered.size);
    expect(sinks[0]).toMatchObject({ queued: 0, sent: recovered, dropped: {} });
    return recovered;
  });
  expect(offered.size).toBeGreaterThan(0);
  expect([...offered].filter((message) => !arrived.includes(message))).toEqual([]);
  expect(new Set(arrived).size).toBe(500 + sent);
});
