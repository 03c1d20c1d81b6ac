import { cp, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway } from "../testkit/test-gateway.ts";
import { Deployments } from "./deployments.ts";
import type { Deployment } from "./schemas.ts";

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

test("a page behind one that has made room meanwhile is the last, and does not begin anew", async () => {
  const deployments = await Deployments.open(dataDir);
  deployments.begin(about).report("healthy", { text: "the first" });
  const [{ id }] = deployments.list(undefined, 1).items as [Deployment];
  for (let index = 0; index < 200; index++) deployments.begin(about).report("healthy", { text: `${index}` });
  expect(deployments.list(id, 10)).toEqual({ items: [] });
  await deployments.close();
});

test("a clock that is put ahead by years takes none of them", async () => {
  const deployments = await Deployments.open(dataDir);
  deployments.begin(about).report("healthy", { text: "before" });
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2126-01-01") });
  try {
    deployments.begin(about).report("healthy", { text: "ahead" });
  } finally {
    vi.useRealTimers();
  }
  expect(deployments.list(undefined, 10).items).toHaveLength(2);
  await deployments.close();
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

test("a version that was not recorded when the gateway began to end is not recorded any more, as is told of it", async () => {
  await using peer = await startTestGateway();
  const { dataPlane } = peer;
  const deploy = dataPlane.deploy.bind(dataPlane);
  const swapped = Promise.withResolvers<void>();
  const goingOn = Promise.withResolvers<void>();
  dataPlane.deploy = async (...program) => {
    const report = await deploy(...program);
    swapped.resolve();
    await goingOn.promise;
    return report;
  };
  dataPlane.close = async () => {
    goingOn.resolve();
    await sleep(10);
  };
  await peer.upload(1);
  const body = JSON.stringify({ artefact: testArtefact(1).digest });
  const headers = { "content-type": "application/json", "if-none-match": "*" };
  const { status } = await peer.request("PUT", "/v1/flows/boiler?wait=none", { body, headers });
  expect(status).toBe(202);
  await swapped.promise;
  await peer.gateway.close();
  await using after = await startTestGateway({ dataDir: peer.dataDir });
  const { items } = (await (await after.request("GET", "/v1/deployments")).json()) as { items: Deployment[] };
  expect(items[0]?.events.at(-1)?.text).toMatch(/before the version was recorded; the flow does not run/);
  expect((await after.request("GET", "/v1/flows/boiler")).status).toBe(404);
});

test("a version that was recorded in the last moment of the process is told to be recorded", async () => {
  const copy = join(dataDir, "copy");
  await using peer = await startTestGateway({ httpLimits: { stopMs: 1 } });
  const { dataPlane } = peer;
  const deploy = dataPlane.deploy.bind(dataPlane);
  const swapped = Promise.withResolvers<void>();
  dataPlane.deploy = async (...program) => {
    const report = await deploy(...program);
    // What comes after the commit asks for these.
    dataPlane.stats = () => {
      swapped.resolve();
      return new Promise(() => undefined);
    };
    return report;
  };
  const cut = peer.deploy("boiler", 1, { "if-none-match": "*" }).catch(() => undefined);
  await swapped.promise;
  await eventually(async () => {
    expect(await readFile(join(peer.dataDir, "deployments.journal"), "utf8")).toContain("verified");
  });
  // The disk as a kill would leave it.
  await cp(peer.dataDir, copy, { recursive: true });
  await using after = await startTestGateway({ dataDir: copy });
  const { items } = (await (await after.request("GET", "/v1/deployments")).json()) as { items: Deployment[] };
  expect(items[0]?.events.at(-1)?.text).toMatch(/generation 1 was recorded, and runs without one/);
  await peer.gateway.close();
  await cut;
});
