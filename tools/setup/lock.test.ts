import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withLock } from "./lock.mjs";

const folder = mkdtempSync(join(tmpdir(), "flowfusion-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("processes that want the same lock hold it one after the other", async () => {
  const lock = join(folder, "shared.lock");
  const journal = join(folder, "journal");
  const program = `
    import { appendFileSync } from "node:fs";
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.mjs"))};
    await withLock(${JSON.stringify(lock)}, async () => {
      appendFileSync(${JSON.stringify(journal)}, "in ");
      await new Promise((resolve) => setTimeout(resolve, 50));
      appendFileSync(${JSON.stringify(journal)}, "out ");
    });`;
  const rivals = Array.from({ length: 4 }, () => spawn(process.execPath, ["--input-type=module", "-e", program]));
  await Promise.all(rivals.map((rival) => once(rival, "exit")));
  expect(readFileSync(journal, "utf8")).toBe("in out ".repeat(4));
  expect(existsSync(lock)).toBe(false);
});

test("a lock whose holder is dead is taken over", async () => {
  const lock = join(folder, "stale.lock");
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  writeFileSync(lock, String(dead));
  expect(await withLock(lock, async () => readFileSync(lock, "utf8"))).toBe(String(process.pid));
});

test("a failure inside frees the lock", async () => {
  const lock = join(folder, "failing.lock");
  const failing = withLock(lock, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  expect(existsSync(lock)).toBe(false);
});
