// Drivers as people and scripts declare them on the command line.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DriverStatus } from "@flowfusion/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, flowfusion, GatewayProcess } from "./gateway-process.ts";

let gateway: GatewayProcess;
let folder: string;
beforeAll(async () => {
  gateway = await GatewayProcess.start();
  folder = await mkdtemp(path.join(tmpdir(), "ff-driver-command-"));
  await writeFile(path.join(folder, "plant.json"), JSON.stringify({ updatesPerSecond: 100, tags: 5 }));
  await writeFile(path.join(folder, "away.json"), JSON.stringify({ url: "mqtt://127.0.0.1:1", subscriptions }));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const subscriptions = [{ format: "text", topic: "t" }];
const driver = (...args: readonly string[]) =>
  flowfusion("driver", ...args, "--gateway", gateway.url, "--token", gateway.token);
const put = (name: string, kind: string, config: string, ...args: readonly string[]) =>
  driver("put", name, "--kind", kind, "--config", path.join(folder, config), "--wait-ms", "30000", ...args);

test("a driver is put, restarted and deleted, each told as a line, or as a document with --json", async () => {
  const { code, stdout } = await put("plant", "simulator", "plant.json");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "driver plant is at generation 1\nits device is connected\n" });
  await writeFile(path.join(folder, "slower.json"), JSON.stringify({ updatesPerSecond: 7 }));
  const again = await put("plant", "simulator", "slower.json", "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ name: "plant", generation: 2, device: "connected" });
  const restarted = JSON.parse((await driver("restart", "plant", "--json")).stdout) as DriverStatus;
  expect(restarted).toMatchObject({ name: "plant", generation: 2 });
  expect(JSON.parse((await driver("delete", "plant", "--json")).stdout)).toEqual({ deleted: "plant" });
  expect((await driver("status", "plant")).code).toBe(1);
});

test("one that has read a recording to its end is well", async () => {
  await mkdir(path.join(gateway.dataDir, "recordings"), { recursive: true });
  await writeFile(path.join(gateway.dataDir, "recordings/day.csv"), "timestamp,a\n2026-01-31T12:00:00Z,1\n");
  await writeFile(path.join(folder, "day.json"), JSON.stringify({ path: "day.csv", csv: {} }));
  await put("day", "replay", "day.json");
  await eventually(async () => expect((await gateway.client.getDriver("day"))?.state).toBe("finished"));
  expect(await driver("status", "day")).toMatchObject({ code: 0, stdout: expect.stringContaining("finished") });
});

test("the log of one that has said nothing is said to be empty, apart from the log itself", async () => {
  await driver("put", "quiet", "--kind", "simulator", "--config", path.join(folder, "plant.json"), "--disabled");
  const expected = {
    code: 0,
    stdout: "",
    stderr: "driver quiet has said nothing since it was put or the gateway started\n",
  };
  expect(await driver("logs", "quiet")).toEqual(expected);
});

test("the gateway may be called the endpoint, as programs call it", async () => {
  const listed = await flowfusion("driver", "list", "--endpoint", gateway.url, "--token", gateway.token, "--json");
  expect(listed).toMatchObject({ code: 0, stderr: "" });
});

test("one whose device does not answer in time is told with exit code 1, and with its status with --json", async () => {
  const { code, stdout, stderr } = await put("away", "mqtt", "away.json", "--wait-ms", "2000", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ name: "away" });
  expect(stderr).toContain("its device does not answer, the driver is ");
});
