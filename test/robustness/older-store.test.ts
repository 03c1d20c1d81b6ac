// A data folder that an older gateway wrote, not one that today's code makes look old: the backup in `stores` was taken from a
// gateway of schema 6 at work. The present one restores it, brings it up to date and goes on with all that is in it.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, restoreBackup, startGateway } from "@flowfusion/engine";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../system/gateway-process.ts";

/** What the older gateway was started with; the newer one knows but its hash. */
const token = "store-fixture-token-0123456789abcdef";
const counts = parseFlowName("counts");
const weak = parseFlowName("weak");
/** Readings that the older gateway counted. */
const countedBefore = 5;

let dataDir: string;
let gateway: Gateway;
let client: GatewayClient;

beforeEach(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), "ff-older-")), "data");
  const backup = gunzipSync(await readFile(path.join(import.meta.dirname, "stores/schema-6.backup.gz")));
  await restoreBackup(backup, dataDir);
  await open();
});
afterEach(async () => {
  await gateway.close();
  await rm(path.dirname(dataDir), { recursive: true });
});

async function open(): Promise<void> {
  gateway = await startGateway({ dataDir, ingest: ["tcp://127.0.0.1:0"], log: { level: "silent" } });
  client = new GatewayClient({ endpoint: gateway.url, token });
}

test("all that an older gateway kept is there: flows, versions, deploys, dead letters, connections, drivers, node types", async () => {
  expect((await client.listFlows()).items).toMatchObject([
    { name: "counts", generation: 3, condition: "running", recovery: { refused: [] } },
    { name: "weak", generation: 1 },
  ]);
  const versions = (await client.versions(counts)).items.map(({ generation, action }) => `${generation} ${action}`);
  expect(versions).toEqual(["3 rollback", "2 deploy", "1 deploy"]);
  const deployments = (await client.deployments()).items.map(({ flow, phase }) => `${flow} ${phase}`);
  expect(deployments).toEqual(["weak healthy", "gone healthy", "counts healthy", "counts healthy", "counts healthy"]);
  expect((await client.deadLetters(weak)).items).toMatchObject([
    { id: 1, node: "trip", input: "in", message: { topic: "weak/a", value: 42 } },
  ]);
  expect((await client.listConnections()).items).toMatchObject([
    { name: "historian", kind: "http", url: "http://127.0.0.1:1/write", secrets: ["token"] },
  ]);
  expect((await client.listDrivers()).items).toMatchObject([{ name: "plant", kind: "simulator", state: "stopped" }]);
  expect((await client.nodeTypes()).map(({ name }) => name)).toContain("trip");
  expect((await client.listTokens()).items.map(({ name, role }) => [name, role])).toEqual([
    ["admin", "admin"],
    ["ann", "viewer"],
  ]);
  expect((await client.audit({ limit: 200 })).items.length).toBeGreaterThan(8);
  expect(await client.auditVerdict()).toEqual({ isIntact: true });
});

test("a flow goes on from the state that an older gateway saved, and again after the next start", async () => {
  const push = dialPush({ address: gateway.addresses[0]! });
  const reading = { tag: "line/a", timestampNs: 1_000_000_000n, quality: 0, value: 7 } as const;
  push.send(encodeTagUpdateBatch({ source: "test", updates: [reading] }));
  await eventually(async () => {
    const written = await readFile(path.join(dataDir, "output/counts.jsonl"), "utf8");
    expect(JSON.parse(written.trim().split("\n").at(-1)!)).toMatchObject({ topic: "line/a", value: countedBefore + 1 });
  });
  await push.close();
  await client.rollBack(counts, { expected: 3, generation: 2 });
  await gateway.close();
  await open();
  expect(await client.getFlow(counts)).toMatchObject({ generation: 4, condition: "running" });
});
