// Drivers at the start of a gateway: where nobody answers for the names of their devices, and where their files are found.

import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { eventually } from "@flowfusion/testkit";
import Fastify from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultSupervision } from "../drivers/supervised-driver.ts";
import { OutboundGuard, type ResolvedAddress } from "../security/outbound.ts";
import { keyRing } from "../security/secrets.ts";
import { Store } from "../store/store.ts";
import { temporaryFolder } from "../testkit/test-gateway.ts";
import { DriverManager } from "./driver-manager.ts";

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = await temporaryFolder();
  store = await Store.open(dataDir);
});
afterEach(async () => {
  store.close();
  await rm(dataDir, { recursive: true });
});

const parts = (outbound?: OutboundGuard) => ({
  outbound,
  ...{ table: store.drivers, keys: keyRing([randomBytes(32)]), dataDir, addresses: ["tcp://127.0.0.1:1"] },
  ...{ policy: defaultSupervision, log: Fastify().log, receipt: async () => 0 },
});

function declare(name: string, kind: string, config: object): void {
  const row = { name, kind, config: JSON.stringify(config), secrets: "{}", enabled: 1 as const };
  store.drivers.put({ ...row, at: new Date().toISOString(), by: "test" }, undefined);
}

test("a driver whose device's name is looked up is starting, and does not start once the gateway has ended", async () => {
  declare("line-1", "mqtt", {
    url: "mqtt://plc.example:1883",
    subscriptions: [{ format: "text", topic: "a" }],
  });
  const answer = Promise.withResolvers<readonly ResolvedAddress[]>();
  const drivers = new DriverManager(parts(new OutboundGuard(["any"], () => answer.promise)));
  const restored = drivers.restore();
  expect(drivers.status("line-1")).toMatchObject({ state: "starting" });
  await drivers.close();
  answer.resolve([{ address: "192.0.2.1", family: 4 }]);
  await restored;
  expect(drivers.snapshots()).toEqual([]);
});

test("a data folder named from where the gateway runs is found by its drivers, which run in folders of their own", async () => {
  await mkdir(path.join(dataDir, "recordings"));
  await writeFile(
    path.join(dataDir, "recordings", "day.jsonl"),
    '{"topic":"boiler/1/temp","timestamp":"2026-01-31T12:00:00Z","quality":"good","value":91.5}\n',
  );
  declare("day", "replay", { path: "day.jsonl", loop: true });
  const drivers = new DriverManager({ ...parts(), dataDir: path.relative(process.cwd(), dataDir) });
  await drivers.restore();
  await eventually(async () => expect(drivers.status("day")).toMatchObject({ state: "running", device: "connected" }));
  await drivers.close();
});
