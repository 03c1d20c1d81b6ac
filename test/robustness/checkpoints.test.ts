// Checkpoints that a disk has spoilt: found out, never loaded, moved aside, and told in the API, the metrics and the log.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FlowName, parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../system/gateway-process.ts";
import { GatewayChild } from "./child.ts";
import { countAt, countingFlow } from "./counting-flow.ts";

const boiler: FlowName = parseFlowName("boiler");
const variant = await countingFlow(boiler);
let dataDir: string;
let clock: bigint;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "ff-checkpoints-"));
  clock = 1_000_000_000n;
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const checkpointsOf = async () => {
  const names = await readdir(path.join(dataDir, "checkpoints"));
  return names.filter((name) => name.endsWith(".ckpt")).toSorted();
};
const pathOf = (name: string) => path.join(dataDir, "checkpoints", name);

async function count(gateway: GatewayChild): Promise<number> {
  gateway.feed(boiler, ++clock);
  return countAt(dataDir, boiler, clock);
}

/** Counts to `readings`, each of which is in a checkpoint of its own. */
async function runTo(readings: number, gateway: GatewayChild): Promise<void> {
  for (let reading = 1; reading <= readings; reading++) {
    const before = (await gateway.client.stats(boiler)).checkpoint?.sequence ?? 0;
    expect(await count(gateway)).toBe(reading);
    await eventually(async () => {
      expect((await gateway.client.stats(boiler)).checkpoint?.sequence ?? 0).toBeGreaterThan(before);
    });
  }
}

/** The one before the last two goes when the last has been told of. */
const superseded = () => eventually(async () => expect((await checkpointsOf()).length).toBeLessThanOrEqual(2));

async function deployFirst(gateway: GatewayChild): Promise<void> {
  const { digest } = await gateway.client.uploadArtefact(variant(1).wasm);
  await gateway.client.deployFlow(boiler, { artefact: digest, expected: "absent" });
}

async function runAndKill(readings: number): Promise<void> {
  await using gateway = await GatewayChild.startSound(dataDir);
  await deployFirst(gateway);
  await runTo(readings, gateway);
  await superseded();
}

const damages: readonly (readonly [string, (bytes: Buffer) => Uint8Array])[] = [
  ["cut", (bytes) => bytes.subarray(0, -1)],
  ["flipped in a bit", (bytes) => flipped(bytes, bytes.length - 40)],
];

function flipped(bytes: Buffer, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = copy[at]! ^ 0x10;
  return copy;
}

describe("a checkpoint", () => {
  test.each(damages)("that was %s is not loaded, and the one before is", async (_how, damage) => {
    await runAndKill(3);
    const [before, newest] = (await checkpointsOf()) as [string, string];
    await writeFile(pathOf(newest), damage(await readFile(pathOf(newest))));
    await using gateway = await GatewayChild.startSound(dataDir);
    const { recovery } = (await gateway.client.getFlow(boiler))!;
    expect(recovery).toMatchObject({ refused: [{ file: newest }], from: { generation: 1 } });
    expect(before).toContain(String(recovery!.from!.sequence));
    expect(await count(gateway)).toBe(3);
    const metrics = await (await gateway.request("GET", "/metrics")).text();
    expect(metrics).toContain('flowfusion_checkpoints_refused{flow="boiler"} 1\n');
    expect((await gateway.client.gateway()).storage.checkpointsRefused).toBe(1);
    expect(await readdir(pathOf("quarantine"))).toEqual([expect.stringContaining(newest)]);
  });

  test("of another flow, put under a flow's name, is not loaded", async () => {
    await runAndKill(1);
    const [name] = (await checkpointsOf()) as [string];
    const bytes = await readFile(pathOf(name));
    await rm(pathOf(name));
    {
      await using gateway = await GatewayChild.startSound(dataDir);
      const { digest } = await gateway.client.uploadArtefact(variant(1).wasm);
      await gateway.client.deployFlow(parseFlowName("kiln"), { artefact: digest, expected: "absent" });
    }
    await writeFile(pathOf(name.replace("boiler", "kiln")), bytes);
    await using gateway = await GatewayChild.startSound(dataDir);
    const { recovery } = (await gateway.client.getFlow(parseFlowName("kiln")))!;
    expect(recovery).toEqual({ refused: [{ file: expect.any(String), why: "it is of flow boiler" }] });
  });

  test("is the last word of a gateway that is told to stop", async () => {
    {
      await using gateway = await GatewayChild.startSound(dataDir);
      await deployFirst(gateway);
      for (let reading = 1; reading <= 5; reading++) expect(await count(gateway)).toBe(reading);
      expect(await gateway.end("SIGTERM")).toBe(0);
    }
    await using gateway = await GatewayChild.startSound(dataDir);
    expect(await count(gateway)).toBe(6);
    expect((await gateway.client.getFlow(boiler))!.recovery).toMatchObject({
      refused: [],
      from: { stateBytes: expect.any(Number) },
    });
  });

  test("goes with its flow: one of the same name begins anew", async () => {
    await using gateway = await GatewayChild.startSound(dataDir);
    await deployFirst(gateway);
    await runTo(2, gateway);
    await gateway.client.deleteFlow(boiler, { expected: 1 });
    expect(await checkpointsOf()).toEqual([]);
    await deployFirst(gateway);
    expect(await count(gateway)).toBe(1);
  });

  test("is kept twice for each flow, however many were written", async () => {
    await runAndKill(6);
    expect(await checkpointsOf()).toHaveLength(2);
  });
});
