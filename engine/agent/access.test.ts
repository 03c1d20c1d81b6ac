// Every route that there is, taken from the OpenAPI document, with every kind of caller: a new route is in here by itself.

import { once } from "node:events";
import { rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { mayAct, type Role, roles } from "@flowfusion/graph";
import { encodeTagUpdateBatch, joinRecording } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { defaultLoginLimits, Logins } from "../security/logins.ts";
import { Sessions } from "../security/sessions.ts";
import { Tokens } from "../security/tokens.ts";
import { Store } from "../store/store.ts";
import type { TokenTable } from "../store/token-table.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, TEST_TOKEN, temporaryFolder } from "../testkit/test-gateway.ts";
import { guardRoutes } from "./auth.ts";
import type { Deployment } from "./schemas.ts";
import { createApp } from "./server.ts";

interface Operation {
  readonly operationId?: string;
  readonly "x-role"?: Role | "public";
  readonly security?: readonly unknown[];
  readonly responses: object;
}

// The gateway's clock goes on when the test says so: a token can end, and no request is too late for that.
vi.useFakeTimers({ toFake: ["Date"] });
// It sends far more tokens that are none than one address may.
const peer = await startTestGateway({
  loginLimits: { failuresPerAddressMax: Number.POSITIVE_INFINITY, failuresMax: Number.POSITIVE_INFINITY },
});
const document = (await (await peer.request("GET", "/v1/openapi.json")).json()) as {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
};
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);
const guarded = routes.filter((route) => route["x-role"] !== "public");

const tokens: Record<string, string> = { admin: TEST_TOKEN };
let viewerCookie = "";
let endedCookie = "";
beforeAll(async () => {
  for (const role of ["viewer", "operator"] as const) {
    tokens[role] = await createToken(role, role);
  }
  tokens.revoked = await createToken("revoked", "admin");
  expect((await peer.request("DELETE", "/v1/tokens/revoked")).status).toBe(204);
  const expiresAtMs = Date.now() + 3_600_000;
  tokens.expired = await createToken("expired", "admin", new Date(expiresAtMs).toISOString());
  vi.setSystemTime(expiresAtMs);
  viewerCookie = await signIn(tokens.viewer!);
  endedCookie = await signIn(tokens.viewer!);
  const { csrf } = (await (await call("GET", "/v1/session", { cookie: endedCookie })).json()) as { csrf: string };
  const signOut = await call("DELETE", "/v1/session", { cookie: endedCookie, "x-csrf-token": csrf });
  expect(signOut.status).toBe(204);
  return async () => {
    vi.useRealTimers();
    await peer[Symbol.asyncDispose]();
  };
});

async function createToken(name: string, role: Role, expiresAt?: string): Promise<string> {
  const body = JSON.stringify({ name, role, ...(expiresAt === undefined ? {} : { expiresAt }) });
  const response = await peer.request("POST", "/v1/tokens", { body, headers: { "content-type": "application/json" } });
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}

