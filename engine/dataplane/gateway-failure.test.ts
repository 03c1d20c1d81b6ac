// A gateway whose data plane dies must not look alive: nothing is processed any more.

import { Worker } from "node:worker_threads";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { startTestGateway } from "../testkit/test-gateway.ts";
import { connectTo } from "./remote.ts";

const dying = `
  const { parentPort: port } = require("node:worker_threads");
  port.postMessage({ addresses: [] });
  port.on("message", ({ id }) => {
    if (globalThis.isDoomed) throw new Error("out of luck");
    globalThis.isDoomed = true;
    port.postMessage({ id, result: { flows: [], ingest: {} } });
  });`;

test("a gateway tells when its data plane has died: by its promise, to probes, and in its log", async () => {
  const startDataPlane = () => connectTo(new Worker(dying, { eval: true }));
  await using test = await startTestGateway({ startDataPlane });
  expect((await test.request("GET", "/readyz")).status).toBe(200);
  await eventually(async () => expect((await test.request("GET", "/readyz")).status).toBe(503));
  const failure = await test.gateway.failed;
  expect(failure.message).toBe("the data plane's thread died: out of luck");
  expect((await test.request("GET", "/readyz")).status).toBe(503);
  expect((await test.request("GET", "/healthz")).status).toBe(200);
  expect(test.log.join("")).toContain("the data plane died");
});
