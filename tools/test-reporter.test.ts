import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestCounts } from "./test-reporter.ts";

const root = dirname(import.meta.dirname);
let folder: string;

beforeAll(() => {
  // Inside the repository, so that the suite finds vitest.
  mkdirSync(join(root, ".flowfusion"), { recursive: true });
  folder = mkdtempSync(join(root, ".flowfusion", "reporter-test-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function countsOf(name: string, suite: string): TestCounts {
  writeFileSync(join(folder, `${name}.test.ts`), `import { expect, test } from "vitest";\n${suite}`);
  const countsPath = join(folder, `${name}.json`);
  const reporter = join(import.meta.dirname, "test-reporter.ts");
  spawnSync(join(root, "node_modules", ".bin", "vitest"), ["run", name, "--root", folder, `--reporter=${reporter}`], {
    env: { ...process.env, FLOWFUSION_TEST_COUNTS: countsPath },
  });
  return JSON.parse(readFileSync(countsPath, "utf8"));
}

test("passed and failed tests are counted", () => {
  const suite = `
    test.each([1, 2, 3])("%s is less than 3", (n) => { expect(n).toBeLessThan(3); });`;
  expect(countsOf("mixed", suite)).toEqual({ passed: 2, failed: 1, skipped: [], problems: [] });
});

test("a skipped test passes with a reason and is a problem without one", () => {
  const suite = `
    test("without a broker", (context) => { context.skip("no mosquitto"); });
    test["skip"]("silent", () => {});`;
  expect(countsOf("skipped", suite)).toEqual({
    passed: 0,
    failed: 0,
    skipped: [{ name: "skipped.test.ts: without a broker", reason: "no mosquitto" }],
    problems: ["skipped.test.ts: silent was skipped without a reason"],
  });
});

test("a file that cannot be loaded and an error outside any test are problems", () => {
  expect(countsOf("unloadable", `throw new Error("broken file");`).problems).toEqual([
    "unloadable.test.ts: broken file",
  ]);
  const stray = `
    test("passes", async () => {
      setTimeout(() => { throw new Error("stray"); }, 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(1).toBe(1);
    });`;
  expect(countsOf("stray", stray).problems).toEqual(["outside any test: stray"]);
});