async function signIn(token: string): Promise<string> {
  const init = { method: "POST", body: JSON.stringify({ token }), headers: { "content-type": "application/json" } };
  const response = await fetch(`${peer.gateway.url}/v1/session`, init);
  expect(response.status).toBe(201);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function call(method: string, path: string, headers: Record<string, string>): Promise<Response> {
  const concrete = path.replace("{digest}", testArtefact(1).digest).replaceAll(/\{\w+\}/g, "boiler");
  const hasBody = method !== "GET" && method !== "HEAD" && method !== "DELETE";
  return fetch(`${peer.gateway.url}${concrete}`, {
    method,
    headers: { ...headers, ...(hasBody ? { "content-type": "application/json" } : {}) },
    body: hasBody ? "{}" : null,
    redirect: "manual",
  });
}

const strangers: readonly (readonly [string, () => Record<string, string>])[] = [
  ["no token", () => ({})],
  ["a wrong token", () => bearer("wrong-token-0123456789")],
  ["a prefix of the token", () => bearer(TEST_TOKEN.slice(0, -1))],
  ["the token and more", () => bearer(`${TEST_TOKEN}x`)],
  ["an expired token", () => bearer(tokens.expired!)],
  ["a revoked token", () => bearer(tokens.revoked!)],
  ["another scheme", () => ({ authorization: `Basic ${btoa(`admin:${TEST_TOKEN}`)}` })],
  ["an empty token", () => ({ authorization: "Bearer " })],
  ["two tokens", () => ({ authorization: `Bearer ${TEST_TOKEN} ${TEST_TOKEN}` })],
  ["the token without a scheme", () => ({ authorization: TEST_TOKEN })],
  ["the token in another header", () => ({ "x-csrf-token": TEST_TOKEN })],
  ["the token as a cookie", () => ({ cookie: `ff_session=${TEST_TOKEN}` })],
  ["an invented session", () => ({ cookie: `ff_session=${"A".repeat(43)}` })],
  ["an empty session", () => ({ cookie: "ff_session=" })],
  ["a session that was closed", () => ({ cookie: endedCookie })],
  ["a wrong token beside a session", () => ({ ...bearer("wrong-token-0123456789"), cookie: viewerCookie })],
];

/** What calls asked of the data plane. A live stream that a test has let go may still ask for a pulse. */
const asked = (): number => peer.dataPlane.calls.filter((name) => name !== "pulse").length;

describe.each(guarded)("$method $path", ({ method, path, "x-role": needed }) => {
  test.each(strangers)("with %s is refused", async (_how, headers) => {
    const before = asked();
    const response = await call(method, path, headers());
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="flowfusion"');
    if (method !== "HEAD") {
      expect(await response.json()).toMatchObject({ code: "FF_API_UNAUTHORIZED", status: 401 });
    }
    expect(asked()).toBe(before);
  });

  test.each(roles)("with the role %s is served or refused as declared", async (role) => {
    const before = asked();
    const response = await call(method, path, bearer(tokens[role]!));
    if (mayAct(role, needed as Role)) {
      expect([401, 403]).not.toContain(response.status);
      await response.body?.cancel();
      return;
    }
    expect(response.status).toBe(403);
    if (method !== "HEAD") {
      expect(await response.json()).toMatchObject({ code: "FF_API_FORBIDDEN", status: 403 });
    }
    expect(asked()).toBe(before);
  });

  test("in a session needs the CSRF value to write", async () => {
    const response = await call(method, path, { cookie: viewerCookie });
    if (method !== "GET" && method !== "HEAD") {
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: "FF_API_CSRF" });
    } else {
      expect(response.status === 403).toBe(needed !== "viewer");
      await response.body?.cancel();
    }
  });
});

/** What comes once the answer has begun; ends where the gateway cuts it off. */
async function readToItsEnd(answer: Response): Promise<void> {
  const reader = answer.body!.getReader();
  while (!(await reader.read().catch(() => ({ done: true }))).done);
}

describe("events that somebody follows end", () => {
  test.each([
    ["is revoked", undefined, async (name: string) => void (await peer.request("DELETE", `/v1/tokens/${name}`))],
    ["expires", 1_000, async () => void vi.setSystemTime(Date.now() + 1_000)],
  ])("when the token %s", async (how, livesMs, end) => {
    const name = `follower-${how.replaceAll(" ", "-")}`;
    const expiresAt = livesMs === undefined ? undefined : new Date(Date.now() + livesMs).toISOString();
    const token = await createToken(name, "viewer", expiresAt);
    const answer = await call("GET", "/v1/live", bearer(token));
    expect(answer.status).toBe(200);
    await end(name);
    await readToItsEnd(answer);
  });

  test("when who follows signs out", async () => {
    const cookie = await signIn(tokens.viewer!);
    const answer = await call("GET", "/v1/live", { cookie });
    const { csrf } = (await (await call("GET", "/v1/session", { cookie })).json()) as { csrf: string };
    await call("DELETE", "/v1/session", { cookie, "x-csrf-token": csrf });
    await readToItsEnd(answer);
  });
});

