import { cp, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TrialOutcome } from "../dataplane/types.ts";
import { armFailpoint, disarmFailpoints, failpointCells } from "../failpoints.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, type TestGateway } from "../testkit/test-gateway.ts";
import { Deployments } from "./deployments.ts";
import type { Deployment, FlowStatus, Problem } from "./schemas.ts";

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

test("a deploy that nobody waits for and that fails for no reason of its own has that in the log, with where", async () => {
  await using peer = await startTestGateway();
  peer.dataPlane.deploy = async () => {
    throw new TypeError("of the gateway's own making");
  };
  await peer.upload(1);
  const body = JSON.stringify({ artefact: testArtefact(1).digest });
  const headers = { "content-type": "application/json", "if-none-match": "*" };
  const { id } = (await (
    await peer.request("PUT", "/v1/flows/boiler?wait=none", { body, headers })
  ).json()) as Deployment;
  const failed = { phase: "failed", code: "FF_API_INTERNAL", text: "see the gateway's log" };
  await eventually(async () => {
    const { events } = (await (await peer.request("GET", `/v1/deployments/${id}`)).json()) as Deployment;
    expect(events.at(-1)).toMatchObject(failed);
  });
  const logged = peer.log.map((line) => JSON.parse(line)).find(({ deployment }) => deployment === id);
  const stack = expect.stringContaining("deployments.test.ts");
  expect(logged).toMatchObject({ flow: "boiler", err: { message: "of the gateway's own making", stack } });
});

test("a version that is swapped in when the gateway begins to end is recorded, as is told of it", async () => {
  await using peer = await startTestGateway();
  const held = peer.dataPlane.holdDeploy("behind");
  await peer.upload(1);
  const body = JSON.stringify({ artefact: testArtefact(1).digest });
  const headers = { "content-type": "application/json", "if-none-match": "*" };
  const { status } = await peer.request("PUT", "/v1/flows/boiler?wait=none", { body, headers });
  expect(status).toBe(202);
  await held.reached;
  const closed = peer.gateway.close();
  await sleep(50);
  held.goOn();
  await closed;
  const { last, flow } = await afterRestart(peer);
  expect(last).toMatchObject({ phase: "healthy" });
  expect(flow).toMatchObject({ generation: 1 });
});

