// Data folders that older gateways wrote, not ones that today's code makes look old. In `stores`, the backup was taken from a
// gateway of schema 6 at work; the archive is the data folder of a gateway of schema 8, the last one before this, as it left it
// at its stop. The present one brings them up to date and goes on with all that is in them.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { GatewayClient } from "@flowfusion/client";
import { type Gateway, type GatewayOptions, restoreBackup, startGateway } from "@flowfusion/engine";
import { type FlowName, parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { dialPush } from "@flowfusion/transport";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../system/gateway-process.ts";

/** What the older gateways were started with; the newer one knows but its hash. */
const token = "store-fixture-token-0123456789abcdef";
const counts = parseFlowName("counts");
const weak = parseFlowName("weak");
const signed = parseFlowName("signed");
/** Readings that the older gateways counted. */
const countedBefore = 5;

let dataDir: string;
let gateway: Gateway;
/** Of the gateway that is open, if one is. */
let close: () => Promise<void>;
let client: GatewayClient;

beforeEach(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), "ff-older-")), "data");
  close = async () => {};
});
afterEach(async () => {
  await close();
  await rm(path.dirname(dataDir), { recursive: true });
});

const stored = (name: string) => path.join(import.meta.dirname, "stores", name);

async function open(options: Partial<GatewayOptions> = {}): Promise<void> {
  gateway = await startGateway({ dataDir, ingest: ["tcp://127.0.0.1:0"], log: { level: "silent" }, ...options });
  close = () => gateway.close();
  client = clientOf(token);
}

const clientOf = (of: string) => new GatewayClient({ endpoint: gateway.url, token: of, retry: { attemptsMax: 1 } });

async function push(value: number): Promise<void> {
  const socket = dialPush({ address: gateway.addresses[0]! });
  const reading = { tag: "line/a", timestampNs: 1_000_000_000n, quality: 0, value } as const;
  socket.send(encodeTagUpdateBatch({ source: "test", updates: [reading] }));
  await socket.close();
}

async function writesLast(file: string, value: number): Promise<void> {
  await eventually(async () => {
    const written = await readFile(path.join(dataDir, "output", file), "utf8");
    expect(JSON.parse(written.trim().split("\n").at(-1)!)).toMatchObject({ topic: "line/a", value });
  });
}

const versionsOf = async (flow: FlowName) =>
  (await client.versions(flow)).items.map(({ generation, action }) => `${generation} ${action}`);

async function deploymentsSeen(): Promise<readonly string[]> {
  return (await client.deployments()).items.map(({ flow, phase }) => `${flow} ${phase}`);
}

