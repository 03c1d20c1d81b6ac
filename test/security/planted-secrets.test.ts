// Secrets are planted in every place where the gateway takes one, and shown by flows and drivers to peers that refuse them. Then
// all that the gateway ever wrote or said is searched for them: its log at the most talkative level, what every route answers,
// errors, metrics, traces, and each file of its data folder, byte by byte.

import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { GatewayClient } from "@flowfusion/client";
import { parseFlowName, sha256 } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually, TestAuthority } from "@flowfusion/testkit";
import { dialPush } from "@flowfusion/transport";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { RefusingPeers } from "./refusing-peers.ts";
import { SecuredGateway } from "./secured-gateway.ts";

const temps = parseFlowName("temps");
const document = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["+/+/temp"] } },
    out: { type: "file", props: { path: "temps.jsonl" } },
    broker: { type: "mqtt", props: { connection: "broker", topic: "t" } },
    historian: { type: "http", props: { connection: "historian" } },
    archive: { type: "http", props: { connection: "archive" } },
    bus: { type: "nats", props: { connection: "bus", subject: "t" } },
  },
  wires: ["out", "broker", "historian", "archive", "bus"].map((to) => `in.out -> ${to}.in`),
};
/** Of what connects out. */
const secrets = {
  brokerPassword: "planted-password-of-a-connection",
  historianToken: "planted-token-of-a-historian",
  historianHeader: "planted-header-of-a-historian",
  archivePassword: "planted-password-of-an-archive",
  busToken: "planted-token-of-a-bus",
  driverPassword: "planted-password-of-a-broker",
  opcuaPassword: "planted-password-of-opc-ua",
  collectorKey: "planted-key-of-a-collector",
};
/** As http writes the one of the archive. */
const archiveLogin = Buffer.from(`u:${secrets.archivePassword}`).toString("base64");
const json = { "content-type": "application/json" };
/** So long a stream is listened to that nothing may happen on. */
const quietStreamMs = 1_200;

interface Planted {
  readonly what: string;
  readonly bytes: Buffer;
}

let gateway: SecuredGateway;
let peers: RefusingPeers;
let authority: TestAuthority;
let collector: Server;
/** What the collector of traces was sent. */
let traces = "";
const planted: Planted[] = [];
/** What routes answered, but for the two answers whose purpose it is to tell a secret. */
const answers: { readonly route: string; readonly text: string }[] = [];

function plant(what: string, secret: string | Buffer): void {
  const bytes = Buffer.from(secret as string);
  planted.push({ what, bytes });
  planted.push({
    what: `${what}, base64`,
    bytes: Buffer.from(bytes.toString("base64").replace(/=+$/, "").slice(0, -1)),
  });
}

/** By its lines: where a text is written as JSON, or a key without its frame, the whole of it is not found. */
function plantKey(what: string, pem: string): void {
  plant(what, pem);
  for (const line of pem.split("\n").filter((line) => line.length >= 32 && !line.startsWith("-"))) plant(what, line);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let agent: Agent;

/** A request over TLS, as no client of ours would send it. */
async function call(route: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const [method, target] = route.split(" ") as [string, string];
  const outgoing = request(`${gateway.url}${target}`, { agent, method, headers });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  incoming.setEncoding("latin1");
  if (incoming.headers["content-type"]?.startsWith("text/event-stream")) text = await firstEvents(incoming, target);
  else for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode!, headers: incoming.headers, text };
}

/** A stream does not end by itself. A live one tells something within a second, however long that takes to come; the others may not. */
async function firstEvents(stream: IncomingMessage, target: string): Promise<string> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  let text = "";
  stream.on("data", (chunk: string) => {
    text += chunk;
    if (text.includes("data:")) tell();
  });
  const isLive = target.startsWith("/v1/live");
  await Promise.race([once(stream, "end"), isLive ? told : setTimeout(quietStreamMs)]);
  stream.destroy();
  return text;
}

async function note(route: string, headers: Record<string, string>, body?: string): Promise<void> {
  const { status, headers: answered, text } = await call(route, headers, body);
  answers.push({ route: `${route} → ${status}`, text: `${JSON.stringify(answered)}\n${text}` });
}

