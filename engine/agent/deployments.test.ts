import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Deployments } from "./deployments.ts";

const about = { flow: parseFlowName("boiler"), action: "deploy", by: "ada", via: "cli" } as const;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "ff-deployments-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

test("deployments of an earlier start are there, with what became of them, newest first", async () => {
  const before = await Deployments.open(dataDir);
  for (const text of ["one", "two", "three"]) {
    const log = before.begin(about);
    log.report("deploying", { text });
    log.generation = 7;
    log.report("healthy", { text: `${text} runs`, generation: 7 });
  }
  const { items } = before.list(undefined, 10);
  await before.close();
  const after = await Deployments.open(dataDir);
  expect(after.list(undefined, 10).items).toEqual(items);
  expect(after.list(items[0]!.id, 1)).toEqual({ items: [items[1]], next: items[1]!.id });
  expect(
    after
      .get(items[2]!.id)
      .describe()
      .events.map(({ text }) => text),
  ).toEqual(["one", "one runs"]);
  await after.close();
});

test("the last two hundred are kept, and none that is under way goes", async () => {
  const deployments = await Deployments.open(dataDir);
  const pending = deployments.begin(about);
  pending.report("deploying", { text: "under way" });
  for (let index = 0; index < 300; index++) deployments.begin(about).report("healthy", { text: `${index}` });
  deployments.begin(about).report("deploying", { text: "the last" });
  const { items } = deployments.list(undefined, 1_000);
  expect(items).toHaveLength(200);
  expect(items.at(-1)?.id).toBe(pending.id);
  await deployments.close();
  const after = await Deployments.open(dataDir);
  expect(after.list(undefined, 1_000).items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  await after.close();
});

test("long reports push older ones out earlier, in memory and on disk", async () => {
  const deployments = await Deployments.open(dataDir);
  const text = "x".repeat(100_000);
  for (let index = 0; index < 150; index++) deployments.begin(about).report("failed", { text });
  expect(deployments.list(undefined, 1_000).items.length).toBeLessThan(25);
  await deployments.close();
  expect((await stat(join(dataDir, "deployments.journal"))).size).toBeLessThan(8 * 1024 * 1024);
});

test("what was under way is interrupted once, for whoever follows it, and says nothing more", async () => {
  const deployments = await Deployments.open(dataDir);
  const log = deployments.begin(about);
  log.report("on_trial", { text: "on trial", generation: 3 });
  const done = deployments.begin(about);
  done.report("failed", { text: "refused" });
  deployments.interrupt(({ generation }) => `generation ${generation} runs`);
  log.generation = 3;
  log.report("healthy", { text: "too late" });
  deployments.interrupt(() => "again");
  const events = [];
  for await (const event of log.follow(0, new AbortController().signal)) events.push(event.text);
  expect(events).toEqual(["on trial", "generation undefined runs"]);
  expect(done.phase).toBe("failed");
  await deployments.close();
  const after = await Deployments.open(dataDir);
  expect([after.get(log.id).phase, after.get(log.id).generation]).toEqual(["interrupted", 3]);
  await after.close();
});