test("a backup that a slow client takes ends when its token is revoked", async () => {
  const dataDir = await temporaryFolder();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(dataDir, { recursive: true }));
  const largeBytes = 64 * 1024 * 1024;
  const store = await Store.open(dataDir);
  const entry = { at: "", who: "", role: "", remote: "", action: "", target: "", status: 200, requestId: "" };
  store.audit.append({ ...entry, before: undefined, after: "x".repeat(largeBytes) });
  store.close();
  await using large = await startTestGateway({ dataDir });
  const init = {
    body: JSON.stringify({ name: "slow", role: "admin" }),
    headers: { "content-type": "application/json" },
  };
  const { token } = (await (await large.request("POST", "/v1/tokens", init)).json()) as { token: string };
  const answer = await large.request("GET", "/v1/backup", { headers: bearer(token) });
  expect((await large.request("DELETE", "/v1/tokens/slow")).status).toBe(204);
  let taken = 0;
  await expect(async () => {
    for await (const { length } of answer.body!) taken += length;
  }).rejects.toThrow("terminated");
  expect(taken).toBeLessThan(largeBytes);
});

test("a recording that a slow client takes ends when its token is revoked", async () => {
  const batchBytes = 1024 * 1024;
  const value = "x".repeat(batchBytes);
  const batch = encodeTagUpdateBatch({ source: "", updates: [{ tag: "t", timestampNs: 1n, quality: 0, value }] });
  peer.dataPlane.recorded = joinRecording(Array(64).fill(batch));
  const token = await createToken("slow", "viewer");
  const answer = await call("GET", "/v1/recorder/recording", bearer(token));
  expect((await peer.request("DELETE", "/v1/tokens/slow")).status).toBe(204);
  let taken = 0;
  await expect(async () => {
    for await (const { length } of answer.body!) taken += length;
  }).rejects.toThrow("terminated");
  expect(taken).toBeLessThan(peer.dataPlane.recorded.length);
});

test.each(["/v1/artefacts/DIGEST", "/v1/flows/large/artefact"])(
  "an artefact that a slow client takes from %s ends when its token is revoked",
  async (path) => {
    // More than all buffers on the way take.
    const { wasm, digest } = testArtefact(1, 30 * 1024 * 1024);
    const upload = { body: wasm, headers: { "content-type": "application/wasm" } };
    expect((await peer.request("PUT", `/v1/artefacts/${digest}`, upload)).ok).toBe(true);
    await peer.request("PUT", "/v1/flows/large", {
      body: JSON.stringify({ artefact: digest }),
      headers: { "content-type": "application/json", "if-none-match": "*" },
    });
    const token = await createToken("slow-reader", "viewer");
    const answer = await call("GET", path.replace("DIGEST", digest), bearer(token));
    expect(answer.status).toBe(200);
    expect((await peer.request("DELETE", "/v1/tokens/slow-reader")).status).toBe(204);
    let taken = 0;
    await expect(async () => {
      for await (const { length } of answer.body!) taken += length;
    }).rejects.toThrow("terminated");
    expect(taken).toBeLessThan(wasm.length);
  },
);

