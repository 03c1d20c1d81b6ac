// The simulator as a process against a real PULL socket.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { freePort } from "@flowfusion/testkit";
import { listenPull, type PullSocket } from "@flowfusion/transport";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { Simulator, type SimulatorSummary } from "./index.ts";

const main = join(import.meta.dirname, "main.ts");
const folder = mkdtempSync(join(tmpdir(), "ff-"));
const children: ChildProcess[] = [];
const sockets: PullSocket[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const socket of sockets.splice(0)) await socket.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

function simulate(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const exited = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const summary = async (): Promise<SimulatorSummary> => JSON.parse((await exited).stdout);
  return { child, exited, summary, told: () => stderr };
}

async function receiver(address = "tcp://127.0.0.1:0") {
  const updates: TagUpdate[] = [];
  const batchSizes: number[] = [];
  const sources = new Set<string>();
  const pull = await listenPull({
    address,
    onFrame: (frame) => {
      const batch = decodeTagUpdateBatch(frame);
      sources.add(batch.source);
      batchSizes.push(batch.updates.length);
      updates.push(...batch.updates);
    },
  });
  sockets.push(pull);
  return { pull, updates, batchSizes, sources };
}

const settled = (check: () => void) => vi.waitFor(check, { timeout: 120_000, interval: 10 });

function expectIncreasing(updates: readonly TagUpdate[]): void {
  const disorder = updates.findIndex((it, i) => i > 0 && it.timestampNs <= updates[i - 1]!.timestampNs);
  expect(disorder, "index of the first update that is not later than the one before").toBe(-1);
}

describe.each(["tcp://127.0.0.1:0", `ipc://${folder}/pull.sock`])("to %s", (address) => {
  test("exactly the number of updates asked for arrives, in order, none twice", async () => {
    const { pull, updates, batchSizes, sources } = await receiver(address);
    const args = [
      "--push",
      pull.address,
      "--count",
      "20011",
      "--rate",
      "50000",
      "--batch",
      "64",
      "--source",
      "it",
      "--json",
    ];
    const run = simulate(...args);
    const summary = await run.summary();
    expect(summary).toMatchObject({ sent: 20_011, dropped: 0, batchesInDoubt: 0, connects: 1 });
    await settled(() => expect(updates.length).toBe(20_011));
    expectIncreasing(updates);
    expect(summary.batches).toBe(batchSizes.length);
    expect(Math.max(...batchSizes)).toBeLessThanOrEqual(64);
    expect([...sources]).toEqual(["it"]);
    const parts = updates.filter((it) => it.tag === "line/3/parts").map((it) => it.value);
    expect(parts).toEqual(parts.map((_, i) => BigInt(i + 1)));
    expect((await run.exited).code).toBe(0);
  });
});

test("the same seed sends the same values, another seed others", async () => {
  const valuesOf = async (seed: string) => {
    const { pull, updates } = await receiver();
    await simulate("--push", pull.address, "--count", "3000", "--rate", "50000", "--seed", seed).exited;
    await settled(() => expect(updates.length).toBe(3000));
    return updates.map(({ tag, value, quality }) => ({ tag, value, quality }));
  };
  const first = await valuesOf("5");
  expect(await valuesOf("5")).toEqual(first);
  expect(await valuesOf("6")).not.toEqual(first);
});

test("the rate asked for is held: never more is made, and what stalls leave owing is at most a second's worth", async () => {
  const { pull } = await receiver();
  const rate = 20_000;
  const run = simulate("--push", pull.address, "--rate", String(rate), "--duration-ms", "2000", "--json");
  const { sent, dropped, forgone, seconds } = await run.summary();
  const made = sent + dropped + forgone;
  const secondsRounded = 0.001;
  expect(made).toBeLessThanOrEqual(rate * (seconds + secondsRounded));
  expect(made).toBeGreaterThan(rate * (seconds - 1 - secondsRounded) - 1);
});

