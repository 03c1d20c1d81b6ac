import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { wallClockNs } from "./wall-clock.ts";

test("the wall clock agrees with the system's", () => {
  const before = BigInt(Date.now() - 50) * 1_000_000n;
  const now = wallClockNs();
  const after = BigInt(Date.now() + 50) * 1_000_000n;
  expect(now > before && now < after).toBe(true);
});

test("another process reads a time between two that are read here", () => {
  const program = `import { wallClockNs } from ${JSON.stringify(path.join(import.meta.dirname, "wall-clock.ts"))};
    process.stdout.write(String(wallClockNs()));`;
  const before = wallClockNs();
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  const after = wallClockNs();
  const there = BigInt(stdout);
  expect(there > before && there < after).toBe(true);
});
