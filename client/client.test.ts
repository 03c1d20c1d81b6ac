import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Digest, FlowName } from "@flowfusion/graph";
import { freePort } from "@flowfusion/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { GatewayClient } from "./client.ts";
import type { DriverDeclaration } from "./driver-types.ts";
import { GatewayError } from "./errors.ts";

const boiler = "boiler" as FlowName;
const digest = `sha256:${"a".repeat(64)}` as Digest;
const retry = { attemptsMax: 4, delayMs: 1, delayMsMax: 5 };
const status = { name: "boiler", generation: 3, artefact: digest };

/** How the peer treats one request: answers it, cuts the connection before or inside the answer, or keeps silent. */
type Behaviour =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly type?: string;
      readonly headers?: Record<string, string>;
    }
  | "cut"
  | "cut inside"
  | "cut inside stream"
  | "silence";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** A real HTTP server that treats the first request by the first behaviour and so on, the last for all that follow. */
async function flakyPeer(...behaviours: readonly Behaviour[]) {
  const seen: { method: string; url: string; headers: IncomingMessage["headers"]; bodyBytes: number }[] = [];
  server = createServer(async (request, response) => {
    let bodyBytes = 0;
    for await (const chunk of request) {
      bodyBytes += (chunk as Buffer).length;
    }
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, bodyBytes });
    treat(behaviours[Math.min(seen.length, behaviours.length) - 1]!, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const endpoint = `http://127.0.0.1:${port}`;
  return { seen, endpoint, client: new GatewayClient({ endpoint, token: "secret", retry }) };
}

function treat(behaviour: Behaviour, response: ServerResponse): void {
  if (behaviour === "silence") {
    return;
  }
  if (behaviour === "cut") {
    response.socket?.destroy();
    return;
  }
  if (behaviour === "cut inside") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"name":', () => response.socket?.destroy());
    return;
  }
  if (behaviour === "cut inside stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": \n\n", () => response.socket?.destroy());
    return;
  }
  const { body = status, type = "application/json", headers = {} } = behaviour;
  response.writeHead(behaviour.status, { "content-type": type, ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function problem(code: string, httpStatus: number, members: object = {}): Behaviour {
  const body = { code, status: httpStatus, detail: `detail of ${code}`, diagnostics: [], requestId: "r1", ...members };
  return { status: httpStatus, type: "application/problem+json", body };
}

const ok: Behaviour = { status: 200 };
const busy = problem("FF_API_BUSY", 503);

describe("a client that is told which gateway it is for", () => {
  const asked = { method: "GET", url: "/v1/gateway" };

  test("sends nothing to another, be they calls one after the other, at the same time, or streams", async () => {
    const { seen, endpoint } = await flakyPeer({ status: 200, body: { id: "press-2" } });
    const client = new GatewayClient({ endpoint, token: "secret", retry, identity: "press-1" });
    const other = expect.objectContaining({ code: "FF_GATEWAY_OTHER" });
    const calls = [client.getFlow(boiler), client.listTokens(), client.uploadArtefact(Uint8Array.of(1))];
    for (const call of await Promise.allSettled(calls)) expect(call).toEqual({ status: "rejected", reason: other });
    await expect(client.followLive().next()).rejects.toEqual(other);
    for (const request of seen) expect(request).toMatchObject(asked);
    expect(seen).toHaveLength(calls.length + 1);
  });

  test("asks the right one once, and goes on", async () => {
    const { seen, endpoint } = await flakyPeer({ status: 200, body: { id: "press-1" } }, ok);
    const client = new GatewayClient({ endpoint, token: "secret", retry, identity: "press-1" });
    await client.getFlow(boiler);
    await client.getFlow(boiler);
    const flow = { method: "GET", url: "/v1/flows/boiler" };
    expect(seen).toMatchObject([asked, flow, flow]);
  });
});

describe("a read", () => {
  test.each([
    ["one cut connection", ["cut", ok], 2],
    ["one cut inside the answer", ["cut inside", ok], 2],
    ["two times 503", [busy, busy, ok], 3],
    ["a mixture", ["cut", busy, "cut inside", ok], 4],
  ] as const)("gets through %s", async (_what, behaviours, requests) => {
    const { client, seen } = await flakyPeer(...behaviours);
    expect(await client.getFlow(boiler)).toEqual(status);
    expect(seen).toHaveLength(requests);
  });

  test("gives up after as many tries as allowed, with the endpoint in the message and what to check as its remedy alone", async () => {
    const { client, seen, endpoint } = await flakyPeer("cut");
    const error = await client.getFlow(boiler).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: "FF_GATEWAY_UNREACHABLE", endpoint, status: undefined });
    const { message, remedy } = error as GatewayError;
    expect(message).toBe(
      `GET /v1/flows/boiler at ${endpoint}: the connection was cut before the answer; where it has TLS, try https`,
    );
    expect(remedy).toContain("Check that the gateway runs");
    expect(seen).toHaveLength(4);
  });

  test("of a gateway that is not there says that nothing listens", async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const client = new GatewayClient({ endpoint, token: "secret", retry });
    const expected = { code: "FF_GATEWAY_UNREACHABLE", message: expect.stringContaining("nothing listens there") };
    await expect(client.getFlow(boiler)).rejects.toMatchObject({ ...expected, endpoint });
    const written = client.revokeToken("ann").catch(({ message }: Error) => message);
    expect(await written).toMatch(/nothing listens there \(connection refused\)$/);
  });

  test("of a silent gateway ends at its deadline", async () => {
    const { endpoint } = await flakyPeer("silence");
    const client = new GatewayClient({ endpoint, timeoutMs: 50, retry: { attemptsMax: 1 } });
    const expected = { code: "FF_GATEWAY_UNREACHABLE", message: expect.stringContaining("no answer within 50 ms") };
    await expect(client.getFlow(boiler)).rejects.toMatchObject(expected);
  });

  test("carries the token and waits no longer than the policy says, whatever Retry-After asks", async () => {
    const { client, seen } = await flakyPeer(
      { ...(busy as object), status: 503, headers: { "retry-after": "3600" } },
      ok,
    );
    expect(await client.getFlow(boiler)).toEqual(status);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer secret", "Bearer secret"]);
  });
});

