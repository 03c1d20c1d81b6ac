// Traces as the OpenTelemetry Collector takes them: its own receiver, built from its Go modules, reads them and says what it read.
// The first build takes minutes, so it is a part of the long tests, where there is Go.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { startTestGateway } from "../testkit/test-gateway.ts";
import { gatewayVersion } from "../version.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly Attribute[];
}

interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

const errorCode = 2;
const serverKind = 2;
const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

/** A collector in a process of its own. `end` gives all that it took. */
async function startCollector(program: string) {
  const endpoint = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, [endpoint], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(child.stdout).on("line", (line) => (line === "ready" ? ready.resolve() : lines.push(line)));
  await Promise.race([ready.promise, ended.then(([code]) => Promise.reject(new Error(`it ended with ${code}`)))]);
  return {
    url: `http://${endpoint}`,
    end: async (): Promise<readonly Traces[]> => {
      child.stdin.end();
      expect(await ended).toEqual([0, null]);
      return lines.map((line) => JSON.parse(line));
    },
  };
}

test("the OpenTelemetry Collector takes a gateway's traces: who sent them, parents, times, failures", {
  timeout: 900_000,
}, async (context) => {
  if (!process.env.FLOWFUSION_TEST_LONG) context.skip("the first build takes minutes; npm run test:long does it");
  if (spawnSync("go", ["version"]).status !== 0) context.skip("Go is not installed");
  await using cleanup = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), "ff-collector-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const program = path.join(folder, "collector");
  execFileSync("go", ["build", "-o", program, "."], { cwd: path.join(import.meta.dirname, "testkit/collector") });

  const collector = await startCollector(program);
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  cleanup.defer(() => void delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT);
  const [traceId, callerId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  const traceparent = `00-${traceId}-${callerId}-01`;
  const before = BigInt(Date.now()) * 1_000_000n;
  {
    await using peer = await startTestGateway();
    expect((await peer.deploy("boiler", 1, { "if-none-match": "*", traceparent })).status).toBe(201);
    const body = JSON.stringify({ artefact: `sha256:${"0".repeat(64)}` });
    const headers = { "content-type": "application/json", "if-none-match": "*" };
    expect((await peer.request("PUT", "/v1/flows/press", { body, headers })).status).toBe(422);
  }
  const resources = (await collector.end()).flatMap(({ resourceSpans }) => resourceSpans);
  for (const { resource } of resources) {
    expect(valuesOf(resource.attributes)).toMatchObject({
      "service.name": "flowfusion-gateway",
      "service.version": gatewayVersion,
      "service.instance.id": expect.stringMatching(/./),
    });
  }

  const spans = resources.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  const [deploy, refused] = spans.filter(({ name }) => name === "PUT /v1/flows/:name");
  expect(deploy).toMatchObject({ traceId, parentSpanId: callerId, kind: serverKind, status: {} });
  expect(valuesOf(deploy!.attributes)).toMatchObject({ "http.response.status_code": "201" });
  const childrenOf = (span: Span) => spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  const steps = childrenOf(deploy!);
  expect(steps.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["deploy read", "deploy meter", "deploy swap", "deploy commit"]),
  );
  for (const step of steps) {
    expect(step.traceId).toBe(traceId);
    const [start, end] = [BigInt(step.startTimeUnixNano), BigInt(step.endTimeUnixNano)];
    expect([start >= before, start <= end, end <= BigInt(Date.now() + 1) * 1_000_000n]).toEqual([true, true, true]);
  }
  // What a caller did wrong is no error of the server; the step that found it is one.
  expect([refused!.parentSpanId, refused!.status]).toEqual([undefined, {}]);
  expect(valuesOf(refused!.attributes)).toMatchObject({ "http.response.status_code": "422" });
  const failed = childrenOf(refused!).find(({ name }) => name === "deploy read")!;
  expect(failed.status.code).toBe(errorCode);
  expect(valuesOf(failed.attributes)["error.type"]).toBe("FF_DEPLOY_ARTEFACT_UNKNOWN");
});