test("a write that waits for its turn is refused when the token is revoked meanwhile", async () => {
  await peer.deploy("waiting", 1, { "if-none-match": "*" });
  const held = peer.dataPlane.holdDeploy("before");
  const first = peer.deploy("waiting", 2, { "if-match": '"1"' });
  await held.reached;
  const token = await createToken("waiting", "operator");
  const body = JSON.stringify({ artefact: testArtefact(1).digest });
  const conditions = { "content-type": "application/json", "if-match": "*", ...bearer(token) };
  const writes = [
    peer.request("PUT", "/v1/flows/waiting", { body, headers: conditions }),
    peer.request("POST", "/v1/flows/waiting/rollback", { body: "{}", headers: conditions }),
    peer.request("DELETE", "/v1/flows/waiting", { headers: { "if-match": "*", ...bearer(token) } }),
  ];
  await eventually(async () => {
    const { items } = (await (await peer.request("GET", "/v1/deployments")).json()) as { items: readonly Deployment[] };
    expect(items.filter(({ by }) => by === "waiting")).toHaveLength(2);
  });
  expect((await peer.request("DELETE", "/v1/tokens/waiting")).status).toBe(204);
  held.goOn();
  expect((await first).status).toBe(200);
  for (const write of await Promise.all(writes)) {
    expect([write.status, await write.json()]).toMatchObject([401, { code: "FF_API_UNAUTHORIZED" }]);
  }
  expect(await (await peer.request("GET", "/v1/flows/waiting")).json()).toMatchObject({ generation: 2 });
});

test("what a slow client uploads is refused when its token is revoked before it has arrived, and not kept", async () => {
  const { wasm, digest } = testArtefact(77);
  const token = await createToken("slow-writer", "operator");
  const about = { "content-type": "application/wasm", "content-length": wasm.length, expect: "100-continue" };
  const upload = request(`${peer.gateway.url}/v1/artefacts/${digest}`, {
    method: "PUT",
    headers: { ...bearer(token), ...about },
  });
  const answered = once(upload, "response") as Promise<[IncomingMessage]>;
  upload.flushHeaders();
  await once(upload, "continue");
  upload.write(wasm.subarray(0, 100));
  expect((await peer.request("DELETE", "/v1/tokens/slow-writer")).status).toBe(204);
  upload.end(wasm.subarray(100));
  const [answer] = await answered;
  expect([answer.statusCode, await json(answer)]).toMatchObject([401, { code: "FF_API_UNAUTHORIZED" }]);
  expect((await peer.request("HEAD", `/v1/artefacts/${digest}`)).status).toBe(404);
});

describe("the declared roles", () => {
  test("leave nothing but health and signing in to those without a token", () => {
    const open = routes.filter((route) => route["x-role"] === "public").map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual(["GET /healthz", "GET /readyz", "POST /v1/session"]);
  });

  test("leave no write to viewers but signing out", () => {
    const writes = guarded.filter(({ method }) => method !== "GET" && method !== "HEAD");
    const byViewers = writes
      .filter((route) => route["x-role"] === "viewer")
      .map(({ method, path }) => `${method} ${path}`);
    expect(byViewers).toEqual(["DELETE /v1/session"]);
  });

  test("keep tokens and the audit log to admins", () => {
    const kept = routes.filter(({ path }) => /^\/v1\/(tokens|audit)(\/|$)/.test(path));
    expect(kept.length).toBeGreaterThan(4);
    expect(kept.filter((route) => route["x-role"] !== "admin")).toEqual([]);
  });

  test("are described in the document: each operation has a name and its refusals", () => {
    const names = routes.map(({ operationId }) => operationId);
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, responses } of guarded) {
      expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(["401", "403", "429"])]);
    }
  });

  test.each([
    ["no role", {}],
    ["an unknown role", { role: "owner" as Role }],
  ])("must be there: a route with %s does not start", async (_what, config) => {
    const app = createApp({ log: { level: "silent" } });
    const table = { all: () => [] } as unknown as TokenTable;
    const none = new Tokens(table);
    const logins = new Logins(none, defaultLoginLimits, () => {});
    guardRoutes(app, { logins, tokens: none, sessions: new Sessions(none) });
    const schema = { operationId: "getNothing" };
    expect(() => app.get("/v1/nothing", { config, schema }, async () => "")).toThrow(
      "GET /v1/nothing declares no role",
    );
    await app.close();
  });
});
