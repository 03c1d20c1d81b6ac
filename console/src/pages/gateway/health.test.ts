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

test("a data folder that takes no writes comes first, with the reason", () => {
  const { tone, findings } = healthOf(info({ isWritable: false, reason: "disk full", checkpointFailures: 1 }));
  expect(tone).toBe("bad");
  expect(findings[0]).toContain("disk full");
  expect(findings).toHaveLength(2);
});
