// The alarms, judged by Prometheus' own tool: on the series of their tests, each fires when it is to, and at no other time.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const folder = new URL("../../deploy/prometheus/", import.meta.url);
const promtool = (...args: string[]) =>
  execFileSync("promtool", args, { cwd: fileURLToPath(folder), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

test("each alarm fires when it is to and at no other time", () => {
  const [, count] = /(\d+) rules found/.exec(promtool("check", "rules", "alarms.yml")) ?? [];
  expect(promtool("test", "rules", "alarms.test.yml")).toContain("SUCCESS");
  const tests = readFileSync(new URL("alarms.test.yml", folder), "utf8");
  const firing = new Set([...tests.matchAll(/alertname="(\w+)"/g)].map(([, alarm]) => alarm));
  expect(firing.size).toBe(Number(count));
});
