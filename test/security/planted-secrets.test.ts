// Secrets are planted in every place where the gateway takes one, then all that it ever wrote or said is searched for them:
// its log at the most talkative level, what every route answers, errors, metrics, and each file of its data folder, byte by byte.

import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseFlowName, sha256 } from "@flowfusion/graph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { SecuredGateway } from "./secured-gateway.ts";

const document = {
  nodes: {
    in: { type: "tag_input", props: { tags: ["+/+/temp"] } },
    out: { type: "file", props: { path: "temps.jsonl" } },
  },
  wires: ["in.out -> out.in"],
};
const json = { "content-type": "application/json" };
/** So long a stream is listened to that nothing may happen on. */
const quietStreamMs = 1_200;

interface Planted {
  readonly what: string;
  readonly bytes: Buffer;
}

let gateway: SecuredGateway;
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

beforeAll(async () => {
  gateway = await SecuredGateway.start({ publisherKeyFiles: [] });
  agent = new Agent({ keepAlive: true, ca: await readFile(gateway.file("gateway.pem")) });
  plant("the first token", gateway.token);
  plant("the key of the certificate", await readFile(gateway.file("gateway.key")));
  const client = await gateway.client();
  const made = await client.createToken({ name: "ann", role: "operator" });
  plant("a token that was drawn", made.token);
  plant("a token that is no token", "not-a-token-but-maybe-a-password");
  const admin = { authorization: `Bearer ${gateway.token}` };

  const { wasm } = await fuseDocument(document);
  const { digest } = await client.uploadArtefact(new Uint8Array(wasm));
  await client.deployFlow(parseFlowName("temps"), { artefact: digest, expected: "absent" });

  const password = "planted-password-of-a-broker";
  plant("a driver's password", password);
  const driver = {
    kind: "mqtt",
    config: { url: "mqtt://127.0.0.1:1", username: "u", subscriptions: [{ format: "text", topic: "a" }] },
    secrets: { password },
  };
  const created = await call(
    "PUT /v1/drivers/temps",
    { ...admin, ...json, "if-none-match": "*" },
    JSON.stringify(driver),
  );
  expect(created.status).toBe(201);

  const connectionPassword = "planted-password-of-a-connection";
  plant("a connection's password", connectionPassword);
  const endpoint = { kind: "mqtt", url: "mqtt://127.0.0.1:1", username: "u" } as const;
  await client.putConnection("broker", { ...endpoint, secrets: { password: connectionPassword }, expected: "absent" });

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
  await note("GET /v1/nowhere", { ...admin, cookie: `other=${made.token}` });
  await note("POST /v1/session", json, JSON.stringify({ token: "not-a-token-but-maybe-a-password" }));
  await gateway.stop();
  await gateway.start();
  await gateway.stop();
});
afterAll(async () => {
  agent.destroy();
  await gateway[Symbol.asyncDispose]();
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

  test("in any file of the data folder, among them the store, the artefacts and the audit log", async () => {
    const files = await readdir(gateway.file("data"), { recursive: true, withFileTypes: true });
    const paths = files.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    expect(paths.map((file) => path.basename(file))).toContain("gateway.db");
    const found = await Promise.all(paths.map(async (file) => findings(file, await readFile(file))));
    expect(found.flat()).toEqual([]);
  });

  test("unless it is there: the search itself finds what it looks for", () => {
    const [first] = planted;
    expect(findings("here", Buffer.concat([Buffer.from("x"), first!.bytes, Buffer.from("y")]))).toContain(
      "here: the first token",
    );
  });
});
