// Somebody guesses tokens, over HTTP.

import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestGateway, TEST_TOKEN, type TestGateway } from "../testkit/test-gateway.ts";

let peer: TestGateway;
beforeAll(async () => {
  peer = await startTestGateway({ loginLimits: { windowMs: 600_000 } });
});
afterAll(() => peer[Symbol.asyncDispose]());

const tryToken = (token: string) =>
  fetch(`${peer.gateway.url}/v1/gateway`, { headers: { authorization: `Bearer ${token}` } });
const trySession = (token: string) =>
  fetch(`${peer.gateway.url}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });

test("an attack is refused with 429 and Retry-After, entered in the audit log once, and a good token still gets in", async () => {
  expect((await tryToken(TEST_TOKEN)).status).toBe(200);
  const guesses = await Promise.all(Array.from({ length: 60 }, (_, index) => tryToken(`guess-${index}-0123456789`)));
  const refused = guesses.filter(({ status }) => status === 429);
  expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
  expect(refused).toHaveLength(50);
  const [first] = refused;
  expect(Number(first!.headers.get("retry-after"))).toBeGreaterThan(500);
  expect(await first!.json()).toMatchObject({ code: "FF_API_TOO_MANY_LOGINS", status: 429 });

  const signIns = await Promise.all([trySession("guess-0123456789"), trySession(TEST_TOKEN)]);
  expect(signIns.map(({ status }) => status)).toEqual([429, 201]);
  expect((await tryToken(TEST_TOKEN)).status).toBe(200);

  const { items } = (await (await peer.request("GET", "/v1/audit")).json()) as { items: { action: string }[] };
  expect(items.filter(({ action }) => action === "refuseLogins")).toMatchObject([
    { remote: expect.stringMatching(/127\.0\.0\.1|::1/), status: 429, after: { failures: 10 } },
  ]);
  expect(await (await peer.request("GET", "/v1/audit/verdict")).json()).toMatchObject({ isIntact: true });
  const metrics = await (await peer.request("GET", "/metrics")).text();
  expect(metrics).toContain("flowfusion_logins_failed_total 10\n");
  expect(metrics).toContain("flowfusion_logins_refused_total 51\n");
  expect(peer.log.filter((line) => line.includes("too many invalid tokens;"))).toHaveLength(1);
  expect(peer.log.join("")).not.toContain("guess-1-");
});

test("requests without a token, and sessions that have ended, lock nobody out", async () => {
  await using other = await startTestGateway();
  for (let index = 0; index < 30; index++) {
    expect((await fetch(`${other.gateway.url}/v1/gateway`)).status).toBe(401);
    const headers = { cookie: `ff_session=${"A".repeat(43)}` };
    expect((await fetch(`${other.gateway.url}/v1/gateway`, { headers })).status).toBe(401);
  }
  expect((await other.request("GET", "/v1/gateway")).status).toBe(200);
});