describe("a backup that a gateway of schema 6 took", () => {
  beforeEach(async () => {
    await restoreBackup(gunzipSync(await readFile(stored("schema-6.backup.gz"))), dataDir);
    await open();
  });

  test("holds all that it kept: flows, versions, deploys, dead letters, connections, drivers, node types", async () => {
    expect((await client.listFlows()).items).toMatchObject([
      { name: "counts", generation: 3, condition: "running", recovery: { refused: [] } },
      { name: "weak", generation: 1 },
    ]);
    expect(await versionsOf(counts)).toEqual(["3 rollback", "2 deploy", "1 deploy"]);
    expect(await deploymentsSeen()).toEqual([
      ...["weak healthy", "gone healthy"],
      ...["counts healthy", "counts healthy", "counts healthy"],
    ]);
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

  test("is gone on from: a flow takes up the state that was saved, and again after the next start", async () => {
    await push(7);
    await writesLast("counts.jsonl", countedBefore + 1);
    await client.rollBack(counts, { expected: 3, generation: 2 });
    await close();
    await open();
    expect(await client.getFlow(counts)).toMatchObject({ generation: 4, condition: "running" });
  });
});

describe("the data folder that a gateway of schema 8 left", () => {
  /** By name; what they are for comes from the store. */
  const tokens = {
    ann: "ff_oGJMDxjXwNN0mDRnYqg-pK2CUKYOBfd8Z1W6NgBlkDM",
    otto: "ff_brrrD6lKMTX1R_AH7JUAPn0W_6RCI7ck25zasnJA3mA",
    ada: "ff_aF-rB2Ik0tA_iBWlVEJCZs7pn8hWh_Gr3WdWgU9IYQQ",
  };
  /** Of who signed the releases 3 and 4 of the flow `signed`. */
  const publisher =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAFQWKalE7mAbacZVi7jSVxlOY6scCRCxVMmiBJidMxHA=\n-----END PUBLIC KEY-----\n";
  const sumBefore = 1 + 2 + 3 + 4 + 5;

  beforeEach(async () => {
    execFileSync("tar", ["-xzf", stored("schema-8.tar.gz"), "-C", path.dirname(dataDir)]);
  });

  /** The older gateway could not know the port; through the API, a connection that leads elsewhere loses its secrets. */
  function leadHistorianTo(port: number): void {
    const database = new DatabaseSync(path.join(dataDir, "gateway.db"));
    const change = "UPDATE connections SET settings = replace(settings, '127.0.0.1:1/', ?) WHERE name = 'historian'";
    expect(database.prepare(change).run(`127.0.0.1:${port}/`).changes).toBe(1);
    database.close();
  }

  test("holds all that it kept, with who changed it and what with", async () => {
    await open();
    expect((await client.listFlows()).items).toMatchObject([
      { name: "counts", generation: 3, condition: "running", recovery: { refused: [] } },
      { name: "signed", generation: 2, condition: "running" },
      { name: "sums", generation: 1, condition: "running", recovery: { refused: [] } },
      { name: "weak", generation: 1 },
    ]);
    expect(await versionsOf(counts)).toEqual(["3 rollback", "2 deploy", "1 deploy"]);
    expect((await client.versions(counts)).items[1]).toMatchObject({
      ...{ by: "admin", via: "cli", options: { limits: { fuelPerMessage: 50_000 } } },
    });
    expect(await versionsOf(parseFlowName("gone"))).toEqual(["2 delete", "1 deploy"]);
    expect((await client.version(counts, 1)).graph!.nodes.map(({ id }) => id)).toEqual(["http", "in", "node", "out"]);
    expect(await deploymentsSeen()).toEqual([
      ...["gone healthy", "counts healthy", "counts healthy", "weak healthy"],
      ...["sums healthy", "counts healthy", "signed healthy", "signed healthy"],
    ]);
    const letters = (await client.deadLetters(weak)).items;
    expect(letters.map(({ id, node, message }) => [id, node, message])).toMatchObject(
      [1, 2, 3, 4, 5].map((value) => [value, "node", { topic: "line/a", value }]),
    );
    expect(await client.layout(counts)).toMatchObject({
      ...{ generation: 1, nodes: { in: { x: 1, y: 2 }, node: { x: 3, y: 4 }, out: { x: 5, y: 6 } } },
    });
    expect((await client.listDrivers()).items).toMatchObject([
      { name: "line", kind: "mqtt", state: "stopped", secrets: ["password"] },
      { name: "plant", kind: "simulator", state: "stopped", config: { tags: 3 } },
    ]);
    expect(await client.getNodeType("trip")).toMatchObject({ uploaded: { by: "admin", generation: 1 } });
    expect(await client.auditVerdict()).toEqual({ isIntact: true });
    const audit = (await client.audit({ limit: 200 })).items.map(({ action, target }) => [action, target]);
    expect(audit).toContainEqual(["rollBackFlow", "/v1/flows/counts/rollback"]);
    expect(audit.at(-1)).toMatchObject(["putArtefact", expect.any(String)]);
  });

  test("is gone on from: flows count and add up from the state that was saved, through another start", async () => {
    await open();
    await push(7);
    await writesLast("counts.jsonl", countedBefore + 1);
    await writesLast("sums.jsonl", sumBefore + 7);
    await client.rollBack(counts, { expected: 3, generation: 2 });
    await close();
    await open();
    expect(await client.getFlow(counts)).toMatchObject({ generation: 4, condition: "running" });
    await push(8);
    await writesLast("counts.jsonl", countedBefore + 2);
    await writesLast("sums.jsonl", sumBefore + 15);
  });

  test("lets in who had a token, to what its role allows, and nobody whose token was revoked", async () => {
    await open();
    expect((await client.listTokens()).items.map(({ name, role }) => [name, role])).toEqual([
      ...[
        ["ada", "admin"],
        ["admin", "admin"],
        ["ann", "viewer"],
        ["otto", "operator"],
      ],
    ]);
    for (const [name, role] of [
      ["ann", "viewer"],
      ["otto", "operator"],
      ["ada", "admin"],
    ] as const) {
      expect(await clientOf(tokens[name]).session()).toMatchObject({ name, role });
    }
    const denied = { code: "FF_API_FORBIDDEN" };
    await expect(clientOf(tokens.ann).rollBack(counts, { expected: 3, generation: 2 })).rejects.toMatchObject(denied);
    await expect(clientOf(tokens.otto).listTokens()).rejects.toMatchObject(denied);
    expect(await clientOf(tokens.otto).rollBack(counts, { expected: 3, generation: 2 })).toMatchObject({
      ...{ generation: 4, deployedBy: "otto" },
    });
  });

  test("opens its secrets, and sends what waited for the historian with them", async () => {
    const received: (readonly [authorization: string | undefined, value: unknown])[] = [];
    const historian = createServer(async (request, response) => {
      const posted = JSON.parse(await text(request)) as { value: unknown }[];
      for (const { value } of posted) received.push([request.headers.authorization, value]);
      response.end();
    });
    await once(historian.listen(0, "127.0.0.1"), "listening");
    try {
      leadHistorianTo((historian.address() as AddressInfo).port);
      await open();
      await eventually(() => {
        expect(received).toEqual([1, 2, 3, 4, 5].map((value) => ["Bearer secret-of-the-historian", value]));
      });
    } finally {
      historian.closeAllConnections();
      historian.close();
    }
  });

  test("runs releases of its publisher, and none that is older than the one that ran", async () => {
    const file = path.join(path.dirname(dataDir), "publisher.pem");
    await writeFile(file, publisher);
    await open({ publisherKeyFiles: [file] });
    expect(await client.getFlow(signed)).toMatchObject({ generation: 2, condition: "running" });
    const { artefact } = (await client.versions(signed)).items[1]!;
    const older = client.deployFlow(signed, { artefact: artefact!, expected: 2 });
    await expect(older).rejects.toMatchObject({ code: "FF_RELEASE_OLD" });
  });
});
