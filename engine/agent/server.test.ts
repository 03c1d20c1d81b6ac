import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, TEST_TOKEN, type TestGateway } from "../testkit/test-gateway.ts";

let peer: TestGateway;
beforeAll(async () => {
  peer = await startTestGateway();
});
afterAll(() => peer[Symbol.asyncDispose]());

const json = { "content-type": "application/json" };
const wasm = { "content-type": "application/wasm" };
const digest = testArtefact(1).digest;
const zeroDigest = `sha256:${"0".repeat(64)}`;

/** Sends bytes as they are and returns all that comes back until the peer closes. */
async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(peer.gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  let answer = "";
  for await (const chunk of socket) {
    answer += chunk;
  }
  return answer;
}

test.each(["/healthz", "/readyz"])("%s answers without a token", async (path) => {
  const response = await fetch(`${peer.gateway.url}${path}`);
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
});

describe("a request that is not right", () => {
  const deploy = { artefact: digest };
  const deep = `{"artefact":${"[".repeat(100)}${"]".repeat(100)}}`;
  const large = JSON.stringify({ artefact: "x".repeat(1024 * 1024) });
  test.each([
    [
      "unknown field",
      "PUT",
      "/v1/flows/a",
      { body: JSON.stringify({ ...deploy, x: 1 }), headers: json },
      400,
      "FF_API_REQUEST_INVALID",
    ],
    ["missing field", "PUT", "/v1/flows/a", { body: "{}", headers: json }, 400, "FF_API_REQUEST_INVALID"],
    ["wrong type", "PUT", "/v1/flows/a", { body: '{"artefact":1}', headers: json }, 400, "FF_API_REQUEST_INVALID"],
    [
      "prototype key",
      "PUT",
      "/v1/flows/a",
      { body: `{"artefact":"${digest}","__proto__":{}}`, headers: json },
      400,
      "FF_API_REQUEST_INVALID",
    ],
    ["array for object", "PUT", "/v1/flows/a", { body: "[]", headers: json }, 400, "FF_API_REQUEST_INVALID"],
    ["bad JSON", "PUT", "/v1/flows/a", { body: "{", headers: json }, 400, "FF_API_BODY_SYNTAX"],
    ["empty JSON", "PUT", "/v1/flows/a", { body: "", headers: json }, 400, "FF_API_BODY_SYNTAX"],
    ["deep JSON", "PUT", "/v1/flows/a", { body: deep, headers: json }, 400, "FF_API_BODY_SYNTAX"],
    ["large JSON", "PUT", "/v1/flows/a", { body: large, headers: json }, 413, "FF_API_BODY_TOO_LARGE"],
    ["wasm for JSON", "PUT", "/v1/flows/a", { body: "{}", headers: wasm }, 415, "FF_API_MEDIA_TYPE"],
    ["JSON for wasm", "PUT", `/v1/artefacts/${digest}`, { body: "{}", headers: json }, 415, "FF_API_MEDIA_TYPE"],
    ["wasm missing", "PUT", `/v1/artefacts/${digest}`, {}, 415, "FF_API_MEDIA_TYPE"],
    [
      "wrong digest",
      "PUT",
      `/v1/artefacts/${zeroDigest}`,
      { body: testArtefact(1).wasm, headers: wasm },
      422,
      "FF_API_DIGEST_MISMATCH",
    ],
    [
      "no digest",
      "PUT",
      "/v1/artefacts/latest",
      { body: testArtefact(1).wasm, headers: wasm },
      400,
      "FF_API_REQUEST_INVALID",
    ],
    ["path as digest", "GET", "/v1/artefacts/..%2f..%2fgateway.db", {}, 400, "FF_API_REQUEST_INVALID"],
    ["bad flow name", "GET", "/v1/flows/Boiler", {}, 400, "FF_API_REQUEST_INVALID"],
    ["long flow name", "GET", `/v1/flows/${"a".repeat(64)}`, {}, 400, "FF_API_REQUEST_INVALID"],
    ["bad escape", "GET", "/v1/flows/%zz", {}, 400, "FF_API_REQUEST_INVALID"],
    ["limit 0", "GET", "/v1/flows?limit=0", {}, 400, "FF_API_REQUEST_INVALID"],
    ["limit 201", "GET", "/v1/flows?limit=201", {}, 400, "FF_API_REQUEST_INVALID"],
    ["limit of no number", "GET", "/v1/flows?limit=many", {}, 400, "FF_API_REQUEST_INVALID"],
    ["limit twice", "GET", "/v1/flows?limit=1&limit=2", {}, 400, "FF_API_REQUEST_INVALID"],
    ["unknown query", "GET", "/v1/flows?token=abc", {}, 400, "FF_API_REQUEST_INVALID"],
    ["unknown route", "GET", "/v2/flows", {}, 404, "FF_API_ROUTE_UNKNOWN"],
    ["unknown method", "PATCH", "/v1/flows/a", { body: "{}", headers: json }, 404, "FF_API_ROUTE_UNKNOWN"],
    ["unknown flow", "GET", "/v1/flows/a", {}, 404, "FF_API_NOT_FOUND"],
    ["unknown artefact", "GET", `/v1/artefacts/${zeroDigest}`, {}, 404, "FF_API_NOT_FOUND"],
  ] as const)("(%s) is answered with a problem document", async (_what, method, path, init, status, code) => {
    const response = await peer.request(method, path, init);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, code, type: `urn:flowfusion:problem:${code}` });
    expect(response.status).toBe(status);
    expect(problem.detail).not.toBe("");
    expect(peer.dataPlane.calls).toEqual([]);
  });

  test("is told of all its problems at once, each with its path", async () => {
    const body = JSON.stringify({ artefact: 1, options: { limits: { fuelPerMessage: 0, fuel: 1 } }, x: 1 });
    const response = await peer.request("PUT", "/v1/flows/a", { body, headers: json });
    const { diagnostics } = (await response.json()) as { diagnostics: { path: string }[] };
    expect(diagnostics.map(({ path }) => path).sort()).toEqual([
      "body.artefact",
      "body.options.limits.fuel",
      "body.options.limits.fuelPerMessage",
      "body.x",
    ]);
  });

  test.each([
    ["not wasm", new TextEncoder().encode("not wasm at all")],
    ["empty", new Uint8Array(0)],
    ["truncated", testArtefact(1).wasm.slice(0, 40)],
    ["a module that is no flow", Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
  ])("(an artefact that is %s) is refused when it is uploaded", async (_what, body) => {
    const { sha256 } = await import("@flowfusion/graph");
    const response = await peer.request("PUT", `/v1/artefacts/${sha256(body)}`, { body, headers: wasm });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^FF_(MODULE|ARTEFACT)_/) });
    expect((await peer.request("HEAD", `/v1/artefacts/${sha256(body)}`)).status).toBe(404);
  });

  test("leaves the next ones unharmed when its headers are too large or it is no HTTP", async () => {
    expect(await raw(`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(await raw("hello gateway\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
    expect((await fetch(`${peer.gateway.url}/healthz`)).status).toBe(200);
  });
});

describe("a body of 100 MB", () => {
  const body = new Uint8Array(100 * 1024 * 1024);

  test("is answered with 413 and both numbers, however often", async () => {
    for (let round = 0; round < 3; round++) {
      const response = await peer.request("PUT", `/v1/artefacts/${zeroDigest}`, { body, headers: wasm });
      expect(response.status).toBe(413);
      const problem = (await response.json()) as { code: string; detail: string };
      expect(problem.code).toBe("FF_API_BODY_TOO_LARGE");
      expect(problem.detail).toContain("104857600");
      expect(problem.detail).toContain("33554432");
    }
  });

  test("that does not say its length is cut off at the limit with the same answer", async () => {
    let sent = 0;
    const stream = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
        if (sent >= body.length) {
          controller.close();
        }
      },
    });
    const init = { body: stream, headers: wasm, duplex: "half" } as const;
    const response = await peer.request("PUT", `/v1/artefacts/${zeroDigest}`, init);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "FF_API_BODY_TOO_LARGE" });
  });

  test("is read to its end on the same connection, which then serves the next request", async () => {
    const { hostname, port } = new URL(peer.gateway.url);
    const head = `PUT /v1/artefacts/${zeroDigest} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_TOKEN}\r\n`;
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    socket.write(`${head}content-type: application/wasm\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
    socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    await new Promise((resolve) => socket.on("close", resolve));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
  });

  test("without a token is answered with 401 and not kept", async () => {
    const response = await fetch(`${peer.gateway.url}/v1/artefacts/${zeroDigest}`, {
      method: "PUT",
      body,
      headers: wasm,
    });
    expect(response.status).toBe(401);
  });
});

test("the log has every answer as JSON, and no token anywhere", async () => {
  await peer.request("GET", `/v1/flows?token=${TEST_TOKEN}`);
  await fetch(`${peer.gateway.url}/v1/flows`, { headers: { authorization: "Bearer some-other-secret" } });
  const lines = peer.log.map((line) => JSON.parse(line) as { msg: string; status?: number });
  expect(lines.filter(({ msg }) => msg === "answered").map(({ status }) => status)).toContain(401);
  expect(peer.log.join("")).not.toContain(TEST_TOKEN);
  expect(peer.log.join("")).not.toContain("some-other-secret");
});