describe("a refusal", () => {
  test.each([
    [400, "FF_API_REQUEST_INVALID"],
    [401, "FF_API_UNAUTHORIZED"],
    [412, "FF_API_PRECONDITION_FAILED"],
    [413, "FF_API_BODY_TOO_LARGE"],
    [422, "FF_API_DIGEST_MISMATCH"],
    [500, "FF_API_INTERNAL"],
  ])("with %i %s is not tried again and keeps its code", async (httpStatus, code) => {
    const { client, seen } = await flakyPeer(problem(code, httpStatus));
    await expect(client.getFlow(boiler)).rejects.toMatchObject({
      code,
      status: httpStatus,
      message: `detail of ${code}`,
    });
    expect(seen).toHaveLength(1);
  });

  test("carries step, diagnostics, the version that runs and the request id", async () => {
    const diagnostics = [
      { code: "FF_DEPLOY_LIMITS", path: "options.limits.fuelBurst", message: "9 asked for, 5 granted" },
    ];
    const current = { generation: 4, deployedAt: "2026-01-01T00:00:00.000Z", deployedBy: "admin" };
    const { client } = await flakyPeer(problem("FF_DEPLOY_LIMITS", 422, { diagnostics, current, step: "meter" }));
    const deploy = client.deployFlow(boiler, { artefact: digest, expected: 3 });
    await expect(deploy).rejects.toMatchObject({ diagnostics, current, step: "meter", requestId: "r1" });
  });
});

