import type { GatewayInfo } from "@flowfusion/client";
import { expect, test } from "vitest";
import { healthOf } from "./health.ts";

const storage = { isWritable: true, freeBytes: 50e9, checkpointFailures: 0, checkpointsRefused: 0, inMemoryAlone: [] };
const info = (more: Partial<GatewayInfo["storage"]> = {}, refused: { [cause: string]: number } = {}) =>
  ({ storage: { ...storage, ...more }, ingest: { refused } }) as unknown as GatewayInfo;

test("a gateway of which there is nothing to say is healthy", () => {
  expect(healthOf(info()).tone).toBe("good");
});

test.each([
  [info({ freeBytes: 10e6 }), "10 MB"],
  [info({ checkpointFailures: 3 }), "3 checkpoints"],
  [info({ checkpointsRefused: 2 }), "2 checkpoints"],
  [info({}, { malformed: 4, too_large: 1 }), "5 batches"],
])("what is to be looked at is told with its number: %#", (given, words) => {
  const { tone, findings } = healthOf(given);
  expect([tone, findings.length]).toEqual(["warn", 1]);
  expect(findings[0]).toContain(words);
});

const nowMs = Date.parse("2027-03-10T12:00:00Z");
const served = (validFrom: string, validTo: string) => ({ ...info(), certificate: { validFrom, validTo } });

test.each([
  ["2027-01-01T00:00:00Z", "2027-06-01T00:00:00Z", "good", "Store and data plane answer"],
  ["2027-01-01T00:00:00Z", "2027-03-20T13:00:00Z", "warn", "ends in 10 days"],
  ["2027-01-01T00:00:00Z", "2027-03-12T11:00:00Z", "warn", "ends in 1 day,"],
  ["2027-01-01T00:00:00Z", "2027-03-10T12:00:00Z", "bad", "ended"],
  ["2027-03-11T00:00:00Z", "2027-06-01T00:00:00Z", "bad", "look at the clocks"],
])("a certificate from %s to %s is %s", (validFrom, validTo, tone, words) => {
  const health = healthOf(served(validFrom, validTo), nowMs);
  expect(health.tone).toBe(tone);
  expect(health.findings).toEqual([expect.stringContaining(words)]);
});

test("a data folder that takes no writes comes first, with the reason", () => {
  const { tone, findings } = healthOf(info({ isWritable: false, reason: "disk full", checkpointFailures: 1 }));
  expect(tone).toBe("bad");
  expect(findings[0]).toContain("disk full");
  expect(findings).toHaveLength(2);
});