test("a version that was recorded in the last moment of the process is told to be recorded", async () => {
  const copy = join(dataDir, "copy");
  await using peer = await startTestGateway({ httpLimits: { stopMs: 1 } });
  const { dataPlane } = peer;
  const deploy = dataPlane.deploy.bind(dataPlane);
  const swapped = Promise.withResolvers<void>();
  const goingOn = Promise.withResolvers<never>();
  dataPlane.deploy = async (...program) => {
    const report = await deploy(...program);
    // What comes after the commit asks for these.
    dataPlane.stats = () => {
      swapped.resolve();
      return goingOn.promise;
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
  goingOn.reject(new Error("killed"));
  await cut;
});

/** Deploys generation 1, and then another version that stays on trial until its outcome is given. */
async function beginTrial(peer: TestGateway, wait: "none" | "healthy") {
  const { dataPlane } = peer;
  const outcome = Promise.withResolvers<TrialOutcome>();
  dataPlane.trial = () => outcome.promise;
  await peer.deploy("boiler", 1, { "if-none-match": "*" });
  await peer.upload(2);
  const body = JSON.stringify({ artefact: testArtefact(2).digest });
  const headers = { "content-type": "application/json", "if-match": '"1"' };
  const answer = peer.request("PUT", `/v1/flows/boiler?wait=${wait}`, { body, headers });
  await eventually(async () => expect((await deploymentsOf(peer))[0]?.phase).toBe("on_trial"));
  return { outcome, answer };
}

async function deploymentsOf(peer: TestGateway): Promise<readonly Deployment[]> {
  const { items } = (await (await peer.request("GET", "/v1/deployments")).json()) as { items: readonly Deployment[] };
  return items;
}

/** What the next start runs, and what it says of the last deploy. */
async function afterRestart({ dataDir }: TestGateway) {
  await using after = await startTestGateway({ dataDir });
  const [last] = await deploymentsOf(after);
  const flow = await after.request("GET", "/v1/flows/boiler");
  return { last, flow: (await flow.json()) as FlowStatus };
}

test("a deploy that waits for its trial when the gateway ends is answered with what is recorded and runs at the next start", async () => {
  await using peer = await startTestGateway();
  const { answer } = await beginTrial(peer, "healthy");
  await peer.gateway.close();
  const refused = await answer;
  expect(refused.status).toBe(409);
  const { code, detail } = (await refused.json()) as Problem;
  expect(code).toBe("FF_DEPLOY_INTERRUPTED");
  const text = "the gateway ended before the trial was over; generation 2 was recorded, and runs without one";
  expect(detail).toBe(`flow boiler: ${text}`);
  const { last, flow } = await afterRestart(peer);
  expect(last).toMatchObject({ phase: "interrupted" });
  expect(last?.events.at(-1)?.text).toBe(text);
  expect(flow).toMatchObject({ generation: 2, artefact: testArtefact(2).digest });
});

test.each(["swapped", "healthy"])(
  "a deploy whose data plane dies once it is recorded is answered with what is recorded, waiting until %s",
  async (wait) => {
    await using peer = await startTestGateway();
    const { dataPlane } = peer;
    const die = async () => {
      dataPlane.failure.resolve(new Error("it died"));
      throw new Error("it died");
    };
    const deploy = dataPlane.deploy.bind(dataPlane);
    await peer.deploy("boiler", 1, { "if-none-match": "*" });
    await peer.upload(2);
    if (wait === "healthy") dataPlane.trial = die;
    else {
      dataPlane.deploy = async (...program) => {
        const report = await deploy(...program);
        dataPlane.stats = die;
        return report;
      };
    }
    const body = JSON.stringify({ artefact: testArtefact(2).digest });
    const headers = { "content-type": "application/json", "if-match": '"1"' };
    const answer = await peer.request("PUT", `/v1/flows/boiler?wait=${wait}`, { body, headers });
    expect(await answer.json()).toMatchObject({
      ...{ status: 409, code: "FF_DEPLOY_INTERRUPTED" },
      detail: expect.stringContaining("generation 2 was recorded"),
    });
    expect((await deploymentsOf(peer))[0]).toMatchObject({ phase: "interrupted" });
  },
);

test("who follows a deploy when the gateway ends is told that it is interrupted", async () => {
  await using peer = await startTestGateway();
  await beginTrial(peer, "none");
  const [{ id }] = (await deploymentsOf(peer)) as [Deployment];
  const following = await peer.request("GET", `/v1/deployments/${id}/events`);
  await peer.gateway.close();
  expect(await following.text()).toMatch(/event: interrupted\ndata: .*generation 2 was recorded/);
});

test("a roll back that is under way when the gateway ends is recorded, told, and what the next start runs", async () => {
  await using peer = await startTestGateway();
  const { dataPlane } = peer;
  const { outcome } = await beginTrial(peer, "none");
  const rollingBack = Promise.withResolvers<void>();
  const goingOn = Promise.withResolvers<void>();
  dataPlane.rollBack = async () => {
    rollingBack.resolve();
    await goingOn.promise;
    return { pauseMs: 1, stateBytes: 0, state: { kept: [], migrated: [], reset: [] }, stateFrom: "new" };
  };
  dataPlane.close = () => sleep(100);
  outcome.resolve({ verdict: "unhealthy", ms: 1, why: "1 trap" });
  await rollingBack.promise;
  const closed = peer.gateway.close();
  await sleep(50);
  goingOn.resolve();
  await closed;
  const { last, flow } = await afterRestart(peer);
  expect(last).toMatchObject({ phase: "rolled_back" });
  expect(flow).toMatchObject({ generation: 3, artefact: testArtefact(1).digest });
});

test("a write that waits for its turn when the gateway ends is refused, and the one under way is done", async () => {
  await using peer = await startTestGateway();
  const held = peer.dataPlane.holdDeploy("before");
  await peer.upload(2);
  const first = peer.deploy("boiler", 1, { "if-none-match": "*" });
  await held.reached;
  const second = peer.deploy("boiler", 2, { "if-match": '"1"' });
  await eventually(async () => expect(await deploymentsOf(peer)).toHaveLength(2));
  const closed = peer.gateway.close();
  held.goOn();
  expect((await first).status).toBe(201);
  expect([(await second).status, await (await second).json()]).toMatchObject([503, { code: "FF_API_BUSY" }]);
  await closed;
  const { last, flow } = await afterRestart(peer);
  expect(last).toMatchObject({ phase: "interrupted" });
  expect(last?.events.at(-1)?.text).toMatch(/before the version was recorded; generation 1 runs/);
  expect(flow).toMatchObject({ generation: 1, artefact: testArtefact(1).digest });
});

test("a version on trial whose flow is deleted is not told to have made room for another", async () => {
  await using peer = await startTestGateway();
  const { dataPlane } = peer;
  const { outcome, answer } = await beginTrial(peer, "healthy");
  const remove = dataPlane.remove.bind(dataPlane);
  dataPlane.remove = async (name) => {
    outcome.resolve({ verdict: "superseded" });
    await sleep(20);
    await remove(name);
  };
  expect((await peer.request("DELETE", "/v1/flows/boiler", { headers: { "if-match": '"2"' } })).status).toBe(204);
  const text = "the flow was deleted before the trial of generation 2 was over";
  expect(await (await answer).json()).toMatchObject({ code: "FF_DEPLOY_SUPERSEDED", detail: text });
  const [last] = await deploymentsOf(peer);
  expect(last?.events.at(-1)).toMatchObject({ phase: "superseded", text });
});

test("a version on trial that comes back, since the one after it could not be recorded, is told to run without a trial", async () => {
  const failpoints = failpointCells();
  await using peer = await startTestGateway({ failpoints });
  const { dataPlane } = peer;
  const { outcome, answer } = await beginTrial(peer, "healthy");
  const deploy = dataPlane.deploy.bind(dataPlane);
  dataPlane.deploy = async (...program) => {
    outcome.resolve({ verdict: "superseded" });
    return deploy(...program);
  };
  armFailpoint(failpoints, "commit.inside", "ENOSPC");
  expect((await peer.deploy("boiler", 3, { "if-match": '"2"' })).status).toBe(500);
  disarmFailpoints(failpoints);
  const detail = expect.stringMatching(/and did not stay; generation 2 runs again, without a trial$/);
  expect(await (await answer).json()).toMatchObject({ code: "FF_DEPLOY_SUPERSEDED", detail });
});

test("a version that is to be rolled back and cannot be is told to be the one that is recorded, and why", async () => {
  await using peer = await startTestGateway();
  const { outcome } = await beginTrial(peer, "none");
  outcome.resolve({ verdict: "unhealthy", ms: 1, why: "1 trap" });
  await eventually(async () => expect((await deploymentsOf(peer))[0]?.phase).toBe("failed"));
  const [last] = await deploymentsOf(peer);
  const text = /generation 2 was to be rolled back \(1 trap\): .* kept ready; what is recorded is generation 2/;
  expect(last?.events.at(-1)).toMatchObject({ step: "health", text: expect.stringMatching(text) });
});

test("a version that was rolled back in the last moment of the process is not told to be unrecorded", async () => {
  const copy = join(dataDir, "copy");
  await using peer = await startTestGateway();
  const { dataPlane } = peer;
  const { outcome } = await beginTrial(peer, "none");
  dataPlane.rollBack = async () => ({
    ...{ pauseMs: 1, stateBytes: 0, state: { kept: [], migrated: [], reset: [] }, stateFrom: "new" },
  });
  // The disk as a kill between the roll back and the word of it would leave it.
  const journal = join(peer.dataDir, "deployments.journal");
  await eventually(async () => expect(await readFile(journal, "utf8")).toContain("on_trial"));
  await cp(journal, join(dataDir, "before.journal"));
  outcome.resolve({ verdict: "unhealthy", ms: 1, why: "1 trap" });
  await eventually(async () => expect((await deploymentsOf(peer))[0]?.phase).toBe("rolled_back"));
  await peer.gateway.close();
  await cp(peer.dataDir, copy, { recursive: true });
  await cp(join(dataDir, "before.journal"), join(copy, "deployments.journal"));
  await using after = await startTestGateway({ dataDir: copy });
  const [last] = await deploymentsOf(after);
  const text =
    "the gateway ended before it said what became of generation 2; generation 3 runs, which the health gate put in place: 1 trap";
  expect(last?.events.at(-1)).toMatchObject({ phase: "interrupted", text });
});
