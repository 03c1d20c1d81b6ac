// The client against the description of the API, both ways: each request that a method of the client makes is one that the
// document describes, down to query, headers and body, and nothing that the document describes is out of the client's reach.
// Nobody answers here; whether the gateway does what it describes is for the tests of its routes.

import { GatewayClient, GatewayError } from "@flowfusion/client";
import { type Digest, parseFlowName } from "@flowfusion/graph";
import * as Type from "typebox";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { compileSchema } from "../compile-schema.ts";
import { startTestGateway } from "../testkit/test-gateway.ts";

interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Type.TSchema & { readonly type?: string };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly [type: string]: { readonly schema: Type.TSchema } } };
}

interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: unknown;
}

type Method = Exclude<keyof GatewayClient, "endpoint">;
type Call = (client: GatewayClient) => AsyncIterable<unknown> | Promise<unknown>;

/** What the document says once for all operations, as its security scheme, or leaves to HTTP. */
const headersOfAll = new Set(["accept", "authorization", "content-type"]);

/** Operations that no method of the client calls, and why. */
const notOfTheClient: { readonly [operationId: string]: string } = {
  getOpenApi: "for those who write a client of their own",
  getMetrics: "for Prometheus",
  getHealth: "a probe, without a token",
  getReadiness: "a probe, without a token",
};

const flow = parseFlowName("boiler");
const digest = `sha256:${"a".repeat(64)}` as Digest;
const page = { limit: 20, after: "7" };
const bytes = Uint8Array.of(0, 97, 115, 109);
const secrets = { password: "s" };
const bundle = {
  payloadType: "application/vnd.in-toto+json",
  payload: "e30=",
  signatures: [{ keyid: "k", sig: "c2ln" }],
};
const limits = { fuelPerMessage: 1000, fuelBurst: 5000, maxPagesPerMemory: 8 };

