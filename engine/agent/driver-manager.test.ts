// Drivers at the start of a gateway where nobody answers for the names of their devices.

import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import Fastify from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultSupervision } from "../drivers/supervised-driver.ts";
import { OutboundGuard, type ResolvedAddress } from "../security/outbound.ts";
import { keyRing } from "../security/secrets.ts";
import { Store } from "../store/store.ts";
import { temporaryFolder } from "../testing/test-gateway.ts";
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

test("a driver whose device's name is looked up is starting, and does not start once the gateway has ended", async () => {
  const config = { url: "mqtt://plc.example:1883", subscriptions: [{ format: "text", topic: "a" }] };
  const row = { name: "line-1", kind: "mqtt", config: JSON.stringify(config), secrets: "{}", enabled: 1 as const };
  store.drivers.put({ ...row, at: new Date().toISOString(), by: "test" }, undefined);
  const answer = Promise.withResolvers<readonly ResolvedAddress[]>();
  const drivers = new DriverManager({
    ...{ table: store.drivers, keys: keyRing([randomBytes(32)]), dataDir, addresses: ["tcp://127.0.0.1:1"] },
    ...{ policy: defaultSupervision, log: Fastify().log, receipt: async () => 0 },
    outbound: new OutboundGuard(["any"], () => answer.promise),
  });
  const restored = drivers.restore();
  expect(drivers.status("line-1")).toMatchObject({ state: "starting" });
  await drivers.close();
  answer.resolve([{ address: "192.0.2.1", family: 4 }]);
  await restored;
  expect(drivers.snapshots()).toEqual([]);
});
