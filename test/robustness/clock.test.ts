// The clock of a gateway jumps while it works: ahead, as after a wrong setting, and far back, as after a loss of power without a
// battery. Only the time of day jumps, in the process itself; the machine's own clock is left alone.

import { execFileSync, spawnSync } from "node:child_process";
import { access, constants, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { eventually } from "../system/gateway-process.ts";
import { GatewayChild } from "./child.ts";
import { countAt, countingFlow } from "./counting-flow.ts";

const boiler = parseFlowName("boiler");
const beat = parseFlowName("beat");
const held = parseFlowName("held");
const hourSeconds = 60 * 60;
const yearSeconds = 365 * 24 * hourSeconds;
const jumps = [
  ["a day ahead", 24 * hourSeconds, "refused"],
  ["two days back from there", -24 * hourSeconds, "valid"],
  ["as far back as a clock without a battery starts", -50 * yearSeconds, "valid"],
  ["and right again", 0, "valid"],
] as const;

test("a clock that jumps stops neither flows, timers, drivers nor checkpoints, and a restart goes on from the newest state", async (context) => {
  if (process.platform !== "linux" || spawnSync("clang", ["--version"]).status !== 0) {
    context.skip("a clock is shifted on Linux alone, by a library that clang makes");
  }
  const folder = await mkdtemp(path.join(tmpdir(), "ff-clock-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const [dataDir, library, shift] = ["data", "shifted-clock.so", "shift"].map((name) => path.join(folder, name));
  const source = path.join(import.meta.dirname, "clock/shifted-clock.c");
  execFileSync("clang", ["-shared", "-fPIC", "-O1", "-o", library!, source]);
  const setShift = (seconds: number) => setSeconds(shift!, seconds);
  await setShift(0);
  const shifted = ["env", `LD_PRELOAD=${library}`, `SHIFTED_CLOCK=${shift}`];

  let gateway = cleanup.use(await GatewayChild.startSound(dataDir!, undefined, shifted));
  await deployAll(gateway);
  const expiresAt = new Date(Date.now() + hourSeconds * 1000).toISOString();
  const { token } = await gateway.client.createToken({ name: "ann", role: "viewer", expiresAt });

  let timestampNs = 1_000_000_000n;
  let count = 0;
  const feed = async () => {
    gateway.feed(boiler, ++timestampNs);
    expect(await countAt(dataDir!, boiler, timestampNs)).toBe(++count);
  };
  gateway.feed(held, timestampNs);
  // Meanwhile its tag is silent, for several ticks.
  await expectGoesOn(gateway, dataDir!);
  for (const [_how, seconds, tokenIs] of jumps) {
    await setShift(seconds);
    await feed();
    const saved = (await gateway.client.stats(boiler)).checkpoint?.sequence ?? 0;
    await feed();
    await eventually(async () => {
      const { checkpoint, checkpointError } = await gateway.client.stats(boiler);
      expect([checkpointError, (checkpoint?.sequence ?? 0) > saved]).toEqual([undefined, true]);
      // The gateway does see the jump.
      expect(Math.abs(checkpoint!.savedAtMs - Date.now() - seconds * 1000)).toBeLessThan(hourSeconds * 1000);
    });
    await expectGoesOn(gateway, dataDir!);
    // Nor is anything taken for older than it is.
    const { startedAt } = await gateway.client.gateway();
    const plant = await gateway.client.getDriver("plant");
    for (const began of [startedAt, plant!.startedAt!]) {
      expect(Math.abs(Date.parse(began) - Date.now() - seconds * 1000)).toBeLessThan(hourSeconds * 1000);
    }
    const ann = new GatewayClient({ endpoint: gateway.url, token, retry: { attemptsMax: 1 } });
    if (tokenIs === "valid") await ann.gateway();
    else await expect(ann.gateway()).rejects.toMatchObject({ code: "FF_API_UNAUTHORIZED" });
    expect((await gateway.request("GET", "/readyz")).status).toBe(200);

    await gateway.end("SIGKILL");
    gateway = cleanup.use(await GatewayChild.startSound(dataDir!, undefined, shifted));
    // At most one reading came behind the checkpoint that was seen.
    gateway.feed(boiler, ++timestampNs);
    const restored = (await countAt(dataDir!, boiler, timestampNs)) - 1;
    expect(restored).toBeGreaterThanOrEqual(count - 1);
    count = restored + 1;
  }
  // What waits for an hour has not found it over.
  await expect(access(path.join(dataDir!, "output/held.jsonl"))).rejects.toThrow("ENOENT");
});

async function deployAll({ client }: GatewayChild): Promise<void> {
  const { digest: counting } = await client.uploadArtefact((await countingFlow(boiler))(1).wasm);
  await client.deployFlow(boiler, { artefact: counting, expected: "absent" });
  const { wasm } = await fuseDocument({
    nodes: { in: { type: "timer", props: { intervalMs: 50 } }, out: { type: "file", props: { path: "beat.jsonl" } } },
    wires: ["in.out -> out.in"],
  });
  const { digest: beating } = await client.uploadArtefact(wasm);
  await client.deployFlow(beat, { artefact: beating, expected: "absent" });
  const { wasm: holding } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: [held] } },
      hold: { type: "debounce", props: { holdMs: hourSeconds * 1000 } },
      out: { type: "file", props: { path: "held.jsonl" } },
    },
    wires: ["in.out -> hold.in", "hold.out -> out.in"],
  });
  const { digest: waiting } = await client.uploadArtefact(holding);
  await client.deployFlow(held, { artefact: waiting, expected: "absent" });
  const config = { updatesPerSecond: 200, tags: 2 };
  await client.putDriver("plant", { kind: "simulator", config }, { expected: "absent" });
}

/** The timer goes off, and the driver sends. */
async function expectGoesOn({ client }: GatewayChild, dataDir: string): Promise<void> {
  const file = path.join(dataDir, "output/beat.jsonl");
  // There is none before the first beat.
  const beats = async () => (await readFile(file, "utf8").catch(() => "")).split("\n").length;
  const plant = async () => (await client.getDriver("plant"))!;
  const before = { beats: await beats(), updates: (await plant()).updates };
  await eventually(async () => {
    expect(await beats()).toBeGreaterThan(before.beats + 3);
    expect(await plant()).toMatchObject({ state: "running", device: "connected", restarts: 0 });
    expect((await plant()).updates).toBeGreaterThan(before.updates);
  });
}

/** In place: the file is mapped into the gateway. */
async function setSeconds(file: string, seconds: number): Promise<void> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT);
  await handle.write(new Uint8Array(BigInt64Array.of(BigInt(seconds)).buffer), 0, 8, 0);
  await handle.close();
}
