// Traces as a collector receives them.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestGateway, TEST_TOKEN, type TestGateway } from "../testkit/test-gateway.ts";
import { startTracing } from "./tracing.ts";

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

let collector: Server;
let bodies: string[];

beforeEach(async () => {
  bodies = [];
  collector = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterEach(() => {
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  collector.close();
});

/** What a gateway has sent by its end. */
async function spansOf(use: (peer: TestGateway) => Promise<void>): Promise<readonly Span[]> {
  {
    await using peer = await startTestGateway();
    await use(peer);
  }
  return bodies
    .map((body) => JSON.parse(body))
    .flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: Span[] }[] }) =>
        scopeSpans.flatMap(({ spans }) => spans),
      ),
    );
}

test("a deploy is a trace of its steps, below the caller's span, and holds no token", async () => {
  const [traceId, callerId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const traceparent = `00-${traceId}-${callerId}-01`;
  const spans = await spansOf(async (peer) => {
    expect((await peer.deploy("boiler", 1, { "if-none-match": "*", traceparent })).status).toBe(201);
  });
  const request = spans.find(({ name }) => name === "PUT /v1/flows/:name")!;
  expect(request).toMatchObject({ traceId, parentSpanId: callerId });
  expect(request.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: 201 } });
  const steps = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId).map(({ name }) => name);
  expect(steps).toEqual(expect.arrayContaining(["deploy read", "deploy meter", "deploy swap", "deploy commit"]));
  expect(bodies.join()).toContain('"stringValue":"flowfusion-gateway"');
  expect(bodies.join()).not.toContain(TEST_TOKEN);
});

test("a step that fails says so, with the error's code", async () => {
  const body = JSON.stringify({ artefact: `sha256:${"0".repeat(64)}` });
  const headers = { "content-type": "application/json", "if-none-match": "*" };
  const spans = await spansOf(async (peer) => {
    expect((await peer.request("PUT", "/v1/flows/boiler", { body, headers })).status).toBe(422);
  });
  const failed = spans.find(({ name }) => name === "deploy read")!;
  expect(failed.status.code).toBe(2);
  expect(failed.attributes).toContainEqual({ key: "error.type", value: { stringValue: "FF_DEPLOY_ARTEFACT_UNKNOWN" } });
});

test("without a collector there is no tracer", async () => {
  expect(await startTracing({}, { version: "1", gatewayId: "g" })).toBeUndefined();
  const disabled = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_SDK_DISABLED: "true" };
  expect(await startTracing(disabled, { version: "1", gatewayId: "g" })).toBeUndefined();
});
