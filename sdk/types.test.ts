import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("wrong wires, ports and properties do not compile, and right ones do", () => {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const tsc = spawnSync("node_modules/.bin/tsc", ["-p", "sdk/types/tsconfig.json"], { cwd: root, encoding: "utf8" });
  expect(tsc.stdout + tsc.stderr).toBe("");
  expect(tsc.status).toBe(0);
});