/** The gateway sends its traces to it, with a key. */
async function startCollector(): Promise<void> {
  collector = createServer(async (request, response) => {
    for await (const chunk of request) traces += chunk;
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  process.env.OTEL_EXPORTER_OTLP_HEADERS = `x-api-key=${secrets.collectorKey}`;
}

/** One of each kind, with all that each takes. */
async function putConnections(client: GatewayClient): Promise<void> {
  const { urls } = peers;
  const { cert, key } = await authority.sign("client");
  plantKey("the key of a connection's certificate", key);
  await client.putConnection("broker", {
    ...{ kind: "mqtt", url: urls.mqtt, username: "u", expected: "absent" },
    secrets: { password: secrets.brokerPassword },
  });
  await client.putConnection("historian", {
    ...{ kind: "http", url: urls.http, expected: "absent" },
    secrets: { token: secrets.historianToken, headers: { "x-api-key": secrets.historianHeader } },
  });
  await client.putConnection("archive", {
    ...{ kind: "http", url: urls.https, username: "u", tls: { ca: authority.cert, cert }, expected: "absent" },
    secrets: { password: secrets.archivePassword, key },
  });
  await client.putConnection("bus", {
    ...{ kind: "nats", url: urls.nats, expected: "absent" },
    secrets: { token: secrets.busToken },
  });
}

/** One whose broker refuses its password, and one that reaches no server. */
async function putDrivers(client: GatewayClient): Promise<void> {
  const subscriptions = [{ format: "text", topic: "a" }];
  const mqtt = { kind: "mqtt", config: { url: peers.urls.mqtt, username: "u", subscriptions } };
  const refused = { ...mqtt, secrets: { password: secrets.driverPassword } };
  await client.putDriver("temps", refused, { expected: "absent" });
  const tags = [{ tag: "a", nodeId: "ns=2;s=a" }];
  const config = { endpointUrl: "opc.tcp://127.0.0.1:1", username: "u", tags, connectTimeoutMs: 500 };
  const alone = { kind: "opcua", config, secrets: { password: secrets.opcuaPassword } };
  await client.putDriver("press", alone, { expected: "absent" });
}

/** Until each sink and driver has shown what it has, and tells why that was of no use. */
async function untilRefused(client: GatewayClient): Promise<void> {
  const push = dialPush({ address: gateway.ingest });
  const updates = [{ tag: "a/b/temp", timestampNs: 1n, quality: 0 as const, value: 1 }];
  push.send(encodeTagUpdateBatch({ source: "test", updates }));
  expect(await push.close()).toEqual({ framesUnsent: 0 });
  await eventually(async () => {
    const { sinks } = await client.stats(temps);
    const told = sinks.flatMap(({ node, lastError }) => (lastError === undefined ? [] : [`${node}: ${lastError}`]));
    expect(told.sort()).toEqual([
      expect.stringMatching(/^archive: .* answered 401/),
      expect.stringMatching(/^broker: .*not authori[sz]ed/i),
      expect.stringMatching(/^bus: .*authorization/i),
      expect.stringMatching(/^historian: .* answered 401/),
    ]);
  });
  for (const name of ["temps", "press"]) {
    await eventually(async () =>
      expect((await client.getDriver(name))!.lastError).toMatch(/not authori[sz]ed|fail to connect/i),
    );
  }
}

beforeAll(async () => {
  await startCollector();
  authority = await TestAuthority.create();
  peers = await RefusingPeers.start(await authority.sign("server"), authority.cert);
  gateway = await SecuredGateway.start({ publisherKeyFiles: [] });
  agent = new Agent({ keepAlive: true, ca: await readFile(gateway.file("gateway.pem")) });
  plant("the first token", gateway.token);
  plantKey("the key of the certificate", await readFile(gateway.file("gateway.key"), "utf8"));
  const client = await gateway.client();
  const made = await client.createToken({ name: "ann", role: "operator" });
  plant("a token that was drawn", made.token);
  plant("a token that is no token", "not-a-token-but-maybe-a-password");
  const admin = { authorization: `Bearer ${gateway.token}` };

  for (const [what, secret] of Object.entries(secrets)) plant(what, secret);
  plant("archiveLogin", archiveLogin);
  await putConnections(client);
  await putDrivers(client);
  const { wasm } = await fuseDocument(document);
  const { digest } = await client.uploadArtefact(new Uint8Array(wasm));
  await client.deployFlow(temps, { artefact: digest, expected: "absent" });
  await untilRefused(client);

  const session = await call("POST /v1/session", json, JSON.stringify({ token: made.token }));
  const cookie = session.headers["set-cookie"]![0]!.split(";")[0]!;
  const { csrf } = JSON.parse(session.text) as { csrf: string };
  plant("the cookie of a session", cookie.split("=")[1]!);
  plant("the CSRF value of a session", csrf);

  const openapi = JSON.parse((await call("GET /v1/openapi.json", admin)).text) as { paths: Record<string, object> };
  const routes = Object.entries(openapi.paths).flatMap(([target, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${target}`),
  );
  const concrete = (route: string) => route.replace("{digest}", sha256(wasm)).replaceAll(/\{\w+\}/g, "temps");
  const secretsInWrongPlaces = { token: gateway.token, password: made.token, artefact: made.token };
  for (const route of routes) {
    const body = /^(PUT|POST)/.test(route) ? JSON.stringify(secretsInWrongPlaces) : undefined;
    const target = `${concrete(route)}?token=${gateway.token}`;
    const headers = body === undefined ? {} : json;
    await note(concrete(route), { ...admin, ...headers }, body);
    await note(target, { ...admin, ...headers }, body);
    await note(target, { authorization: "Bearer not-a-token-but-maybe-a-password", ...headers }, body);
    await note(target, { authorization: `Basic ${btoa(gateway.token)}`, ...headers }, body);
    if (route !== "GET /v1/session" && route !== "DELETE /v1/session") {
      await note(target, { cookie, "x-csrf-token": csrf, ...headers }, body);
    }
  }
  for (const name of ["broker", "historian", "archive", "bus"]) await note(`GET /v1/connections/${name}`, admin);
  for (const route of routes.filter((route) => /^GET .*drivers\/\{name\}/.test(route)))
    await note(route.replace("{name}", "press"), admin);
  await note("GET /v1/nowhere", { ...admin, cookie: `other=${made.token}` });
  await note("POST /v1/session", json, JSON.stringify({ token: "not-a-token-but-maybe-a-password" }));
  await gateway.stop();
  await gateway.start();
  await gateway.stop();
});
afterAll(async () => {
  agent.destroy();
  await gateway[Symbol.asyncDispose]();
  await peers[Symbol.asyncDispose]();
  await authority[Symbol.asyncDispose]();
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  delete process.env.OTEL_EXPORTER_OTLP_HEADERS;
  collector.close();
});

/** Where a text that must not be anywhere is found. */
function findings(place: string, bytes: Buffer): readonly string[] {
  return planted.filter((one) => bytes.includes(one.bytes)).map(({ what }) => `${place}: ${what}`);
}

describe("no planted secret is found", () => {
  test("in what the gateway prints, the log at its most talkative level", () => {
    expect(gateway.output.split("\n").filter((line) => line.includes('"answered"')).length).toBeGreaterThan(50);
    expect(findings("output", Buffer.from(gateway.output))).toEqual([]);
  });

  test("in any answer, of errors and metrics too", () => {
    expect(answers.length).toBeGreaterThan(60);
    const live = answers.filter(({ route }) => /^GET \/v1\/live.* → 200/.test(route));
    expect(live.map(({ text }) => text).join("")).toContain("data:");
    expect(answers.flatMap(({ route, text }) => findings(route, Buffer.from(text, "latin1")))).toEqual([]);
  });

  test("in any trace", () => {
    for (const name of ["PUT /v1/flows/:name", "deploy swap", "PUT /v1/connections/:name", "PUT /v1/drivers/:name"])
      expect(traces).toContain(JSON.stringify(name));
    expect(findings("traces", Buffer.from(traces))).toEqual([]);
  });

  test("in any file of the data folder, among them the store, the artefacts and the audit log", async () => {
    const files = await readdir(gateway.file("data"), { recursive: true, withFileTypes: true });
    const paths = files.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    expect(paths.map((file) => path.basename(file))).toContain("gateway.db");
    const found = await Promise.all(paths.map(async (file) => findings(file, await readFile(file))));
    expect(found.flat()).toEqual([]);
  });

  test("though sinks and a driver did show theirs to peers that refused them", () => {
    const { brokerPassword, historianToken, historianHeader, busToken, driverPassword } = secrets;
    for (const secret of [brokerPassword, historianToken, historianHeader, busToken, driverPassword, archiveLogin])
      expect(peers.shown).toContain(secret);
    expect(peers.proven).toBeGreaterThan(0);
  });

  test("unless it is there: the search itself finds what it looks for", () => {
    const [first] = planted;
    expect(findings("here", Buffer.concat([Buffer.from("x"), first!.bytes, Buffer.from("y")]))).toContain(
      "here: the first token",
    );
  });
});
