// What the audit log may hold, asked of a gateway, against the words that the console has for it.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, startGateway } from "@flowfusion/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditText } from "./src/strings/audit.ts";

interface Operation {
  readonly operationId: string;
  readonly "x-audited"?: true;
}

const token = "audit-words-token-0123456789";
/** What the gateway enters by itself. */
const refuseLogins = "refuseLogins";
const sumUpCalls = "sumUpCalls";
let dataDir: string;
let gateway: Gateway;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "ff-console-"));
  const ingest = ["tcp://127.0.0.1:0"];
  gateway = await startGateway({ dataDir, ingest, token, log: { level: "silent" }, loginLimits: { failuresMax: 1 } });
});
afterAll(async () => {
  await gateway.close();
  await rm(dataDir, { recursive: true });
});

const wordless = (actions: readonly string[]) => actions.filter((action) => !Object.hasOwn(auditText.actions, action));

test("each operation that is audited has words, and no words are left of one that is gone", async () => {
  const answer = await fetch(`${gateway.url}/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } });
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };
  const written = Object.values(paths)
    .flatMap((methods) => Object.entries(methods))
    .filter(([method, operation]) => (method !== "get" && method !== "head") || operation["x-audited"])
    .map(([, { operationId }]) => operationId);
  expect(written.length).toBeGreaterThan(20);
  expect(wordless(written)).toEqual([]);
  const isKnown = new Set([...written, refuseLogins, sumUpCalls]);
  expect(Object.keys(auditText.actions).filter((action) => !isKnown.has(action))).toEqual([]);
});

test("what the gateway enters by itself has words too: addresses from which tokens were guessed, calls beyond a token's budget", async () => {
  const guess = new GatewayClient({ endpoint: gateway.url, token: "x".repeat(32), retry: { attemptsMax: 1 } });
  for (let attempt = 0; attempt < 2; attempt++) await expect(guess.listFlows()).rejects.toThrow();
  const { items } = await new GatewayClient({ endpoint: gateway.url, token }).audit({ limit: 100 });
  expect(items.map(({ action }) => action)).toContain(refuseLogins);
  expect(wordless([...items.map(({ action }) => action), sumUpCalls])).toEqual([]);
});
