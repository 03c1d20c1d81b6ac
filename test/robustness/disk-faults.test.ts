// A disk that is full, fails or is read-only: data flows on, the agent says what is wrong, nothing is half-written or deployed, and
// all is well again by itself once the disk is. The full disk is a real one, a small file system in memory.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FlowName, parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, type TestContext, test } from "vitest";
import { eventually } from "../system/gateway-process.ts";
import { type Armed, GatewayChild } from "./child.ts";
import { countAt, countingFlow } from "./counting-flow.ts";

const boiler: FlowName = parseFlowName("boiler");
const variant = await countingFlow(boiler);
const fileBytes = 64 * 1024;
let dataDir: string;
/** Readings come a nanosecond apart from here on. */
const begin = 1_000_000_000n;
let clock: bigint;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "ff-disk-"));
  clock = begin;
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** The flow runs as its first version; the second one is there to be deployed. */
async function deployed(): Promise<GatewayChild> {
  const gateway = await GatewayChild.startSound(dataDir);
  const { digest } = await gateway.client.uploadArtefact(variant(1).wasm);
  await gateway.client.deployFlow(boiler, { artefact: digest, expected: "absent" });
  await gateway.client.uploadArtefact(variant(2).wasm);
  await run(gateway);
  return gateway;
}

/** One reading goes through the flow. */
async function run(gateway: GatewayChild): Promise<void> {
  const { messagesIn } = await gateway.client.stats(boiler);
  gateway.feed(boiler, ++clock);
  await eventually(async () => {
    expect(await gateway.client.stats(boiler)).toMatchObject({ messagesIn: messagesIn + 1, condition: "running" });
  });
}

/** Once it answers so whether it is ready, which is as of the last second. */
const stateOnce = (gateway: GatewayChild, ready: 200 | 503) =>
  eventually(async () => {
    const state = await stateOf(gateway);
    expect(state.ready).toBe(ready);
    return state;
  });

const stateOf = async (gateway: GatewayChild) => ({
  ready: (await gateway.request("GET", "/readyz")).status,
  alive: (await gateway.request("GET", "/healthz")).status,
  storage: (await gateway.client.gateway()).storage,
  metric: /^flowfusion_storage_writable (\d)$/m.exec(await (await gateway.request("GET", "/metrics")).text())?.[1],
});

async function expectNothingHalfWritten(): Promise<void> {
  // A checkpoint may be on its way at any moment.
  await eventually(async () => {
    const names = await readdir(dataDir, { recursive: true });
    expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
  });
}

/** The disk takes nothing: data flows on, and who asks is told why. */
async function expectUnwritable(gateway: GatewayChild, why: RegExp): Promise<void> {
  const failed = async () => (await gateway.client.stats(boiler)).checkpointFailures;
  const before = await failed();
  await run(gateway);
  await eventually(async () => expect(await failed()).toBeGreaterThan(before));
  expect((await gateway.client.stats(boiler)).checkpointError).toMatch(why);
  const { alive, storage, metric } = await stateOnce(gateway, 503);
  expect({ alive, metric }).toEqual({ alive: 200, metric: "0" });
  expect(storage).toMatchObject({ isWritable: false, reason: expect.stringMatching(why) });
  const refused = { code: "FF_STORE_WRITE", status: 507, message: expect.stringMatching(why) };
  await expect(gateway.client.uploadArtefact(variant(3).wasm)).rejects.toMatchObject(refused);
  expect(await gateway.client.hasArtefact(variant(3).digest)).toBe(false);
  await expectNothingHalfWritten();
  expect(await gateway.client.getFlow(boiler)).toMatchObject({ generation: 1, artefact: variant(1).digest });
}

/** A deploy is refused where the disk does not take what it is recorded by, and the version before goes on. */
async function expectDeployRefused(gateway: GatewayChild, why: RegExp): Promise<void> {
  const deploying = gateway.client.deployFlow(boiler, { artefact: variant(2).digest, expected: 1 });
  await expect(deploying).rejects.toMatchObject({
    ...{ code: "FF_DEPLOY_COMMIT", step: "commit" },
    message: expect.stringMatching(new RegExp(`(${why.source}).*generation 1 was put back`)),
  });
  await run(gateway);
  expect(await gateway.client.stats(boiler)).toMatchObject({ digest: variant(1).digest, condition: "running" });
  expect(await gateway.client.getFlow(boiler)).toMatchObject({ generation: 1, artefact: variant(1).digest });
}

/** Once it has been written, which takes a disk: each reading was counted, whatever came to run in between. */
const expectAllCounted = async (): Promise<void> =>
  expect(await countAt(dataDir, boiler, clock)).toBe(Number(clock - begin));