/** Calls of each method that between them give all that it can be given. */
const calls: { readonly [Name in Method]: readonly Call[] } = {
  gateway: [(client) => client.gateway()],
  recorder: [(client) => client.recorder()],
  recording: [
    (client) => client.recording(),
    (client) => client.recording({ flow, updates: 100, tags: ["line/*"] }),
    (client) => client.recording({ tags: ["line/a", "line/b"] }),
  ],
  backup: [(client) => client.backup()],
  uploadArtefact: [(client) => client.uploadArtefact(bytes)],
  hasArtefact: [(client) => client.hasArtefact(digest)],
  downloadArtefact: [(client) => client.downloadArtefact(digest)],
  uploadRelease: [(client) => client.uploadRelease(digest, bundle)],
  uploadModules: [(client) => client.uploadModules([{ digest, wasm: bytes }])],
  listNodeTypes: [(client) => client.listNodeTypes(), (client) => client.listNodeTypes(page)],
  nodeTypes: [(client) => client.nodeTypes()],
  getNodeType: [(client) => client.getNodeType("trip")],
  putNodeType: [
    (client) => client.putNodeType("trip", { module: digest, expected: "absent" }),
    (client) => client.putNodeType("trip", { module: digest, expected: 3 }),
  ],
  deleteNodeType: [(client) => client.deleteNodeType("trip", { expected: 3 })],
  fuse: [(client) => client.fuse({ nodes: [], wires: [] } as never)],
  compareWithRunning: [
    (client) => client.compareWithRunning(flow, { artefact: digest }),
    (client) => client.compareWithRunning(flow, { artefact: digest, updates: 500 }),
  ],
  replay: [(client) => client.replay(flow, { artefact: digest, recording: bytes })],
  layout: [(client) => client.layout(flow)],
  putLayout: [
    (client) => client.putLayout(flow, { nodes: { a: { x: 1, y: -2 } }, expected: "absent" }),
    (client) => client.putLayout(flow, { nodes: {}, expected: 2 }),
  ],
  inspectModule: [(client) => client.inspectModule(bytes)],
  followLive: [(client) => client.followLive()],
  followFlow: [(client) => client.followFlow(flow)],
  listFlows: [(client) => client.listFlows(), (client) => client.listFlows(page)],
  getFlow: [(client) => client.getFlow(flow)],
  deployFlow: [
    (client) => client.deployFlow(flow, { artefact: digest, expected: "absent" }),
    (client) =>
      client.deployFlow(flow, { artefact: digest, expected: 1, wait: "healthy", options: { limits }, resource: "urn" }),
    (client) => client.deployFlow(flow, { artefact: digest, expected: 1, wait: "swapped" }),
  ],
  dryRun: [
    (client) => client.dryRun(flow, { artefact: digest }),
    (client) => client.dryRun(flow, { artefact: digest, options: { limits }, resource: "urn" }),
  ],
  flowArtefact: [(client) => client.flowArtefact(flow)],
  versions: [(client) => client.versions(flow), (client) => client.versions(flow, page)],
  version: [(client) => client.version(flow, 4)],
  rollBack: [
    (client) => client.rollBack(flow, { expected: 4 }),
    (client) => client.rollBack(flow, { expected: 4, generation: 2 }),
  ],
  deleteFlow: [(client) => client.deleteFlow(flow, { expected: 4 })],
  stats: [(client) => client.stats(flow)],
  listStats: [(client) => client.listStats(), (client) => client.listStats(page)],
  deployments: [(client) => client.deployments(), (client) => client.deployments(page)],
  deployment: [(client) => client.deployment("17")],
  followDeployment: [(client) => client.followDeployment("17")],
  deadLetters: [(client) => client.deadLetters(flow), (client) => client.deadLetters(flow, page)],
  replayDeadLetters: [(client) => client.replayDeadLetters(flow), (client) => client.replayDeadLetters(flow, [1, 2])],
  discardDeadLetters: [
    (client) => client.discardDeadLetters(flow),
    (client) => client.discardDeadLetters(flow, [1, 2]),
  ],
  development: [(client) => client.development(flow)],
  startDevelopment: [
    (client) => client.startDevelopment(flow),
    (client) => client.startDevelopment(flow, { forMs: 60_000 }),
  ],
  endDevelopment: [(client) => client.endDevelopment(flow)],
  trace: [(client) => client.trace(flow), (client) => client.trace(flow, page)],
  followTrace: [(client) => client.followTrace(flow), (client) => client.followTrace(flow, 12)],
  listConnections: [(client) => client.listConnections(), (client) => client.listConnections(page)],
  getConnection: [(client) => client.getConnection("broker")],
  putConnection: [
    (client) =>
      client.putConnection("broker", {
        kind: "mqtt",
        url: "mqtts://broker:8883",
        secrets,
        expected: "absent",
      } as never),
    (client) =>
      client.putConnection("historian", { kind: "http", url: "https://historian/write", expected: 2 } as never),
  ],
  deleteConnection: [(client) => client.deleteConnection("broker", { expected: 2 })],
  driverKinds: [(client) => client.driverKinds()],
  listDrivers: [(client) => client.listDrivers(), (client) => client.listDrivers(page)],
  getDriver: [(client) => client.getDriver("plant")],
  putDriver: [
    (client) => client.putDriver("plant", { kind: "simulator", config: {} } as never, { expected: "absent" }),
    (client) =>
      client.putDriver("plant", { kind: "modbus", config: {}, secrets, enabled: false } as never, { expected: 1 }),
  ],
  restartDriver: [(client) => client.restartDriver("plant")],
  deleteDriver: [(client) => client.deleteDriver("plant", { expected: 1 })],
  driverLogs: [(client) => client.driverLogs("plant")],
  listTokens: [(client) => client.listTokens()],
  createToken: [
    (client) => client.createToken({ name: "ann", role: "viewer" }),
    (client) => client.createToken({ name: "ann", role: "admin", expiresAt: "2030-01-01T00:00:00.000Z" }),
  ],
  revokeToken: [(client) => client.revokeToken("ann")],
  audit: [(client) => client.audit(), (client) => client.audit(page)],
  auditVerdict: [(client) => client.auditVerdict()],
  openSession: [(client) => client.openSession("token-0123456789abcdef")],
  session: [(client) => client.session()],
  closeSession: [(client) => client.closeSession()],
};
const methods = Object.keys(calls) as Method[];

let paths: { readonly [path: string]: { readonly [method: string]: Operation } };
let client: GatewayClient;
let sent: Sent[] = [];

beforeAll(async () => {
  await using peer = await startTestGateway();
  ({ paths } = (await (await peer.request("GET", "/v1/openapi.json")).json()) as { paths: typeof paths });
});
beforeEach(() => {
  sent = [];
  vi.stubGlobal("fetch", async (url: string, { method, headers, body }: RequestInit) => {
    const request = { method: method!, url: new URL(url), headers: new Headers(headers), body };
    sent.push(request);
    return emptyAnswer(request);
  });
  client = new GatewayClient({ endpoint: "http://gateway", token: "token-0123456789", retry: { attemptsMax: 1 } });
});
afterEach(() => vi.unstubAllGlobals());

/** As much as lets a method go on to its next request. */
function emptyAnswer({ method, headers }: Sent): Response {
  if (method === "HEAD") return new Response(null, { status: 404 });
  const type = headers.get("accept")!;
  return new Response(type === "application/json" ? '{"items":[]}' : "", { headers: { "content-type": type } });
}

