import { execFileSync } from "node:child_process";
import { simulate } from "@flowfusion/testing";
import { beforeAll, expect, test, vi } from "vitest";
import { tank } from "./flow.ts";

// Compiling and fusing take a second, and longer on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

beforeAll(() => {
  // Paths of modules count from the project's folder.
  process.chdir(import.meta.dirname);
  execFileSync("npx", ["flowfusion", "node", "build", "median"]);
});

const level = (value: number) => ({ tag: "tank/1/level", value });

test("a spike raises no alarm, and a full tank does", async () => {
  const spike = await simulate(tank(80), [70, 71, 999, 72, 73].map(level));
  expect(spike.sinks.alarms).toEqual([]);

  const full = await simulate(tank(80), [70, 78, 80, 82, 84, 86, 88].map(level));
  expect(full.sinks.alarms!.map(({ value }) => value)).toEqual([80, 82, 84]);
});

test("all of it", async () => {
  const result = await simulate(tank(80), [70, 999, 72, 85, 86, 87].map(level));
  expect(result).toMatchInlineSnapshot(`
    {
      "nodes": {
        "alarms": "in 2",
        "calm": "in 6, out 6",
        "full": "in 6, pass 2, fail 4",
        "levels": "in 6, out 6",
        "trend": "in 6",
      },
      "sinks": {
        "alarms": [
          "4 s  tank/1/level  85",
          "5 s  tank/1/level  86",
        ],
        "trend": [
          "0 s  tank/1/level  70",
          "1 s  tank/1/level  70",
          "2 s  tank/1/level  72",
          "3 s  tank/1/level  72",
          "4 s  tank/1/level  85",
          "5 s  tank/1/level  86",
        ],
      },
    }
  `);
});
