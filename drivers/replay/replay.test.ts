// The replay driver as a process.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exitCodes } from "@flowfusion/driver-kit";
import { type Receiver, startDriver, startReceiver, type TestDriver } from "@flowfusion/driver-kit/testkit";
import { messageJson } from "@flowfusion/graph";
import { encodeTagUpdateBatch, joinRecording } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { replayKind } from "./kind.ts";

let cleanup: AsyncDisposableStack;
let gateway: Receiver;
let recordings: string;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  recordings = mkdtempSync(join(tmpdir(), "ff-recordings-"));
  cleanup.defer(() => rmSync(recordings, { recursive: true }));
  gateway = cleanup.use(await startReceiver());
});
afterEach(() => cleanup.disposeAsync());

function replay(config: object, push = gateway.address): TestDriver {
  return cleanup.use(startDriver({ kind: replayKind, push, config, recordings }));
}

const startNs = 1_769_860_800_000_000_000n;
/** `count` readings, `stepMs` apart. */
const readings = (count: number, stepMs: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...{ topic: "t", timestampNs: startNs + BigInt(n * stepMs) * 1_000_000n, quality: 0 as const, value: n },
  }));
const lines = (count: number, stepMs: number) => `${readings(count, stepMs).map(messageJson).join("\n")}\n`;
const values = () => gateway.updates.map(({ value }) => value);

describe("a recording", () => {
  test("of lines is sent to its end, as fast as it goes, and the driver is finished", async () => {
    writeFileSync(join(recordings, "day.jsonl"), lines(20_000, 1_000));
    const driver = replay({ path: "day.jsonl", speed: 0, timestamps: "recorded" });
    expect(await driver.exitCode).toBe(exitCodes.finished);
    await eventually(() => expect(gateway.updates).toHaveLength(20_000));
    expect(values()).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    expect(gateway.updates.at(-1)?.timestampNs).toBe(startNs + 19_999n * 1_000_000_000n);
    expect(driver.status()).toMatchObject({ updates: 20_000, dropped: 0 });
  });

  test("of batches keeps every kind of value", async () => {
    const kinds = [1n, 2.5, true, "x", Uint8Array.of(9), null];
    const updates = kinds.map((value) => ({ tag: "t", timestampNs: startNs, quality: 1 as const, value }));
    writeFileSync(join(recordings, "r.bin"), joinRecording([encodeTagUpdateBatch({ source: "d", updates })]));
    await replay({ path: "r.bin", speed: 0 }).exitCode;
    await eventually(() => expect(values()).toEqual(kinds));
  });

  test("keeps its pace, times the speed, and the distances exactly", async () => {
    writeFileSync(join(recordings, "day.jsonl"), lines(11, 1_000));
    const beforeMs = Date.now();
    expect(await replay({ path: "day.jsonl", speed: 20 }).exitCode).toBe(exitCodes.finished);
    expect(Date.now() - beforeMs).toBeGreaterThanOrEqual(500);
    await eventually(() => expect(gateway.updates).toHaveLength(11));
    const stamps = gateway.updates.map(({ timestampNs }) => timestampNs);
    expect(stamps.slice(1).map((stamp, index) => stamp - stamps[index]!)).toEqual(Array(10).fill(50_000_000n));
    expect(stamps[0]).toBeGreaterThan(BigInt(beforeMs) * 1_000_000n);
  });

  test("waits over a gap that is longer than a timer takes, until it is stopped", async () => {
    const gapMs = 25 * 24 * 3_600_000;
    writeFileSync(join(recordings, "day.csv"), `timestamp,t\n1000,1\n1001,2\n${1_001 + gapMs},3\n`);
    const driver = replay({ path: "day.csv", csv: { timestampUnit: "ms" } });
    await eventually(() => expect(values()).toEqual([1, 2]));
    await delay(300);
    expect(values()).toEqual([1, 2]);
    expect(await driver.stop()).toBe(0);
  });

  test("begins again at its end, where it is to, until the driver is stopped", async () => {
    writeFileSync(join(recordings, "day.csv"), "timestamp,t\n1000,1\n1001,2\n");
    const driver = replay({ path: "day.csv", csv: { timestampUnit: "ms" }, loop: true });
    await eventually(() => expect(values().slice(0, 6)).toEqual([1, 2, 1, 2, 1, 2]));
    expect(await driver.stop()).toBe(0);
  });

  test("waits for a gateway that is away, and loses nothing", async () => {
    await gateway[Symbol.asyncDispose]();
    writeFileSync(join(recordings, "day.jsonl"), lines(100_000, 1));
    const driver = replay({ path: "day.jsonl", speed: 0 });
    await eventually(() => expect(driver.status()?.updates).toBeGreaterThan(1_000));
    gateway = cleanup.use(await startReceiver(gateway.address));
    expect(await driver.exitCode).toBe(exitCodes.finished);
    await eventually(() => expect(gateway.updates).toHaveLength(100_000));
    expect(driver.status()).toMatchObject({ dropped: 0 });
  });
});

describe("what cannot be replayed is refused, with the reason", () => {
  test.each([
    ["is not there", undefined, {}, /day.jsonl: cannot be read: ENOENT/],
    ["is no recording", "hello\n", {}, /day.jsonl:1: it is no JSON/],
    ["is empty", "", {}, /day.jsonl holds no readings/],
    ["is empty, in a loop", "\n\n", { loop: true }, /day.jsonl holds no readings/],
    ["has other columns", "a,b\n", { csv: {} }, /row 1: there is no column "timestamp"/],
  ])("when it %s", async (_, content, config, reason) => {
    if (content !== undefined) writeFileSync(join(recordings, "day.jsonl"), content);
    const driver = replay({ path: "day.jsonl", ...config });
    expect(await driver.exitCode).toBe(2);
    expect(driver.logs.map(({ message }) => message).join("\n")).toMatch(reason);
    expect(gateway.updates).toEqual([]);
  });

  test.each(["../gateway.db", "/etc/passwd", "a/../../b", "a\0b"])("when it is outside of the folder: %j", (path) => {
    expect(replayKind.checkConfig({ path }).problems).toEqual([
      { path: "path", message: "leads out of the folder of recordings" },
    ]);
  });

  test("and the example of the documentation is not", () => {
    expect(replayKind.checkConfig(replayKind.example).problems).toEqual([]);
  });
});
