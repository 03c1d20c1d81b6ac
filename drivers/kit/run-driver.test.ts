// How a driver ends that has a defect, bundled as users have it: Node.js itself would show a line of the bundle's code.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "@flowfusion/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDriver } from "./testkit/index.ts";

let outdir: string;

beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), "ff-crashing-"));
  const sources = ["crashing", "crashing-at-load"].map((name) => [name, `drivers/kit/testkit/${name}.ts`]);
  await bundle({ entryPoints: Object.fromEntries(sources) }, { outdir });
});

afterAll(() => rm(outdir, { recursive: true, force: true }));

const unread = "TypeError: Cannot read properties of undefined (reading '0')";

test.each([
  ["its body", unread],
  ["a timer", unread],
  ["two timers", unread],
  ["a promise", "Error: lost: the cause"],
  ["a connection that nobody listens to", "Error: connect ECONNREFUSED 127.0.0.1:1"],
])("a defect in %s ends a driver, whose log says in one line what failed", async (how, what) => {
  await expectTold("crashing.mjs", { how }, what);
});

test("a defect that shows while a driver loads ends it, and its log says in one line what failed", () =>
  expectTold("crashing-at-load.mjs", {}, unread));

async function expectTold(file: string, config: object, what: string): Promise<void> {
  const program = pathToFileURL(join(outdir, file));
  await using driver = startDriver({ kind: { program }, push: "tcp://127.0.0.1:1", config });
  expect(await driver.exitCode).toBe(1);
  expect(driver.errors).toEqual([]);
  const [told, where, ...more] = driver.logs;
  expect([told, more]).toEqual([{ type: "log", level: "error", message: what }, []]);
  expect(where).toMatchObject({ level: "info", message: expect.stringMatching(/^ +at [^\n]+(\n +at [^\n]+)*$/) });
}