describe("a flow", () => {
  test("is undefined only when the gateway says with its own code that it does not exist", async () => {
    const { client } = await flakyPeer(problem("FF_API_NOT_FOUND", 404));
    expect(await client.getFlow(boiler)).toBeUndefined();
  });

  test.each([
    ["a proxy's 404", { status: 404, type: "text/html", body: "<h1>Not Found</h1>" }, "FF_GATEWAY_ANSWER"],
    ["another server's JSON 404", { status: 404, body: { code: "FF_API_NOT_FOUND" } }, "FF_GATEWAY_ANSWER"],
    ["an unknown route", problem("FF_API_ROUTE_UNKNOWN", 404), "FF_API_ROUTE_UNKNOWN"],
    ["a code that this client does not know", problem("FF_API_FROM_THE_FUTURE", 404), "FF_GATEWAY_ANSWER"],
    [
      "a problem document that is none",
      { status: 404, type: "application/problem+json", body: "[]" },
      "FF_GATEWAY_ANSWER",
    ],
    ["a captive portal", { status: 200, type: "text/html", body: "<h1>Log in</h1>" }, "FF_GATEWAY_ANSWER"],
    ["JSON that is cut", { status: 200, body: '{"name":' }, "FF_GATEWAY_ANSWER"],
    ["JSON of something else", { status: 200, body: { hello: "world" } }, "FF_GATEWAY_ANSWER"],
    ["null", { status: 200, body: "null" }, "FF_GATEWAY_ANSWER"],
    ["another flow", { status: 200, body: { ...status, name: "kiln" } }, "FF_GATEWAY_ANSWER"],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, "FF_GATEWAY_ANSWER"],
  ] as const)("is not taken for deleted on %s", async (_what, behaviour, code) => {
    const { client, seen } = await flakyPeer(behaviour);
    await expect(client.getFlow(boiler)).rejects.toMatchObject({ code });
    expect(seen).toHaveLength(1);
  });
});

describe("a write to a flow", () => {
  const writes = [
    ["deploy", (client: GatewayClient) => client.deployFlow(boiler, { artefact: digest, expected: 3 })],
    ["roll-back", (client: GatewayClient) => client.rollBack(boiler, { expected: 3 })],
    ["delete", (client: GatewayClient) => client.deleteFlow(boiler, { expected: 3 })],
  ] as const;

  test.each(writes)(
    "(%s) is not repeated when its answer is lost, and says that it may have taken effect",
    async (_name, write) => {
      const { client, seen } = await flakyPeer("cut", ok);
      const expected = { code: "FF_GATEWAY_UNREACHABLE", message: expect.stringContaining("may or may not") };
      await expect(write(client)).rejects.toMatchObject(expected);
      expect(seen).toHaveLength(1);
    },
  );

  test.each(writes)("(%s) demands the generation that was read", async (_name, write) => {
    const { client, seen } = await flakyPeer(ok);
    await write(client);
    expect(seen[0]?.headers["if-match"]).toBe('"3"');
  });

  test("demands with `absent` that there is none", async () => {
    const { client, seen } = await flakyPeer(ok);
    await client.deployFlow(boiler, { artefact: digest, expected: "absent" });
    expect([seen[0]?.headers["if-none-match"], seen[0]?.headers["if-match"]]).toEqual(["*", undefined]);
  });
});

test("a gateway that goes while it fuses is told with what was asked of it", async () => {
  const { client, endpoint } = await flakyPeer("cut inside stream");
  await expect(client.fuse({ nodes: {}, wires: {} })).rejects.toMatchObject({
    code: "FF_GATEWAY_UNREACHABLE",
    message: expect.stringContaining(`POST /v1/artefacts at ${endpoint}: `),
  });
});

test("a driver whose configuration nests too deep to be sent is refused, and nothing is sent", async () => {
  const { client, seen } = await flakyPeer(ok);
  let config = {};
  for (let depth = 0; depth < 100_000; depth++) config = { config };
  const put = client.putDriver("plc", { kind: "modbus", config } as DriverDeclaration, { expected: "absent" });
  await expect(put).rejects.toMatchObject({ code: "FF_API_BODY_SYNTAX" });
  expect(seen).toEqual([]);
});

