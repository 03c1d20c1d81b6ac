// A backup of a gateway that is at work, restored elsewhere: the same flows, with their state, under the same tokens.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually, flowfusion } from "../system/gateway-process.ts";
import { GatewayChild, token } from "./child.ts";
import { countAt, countingFlow } from "./counting-flow.ts";

const boiler = parseFlowName("boiler");
const variant = await countingFlow(boiler);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-backup-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a backup that is taken while data flows and versions change brings flows and their state back", async () => {
  const file = path.join(folder, "gateway.backup");
  const dataDir = path.join(folder, "first");
  let clock = 1_000_000_000n;
  {
    await using gateway = await GatewayChild.startSound(dataDir);
    const { digest } = await gateway.client.uploadArtefact(variant(1).wasm);
    let { generation } = await gateway.client.deployFlow(boiler, { artefact: digest, expected: "absent" });
    for (let reading = 0; reading < 5; reading++) gateway.feed(boiler, ++clock);
    expect(await countAt(dataDir, boiler, clock)).toBe(5);
    const counted = Date.now();
    gateway.feed(boiler, ++clock);
    await eventually(async () => {
      expect((await gateway.client.stats(boiler)).checkpoint?.savedAtMs ?? 0).toBeGreaterThanOrEqual(counted);
    });
    const backingUp = flowfusion("gateway", "backup", file, "--gateway", gateway.url, "--token", token, "--json");
    let isDone = false;
    void backingUp.then(() => {
      isDone = true;
    });
    // Of more than 200 the first is forgotten.
    for (let number = 2; !isDone && number <= 150; number++) {
      const { wasm, digest: artefact } = variant(number);
      await gateway.client.uploadArtefact(wasm);
      ({ generation } = await gateway.client.deployFlow(boiler, { artefact, expected: generation }));
      gateway.feed(boiler, ++clock);
    }
    expect(await backingUp).toMatchObject({ code: 0, stderr: "" });
  }
  const restored = path.join(folder, "second");
  expect(await flowfusion("gateway", "restore", file, "--data", restored)).toMatchObject({ code: 0, stderr: "" });
  await using gateway = await GatewayChild.startSound(restored);
  const status = (await gateway.client.getFlow(boiler))!;
  const { items: deployments } = await gateway.client.deployments({ limit: 200 });
  expect(deployments.at(-1)).toMatchObject({ flow: boiler, phase: "healthy", artefact: variant(1).digest });
  expect(status).toMatchObject({ condition: "running", recovery: { refused: [] } });
  expect(await gateway.client.flowArtefact(boiler)).toBeDefined();
  gateway.feed(boiler, ++clock);
  expect(await countAt(restored, boiler, clock)).toBeGreaterThanOrEqual(6);
  // Of the versions before, only the last are kept, with their artefacts.
  await gateway.client.uploadArtefact(variant(1).wasm);
  await gateway.client.deployFlow(boiler, { artefact: variant(1).digest, expected: status.generation });
});

test("a restore says what is wrong: a file that is no backup, or a folder that is in use", async () => {
  const dataDir = path.join(folder, "data");
  await using gateway = await GatewayChild.startSound(dataDir);
  const file = path.join(folder, "gateway.backup");
  await flowfusion("gateway", "backup", file, "--gateway", gateway.url, "--token", token);
  const inUse = await flowfusion("gateway", "restore", file, "--data", dataDir);
  expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining("FF_BACKUP_FOLDER") });
  const noBackup = await flowfusion(
    "gateway",
    "restore",
    path.join(dataDir, "gateway.db"),
    "--data",
    path.join(folder, "x"),
  );
  expect(noBackup).toMatchObject({ code: 1, stderr: expect.stringContaining("FF_BACKUP_INVALID") });
});