async function expectRecovered(gateway: GatewayChild): Promise<void> {
  await run(gateway);
  await expectAllCounted();
  // One that was on its way may have failed since.
  await eventually(async () => expect((await gateway.client.stats(boiler)).checkpointError).toBeUndefined());
  const { storage, metric } = await stateOnce(gateway, 200);
  expect({ isWritable: storage.isWritable, metric }).toEqual({ isWritable: true, metric: "1" });
  const { digest } = variant(2);
  await gateway.client.deployFlow(boiler, { artefact: digest, expected: 1 });
  await run(gateway);
  await expectAllCounted();
  await gateway.end("SIGKILL");
  await using again = await GatewayChild.startSound(dataDir);
  expect(await again.client.getFlow(boiler)).toMatchObject({ generation: 2, condition: "running", artefact: digest });
}

describe("a disk that fails", () => {
  test.each<readonly [string, Armed, RegExp]>([
    ["EIO on fsync", { point: "disk.fsync", action: "EIO", hits: 1 }, /input\/output error|EIO/],
    [
      "EROFS, a file system that turned read-only",
      { point: "disk.write", action: "EROFS", hits: 1 },
      /read-only|EROFS/,
    ],
  ])("with %s stops no data, and is over when it is over", async (_what, fault, why) => {
    await using gateway = await deployed();
    await gateway.arm(fault);
    await expectUnwritable(gateway, why);
    // The database is on the same disk, and does not write by way of those points.
    await gateway.arm({ point: "commit.inside", action: fault.action, hits: 1 });
    await expectDeployRefused(gateway, why);
    await gateway.arm(undefined);
    await expectRecovered(gateway);
  });
});

describe("a disk that is full", () => {
  test("stops no data, and is over once there is space", async (context) => {
    await using _disk = smallDisk(context);
    await using gateway = await deployed();
    const filler = await fill();
    await expectUnwritable(gateway, /no space|ENOSPC/);
    await expectDeployRefused(gateway, /database or disk is full/);
    await expect(gateway.client.backup()).rejects.toMatchObject({ code: "FF_STORE_WRITE", status: 507 });
    await rm(filler);
    await expectRecovered(gateway);
  });

  test("does not keep a gateway from starting with what is recorded", async (context) => {
    await using _disk = smallDisk(context);
    await (await deployed())[Symbol.asyncDispose]();
    await fill();
    await using gateway = await GatewayChild.startSound(dataDir);
    // The database is shorter once it was closed and opened.
    await fill();
    await expectUnwritable(gateway, /no space|ENOSPC/);
    await expectDeployRefused(gateway, /database or disk is full/);
  });
});

test("a database that somebody removes under the gateway stops no data, and nothing is acknowledged that a start would not find", async () => {
  await using gateway = await deployed();
  const { digest } = await gateway.client.uploadArtefact(variant(2).wasm);
  await rm(path.join(dataDir, "gateway.db"));
  const isReplaced = { code: "FF_STORE_REPLACED", status: 507 };
  await expect(gateway.client.deployFlow(boiler, { artefact: digest, expected: 1 })).rejects.toMatchObject(isReplaced);
  await expect(gateway.client.deleteFlow(boiler, { expected: 1 })).rejects.toMatchObject({ status: 507 });
  await run(gateway);
  expect(await gateway.client.stats(boiler)).toMatchObject({ digest: variant(1).digest });
  const reason = expect.stringContaining("gateway.db was removed");
  expect(await stateOnce(gateway, 503)).toMatchObject({ alive: 200, storage: { isWritable: false, reason } });
});

test("a read-only folder is refused at the start, with the folder and the reason", async (context) => {
  await using _disk = smallDisk(context);
  await (await deployed())[Symbol.asyncDispose]();
  mount("remount,ro");
  expect(await GatewayChild.start(dataDir)).toMatch(new RegExp(`${dataDir}.*(read-only|cannot be opened)`));
});

/** A file system of a few MB at the data folder. */
function smallDisk(context: TestContext): AsyncDisposable {
  try {
    mount("size=3m");
  } catch (error) {
    context.skip(`no file system can be mounted here: ${(error as Error).message.trim()}`);
  }
  return {
    async [Symbol.asyncDispose]() {
      execFileSync("umount", ["--lazy", dataDir]);
    },
  };
}

function mount(options: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", dataDir], { stdio: "pipe" });
}

/** Writes until nothing more fits. */
async function fill(): Promise<string> {
  const filler = path.join(dataDir, `filler-${randomUUID()}`);
  const file = await open(filler, "w");
  try {
    for (let bytes = fileBytes; bytes >= 1; ) {
      const { bytesWritten } = await file.write(new Uint8Array(bytes)).catch(() => ({ bytesWritten: 0 }));
      if (bytesWritten < bytes) bytes = Math.floor(bytes / 2);
    }
  } finally {
    await file.close();
  }
  return filler;
}