/** Requests of a method; what it makes of the empty answers is of no interest. */
async function requestsOf(name: Method): Promise<readonly Sent[]> {
  const before = sent.length;
  for (const call of calls[name]) {
    const made = sent.length;
    try {
      const result = call(client);
      if (!(Symbol.asyncIterator in result)) await result;
      else for await (const _event of result);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
    expect(sent.length, `${name} sends nothing`).toBeGreaterThan(made);
  }
  return sent.slice(before);
}

interface Described {
  readonly operation: Operation;
  readonly path: string;
  /** Values of the path's parameters, as they were sent. */
  readonly values: { readonly [name: string]: string[] };
}

/** The operation that a request calls; a path without parameters goes before one that they would fill. */
function described({ method, url }: Sent): Described | undefined {
  const asked = url.pathname.split("/");
  const fitting = Object.entries(paths).flatMap(([path, operations]) => {
    const operation = operations[method.toLowerCase()];
    const parts = path.split("/");
    if (operation === undefined || parts.length !== asked.length) return [];
    const values: Record<string, string[]> = {};
    for (const [index, part] of parts.entries()) {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      if (name !== undefined) values[name] = [decodeURIComponent(asked[index]!)];
      else if (part !== asked[index]) return [];
    }
    return [{ operation, path, values }];
  });
  return fitting.toSorted((a, b) => Object.keys(a.values).length - Object.keys(b.values).length)[0];
}

/** What is wrong with values that came as text, given the parameters that the document lists. */
function faults(operation: Operation, part: Parameter["in"], values: { readonly [name: string]: string[] }): unknown {
  const listed = (operation.parameters ?? []).filter((parameter) => parameter.in === part);
  const properties = listed.map(({ name, schema, required }) => [name, required ? schema : Type.Optional(schema)]);
  const schema = Type.Object(Object.fromEntries(properties), { additionalProperties: false });
  const typeOf = new Map(listed.map((parameter) => [parameter.name, parameter.schema.type]));
  const read = Object.entries(values).map(([name, texts]) => [name, typed(texts, typeOf.get(name))]);
  const found = compileSchema(schema).Errors(Object.fromEntries(read));
  return found.length === 0 ? undefined : found;
}

function typed(texts: string[], type: string | undefined): unknown {
  if (type === "array" || texts.length !== 1) return texts;
  return type === "integer" && /^\d+$/.test(texts[0]!) ? Number(texts[0]) : texts[0];
}

const queryOf = ({ searchParams }: URL) =>
  Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));

test("every method of the client is called here, and every case is of a method", () => {
  const found = Object.entries(client).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  expect(methods.toSorted()).toEqual(found.toSorted());
});

describe.each(methods)("%s", (name) => {
  test("asks for what the API describes, with the path, query, headers and body that it describes", async () => {
    for (const request of await requestsOf(name)) {
      const { method, url, headers, body } = request;
      const asked = `${method} ${url.pathname}${url.search}`;
      const match = described(request);
      if (match === undefined) throw new Error(`${asked} is not in the document`);
      const { operation, values } = match;
      expect([asked, faults(operation, "path", values)]).toEqual([asked, undefined]);
      expect([asked, faults(operation, "query", queryOf(url))]).toEqual([asked, undefined]);
      const own = Object.fromEntries(
        [...headers].flatMap(([header, value]) => (headersOfAll.has(header) ? [] : [[header, [value]]])),
      );
      expect([asked, faults(operation, "header", own)]).toEqual([asked, undefined]);

      const content = operation.requestBody?.content;
      expect([asked, headers.get("content-type")], "content types").toEqual([
        asked,
        content === undefined ? null : Object.keys(content)[0],
      ]);
      if (content?.["application/json"]) {
        const errors = compileSchema(content["application/json"].schema).Errors(JSON.parse(body as string));
        expect([asked, errors]).toEqual([asked, []]);
      } else {
        expect([asked, body instanceof Uint8Array]).toEqual([asked, content !== undefined]);
      }
    }
  });

  test("says what it believes to be there where the API asks for it", async () => {
    for (const request of await requestsOf(name)) {
      const { operation, path } = described(request)!;
      const isConditional = operation.parameters?.some((parameter) => parameter.name === "if-match") ?? false;
      const conditions = ["if-match", "if-none-match"].filter((header) => request.headers.has(header));
      expect([path, conditions.length]).toEqual([path, isConditional ? 1 : 0]);
    }
  });
});

test("every operation of the document is called by a method of the client, or is not for it", async () => {
  const called = new Set<string>();
  for (const name of methods) {
    for (const request of await requestsOf(name)) called.add(described(request)!.operation.operationId);
  }
  const all = Object.values(paths).flatMap((operations) => Object.values(operations));
  const uncalled = all.map(({ operationId }) => operationId).filter((id) => !called.has(id));
  expect(uncalled.toSorted()).toEqual(Object.keys(notOfTheClient).toSorted());
});

test("a request beyond the document is found out", async () => {
  const { operation } = described({ method: "GET", url: new URL("http://gateway/v1/flows") } as Sent)!;
  expect(operation.operationId).toBe("listFlows");
  expect(faults(operation, "query", { limit: ["20"] })).toBeUndefined();
  expect(faults(operation, "query", { limit: ["a few"] })).toBeDefined();
  expect(faults(operation, "query", { depth: ["3"] })).toBeDefined();
  expect(faults(operation, "header", { "if-match": ["*"] })).toBeDefined();
  expect(described({ method: "POST", url: new URL("http://gateway/v1/flows") } as Sent)).toBeUndefined();
});
