// The simulator as a driver of a gateway.

import { startDriver, startReceiver } from "@flowfusion/driver-kit/testkit";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { simulatorKind } from "./kind.ts";

test("makes as many updates a second as it is told, of as many tags, and drops none", async () => {
  await using gateway = await startReceiver();
  const config = { updatesPerSecond: 2_000, tags: 14 };
  await using driver = startDriver({ kind: simulatorKind, push: gateway.address, config, name: "plant-1" });
  await eventually(() => expect(gateway.updates.length).toBeGreaterThan(2_000));
  expect(new Set(gateway.updates.map(({ tag }) => tag)).size).toBe(14);
  const parts = gateway.of("line/1/parts").map(({ value }) => value);
  expect(parts).toEqual(parts.map((_, index) => BigInt(index + 1)));
  expect(await driver.stop()).toBe(0);
  await eventually(() => expect(driver.status()).toMatchObject({ updates: gateway.updates.length, dropped: 0 }));
});