test("a receiver that pauses makes it wait: nothing is dropped, and the wait is reported", async () => {
  const { pull, updates } = await receiver();
  const plant = { tags: 350, seed: 1, source: "it" };
  const simulator = new Simulator({ push: pull.address, rate: 2_000_000, batch: 10_000, count: 600_000, ...plant });
  await settled(() => expect(updates.length).toBeGreaterThan(0));
  pull.pause();
  let made = 0;
  await settled(() => {
    const before = made;
    made = simulator.progress.updates;
    expect([simulator.progress.isWaiting, made]).toEqual([true, before]);
  });
  const whilePaused = updates.length;
  pull.resume();
  const summary = await simulator.finished;
  expect(summary).toMatchObject({ sent: 600_000, dropped: 0 });
  expect(summary.waits).toBeGreaterThan(0);
  expect(summary.waitMs).toBeGreaterThan(0);
  await settled(() => expect(updates.length).toBe(600_000));
  expect(whilePaused).toBeLessThan(600_000);
  expectIncreasing(updates);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "on %s what is made is sent, the summary printed, and all of it arrives",
  async (signal) => {
    const { pull, updates } = await receiver();
    const run = simulate("--push", pull.address, "--rate", "20000", "--json");
    await settled(() => expect(updates.length).toBeGreaterThan(2000));
    run.child.kill(signal);
    const { code } = await run.exited;
    const { sent, dropped } = await run.summary();
    expect({ code, dropped }).toEqual({ code: 0, dropped: 0 });
    await settled(() => expect(updates.length).toBe(sent));
  },
);

test("it waits for a receiver that does not take it yet, and ends cleanly when none comes", async () => {
  const knocks: Socket[] = [];
  const closed = createServer((socket) => knocks.push(socket.destroy()));
  await once(closed.listen(0, "127.0.0.1"), "listening");
  const run = simulate("--push", `tcp://127.0.0.1:${(closed.address() as AddressInfo).port}`, "--json");
  await settled(() => expect(knocks.length).toBeGreaterThan(0));
  run.child.kill("SIGTERM");
  expect(await run.summary()).toMatchObject({ sent: 0, batches: 0, dropped: 0, seconds: 0, connects: 0 });
  closed.close();
});

test("a receiver that is gone for good costs what was made since, and the exit code says so", async () => {
  const { pull, updates } = await receiver(`tcp://127.0.0.1:${await freePort()}`);
  const run = simulate("--push", pull.address, "--rate", "50000", "--json");
  await settled(() => expect(updates.length).toBeGreaterThan(1000));
  await pull.close();
  await settled(() => expect(run.told()).toContain("nobody listens"));
  run.child.kill("SIGTERM");
  expect((await run.exited).code).toBe(1);
  const { sent, dropped } = await run.summary();
  expect(dropped).toBeGreaterThan(0);
  expect(sent).toBeGreaterThanOrEqual(updates.length);
});

test("--help prints the options and succeeds", async () => {
  const { code, stdout } = await simulate("--help").exited;
  expect(code).toBe(0);
  expect(stdout).toContain("--duration-ms");
});

test("that finds nobody says so once, and again when somebody listens", async () => {
  const address = `ipc://${join(folder, "late.sock")}`;
  const { child } = simulate("--push", address, "--rate", "100");
  let told = "";
  child.stderr.on("data", (chunk) => {
    told += chunk;
  });
  await vi.waitFor(() => expect(told).toContain(`nobody listens at ${address}`), { timeout: 120_000 });
  await receiver(address);
  await vi.waitFor(() => expect(told).toContain(`connected to ${address}\n`), { timeout: 120_000 });
  expect(told.trim().split("\n")).toHaveLength(2);
});

describe("wrong options give exit code 2 and say what is wrong", () => {
  const push = ["--push", "tcp://127.0.0.1:1"];
  test.each([
    [[], "--push is missing"],
    [["--push", "udp://x"], 'address "udp://x": expected tcp://HOST:PORT or ipc://PATH'],
    [["--push", "tcp://x:99999"], "port 99999, at most 65535 allowed"],
    [[...push, "--rate", "0"], "--rate 0: expected a whole number from 1 to 10000000"],
    [[...push, "--rate", "fast"], "--rate fast: expected a whole number"],
    [[...push, "--batch", "1.5"], "--batch 1.5: expected a whole number from 1 to 10000"],
    [[...push, "--seed=-1"], "--seed -1: expected a whole number from 0 to 4294967295"],
    [[...push, "--source", ""], "--source: name of 0 bytes, 1 to 255 allowed"],
    [[...push, "--speed", "5"], "Unknown option '--speed'"],
    [[...push, "--count"], "--count"],
    [[...push, "stray"], "stray"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await simulate(...args).exited;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toContain("Try --help.");
  });
});