describe("an artefact", () => {
  test("is uploaded again, whole, when the connection was cut", async () => {
    const { client, seen } = await flakyPeer("cut", {
      status: 201,
      body: { digest, sizeBytes: 9, graphDigest: digest },
    });
    const wasm = new Uint8Array(2_000_000);
    await client.uploadArtefact(wasm);
    expect(seen.map(({ bodyBytes }) => bodyBytes)).toEqual([wasm.length, wasm.length]);
    expect(seen[0]?.url).toMatch(/^\/v1\/artefacts\/sha256:[0-9a-f]{64}$/);
  });

  test("that arrives damaged is refused", async () => {
    const { client } = await flakyPeer({ status: 200, type: "application/wasm", body: "other bytes" });
    await expect(client.downloadArtefact(digest)).rejects.toMatchObject({ code: "FF_GATEWAY_ANSWER" });
  });

  test.each([
    [200, true],
    [404, false],
  ])("is there on %i: %j", async (httpStatus, expected) => {
    const { client } = await flakyPeer({ status: httpStatus });
    expect(await client.hasArtefact(digest)).toBe(expected);
  });

  test.each([
    [401, "FF_API_UNAUTHORIZED"],
    [403, "FF_API_FORBIDDEN"],
    [418, "FF_GATEWAY_ANSWER"],
  ])("whose answer is %i alone gives %s", async (httpStatus, code) => {
    const { client } = await flakyPeer({ status: httpStatus, body: "" });
    await expect(client.hasArtefact(digest)).rejects.toMatchObject({ code });
  });
});

describe("a token", () => {
  test.each(["secret\n", " secret ", "secret\r\n"])("%j is sent without the blanks around it", async (token) => {
    const { endpoint, seen } = await flakyPeer(ok);
    await new GatewayClient({ endpoint, token, retry }).getFlow(boiler);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer secret"]);
  });

  test.each(["sec\nret", "sec ret", "sécret", " "])("%j is refused, and not told", (token) => {
    const told =
      /^the token holds a blank, a line break or another character that no token has; give it alone, as [a-z ]+$/;
    expect(() => new GatewayClient({ endpoint: "http://127.0.0.1:1", token, retry })).toThrow(told);
  });
});

describe("an abort", () => {
  test("ends a call that waits for its answer, with the caller's reason and no second try", async () => {
    const { client, seen } = await flakyPeer("silence");
    const controller = new AbortController();
    const call = client.getFlow(boiler, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(call).rejects.toThrow("enough");
    expect(seen.length).toBeLessThanOrEqual(1);
  });

  test("ends the wait between two tries", async () => {
    const { endpoint } = await flakyPeer("cut");
    const client = new GatewayClient({ endpoint, retry: { attemptsMax: 9, delayMs: 60_000, delayMsMax: 60_000 } });
    const controller = new AbortController();
    const call = client.getFlow(boiler, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(call).rejects.toThrow("enough");
  });

  test("that came before the call lets nothing out", async () => {
    const { client, seen } = await flakyPeer(ok);
    await expect(client.getFlow(boiler, { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(seen).toHaveLength(0);
  });
});

describe("an endpoint", () => {
  test.each(["", "127.0.0.1:7480", "ftp://host", "http://", "http://u:p@host", "http://host/?a=1", "http://host/#a"])(
    "%j is refused",
    (endpoint) => {
      expect(() => new GatewayClient({ endpoint })).toThrow(expect.objectContaining({ code: "FF_GATEWAY_ENDPOINT" }));
    },
  );

  test.each([
    ["http://127.0.0.1:7480", "http://127.0.0.1:7480"],
    ["http://127.0.0.1:7480/", "http://127.0.0.1:7480"],
    ["https://plant.example/gateways/7//", "https://plant.example/gateways/7"],
  ])("%j is taken as %j", (given, taken) => {
    expect(new GatewayClient({ endpoint: given }).endpoint).toBe(taken);
  });

  test("that names a password is refused without repeating it", () => {
    expect(() => new GatewayClient({ endpoint: "http://u:hunter2@host" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});
