// Everybody writes and reads at the same moment: deploys, roll-backs, rehearsals, changes of a connection, of drivers, node types,
// layouts and tokens, backups, deletions, and what is asked of flows meanwhile, against a gateway with its real data plane,
// drawn from a seed. Whatever the order: one writer wins each
// generation, what is recorded is what runs, and no message is lost, doubled or overtaken.

import { GatewayError } from "@flowfusion/client";
import { passOn, watNode } from "@flowfusion/fusion/testkit";
import { type Digest, type FlowName, parseFlowName } from "@flowfusion/graph";
import { eventually, randomFrom } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import type { Document } from "./dataplane/testkit/test-plane.ts";
import { startHistorian } from "./testkit/historian.ts";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

type Pick = <T>(from: readonly T[]) => T;
type Operation = (flow: FlowName) => Promise<unknown>;

const kiln = parseFlowName("kiln");
const writersAtOnce = 8;
const writes = 200;
const press = watNode("press", `(memory (export "memory") 2) ${passOn()}`);
const seeds = Array.from({ length: process.env.FLOWFUSION_TEST_LONG ? 20 : 1 }, (_, index) => index + 1);
/** How a write that came too late, or found nothing, is told so. All else is a defect. */
const refusals: ReadonlySet<string> = new Set([
  "FF_API_PRECONDITION_FAILED",
  "FF_API_NOT_FOUND",
  "FF_API_NOT_RUNNING",
  "FF_API_BUSY",
  "FF_DEPLOY_NO_VERSION",
  "FF_DEPLOY_SUPERSEDED",
  "FF_CONNECTION_IN_USE",
  "FF_DEPLOY_CONNECTION",
  "FF_DEPLOY_CONNECTION_CHANGED",
  // The token is there already.
  "FF_TOKEN_INVALID",
]);

/** Passes its tag on, and posts it where asked to. Versions differ in a node that has state. */
const versionOf = (number: number, receiver: string, posts: boolean): Document => ({
  nodes: {
    in: { type: "tag_input", props: { tags: ["n"] } },
    pass: { type: "scale" },
    count: { type: "counter", props: { maxTopics: 10 + number } },
    out: { type: "nng", props: { address: receiver } },
    ...(posts && { post: { type: "http", props: { connection: "historian" } } }),
  },
  wires: ["in.out -> pass.in", "in.out -> count.in", "pass.out -> out.in", ...(posts ? ["pass.out -> post.in"] : [])],
});

/** What is asked of flows, and of what else there is, while it changes. */
function readsOf(live: LiveGateway): { readonly [name: string]: Operation } {
  const { client } = live;
  return {
    stats: (flow) => client.stats(flow),
    allStats: () => client.listStats(),
    flows: () => client.listFlows(),
    async versions(flow) {
      for (const { generation } of (await client.versions(flow)).items) await client.version(flow, generation);
    },
    flowArtefact: (flow) => client.flowArtefact(flow),
    deadLetters: (flow) => client.deadLetters(flow),
    replayDeadLetters: (flow) => client.replayDeadLetters(flow),
    trace: (flow) => client.trace(flow),
    development: (flow) => client.endDevelopment(flow),
    recording: (flow) => client.recording({ flow }),
    async follow(flow) {
      for await (const _ of client.followFlow(flow, { signal: AbortSignal.timeout(100) }));
    },
    drivers: () => client.listDrivers(),
    gateway: () => client.gateway(),
    async metrics() {
      const answer = await live.request("GET", "/metrics", {});
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("flowfusion_")]);
    },
  };
}

/** What each of many writers does, as it sees the gateway at that moment. `acknowledge`: told of each version that it got. */
function operationsOn(
  live: LiveGateway,
  {
    url,
    pick,
    artefactOf,
    acknowledge,
  }: {
    readonly url: string;
    readonly pick: Pick;
    readonly artefactOf: (flow: FlowName) => Digest;
    readonly acknowledge: (flow: FlowName, generation: number, artefact: Digest) => void;
  },
): { readonly [name: string]: Operation } {
  const { client } = live;
  const generationOf = async (flow: FlowName) => (await client.getFlow(flow))?.generation;
  return {
    ...readsOf(live),
    async deploy(flow) {
      const artefact = artefactOf(flow);
      const options = { healthGateMs: pick([0, 1, 200, 60_000]) };
      const expected = (await generationOf(flow)) ?? "absent";
      const { generation } = await client.deployFlow(flow, { artefact, expected, options });
      acknowledge(flow, generation, artefact);
    },
    async rollBack(flow) {
      const expected = await generationOf(flow);
      if (expected === undefined) return;
      const { generation, artefact } = await client.rollBack(flow, { expected });
      acknowledge(flow, generation, artefact);
    },
    dryRun: (flow) => client.dryRun(flow, { artefact: artefactOf(flow) }),
    async connect() {
      const now = await client.getConnection("historian");
      const elsewhere = `${url}${pick(["a", "b", "c"])}`;
      await client.putConnection("historian", { kind: "http", url: elsewhere, expected: now?.generation ?? "absent" });
    },
    async disconnect() {
      const now = await client.getConnection("historian");
      if (now) await client.deleteConnection("historian", { expected: now.generation });
    },
    async declareDriver() {
      const name = pick(["one", "two"]);
      const expected = (await client.getDriver(name))?.generation ?? "absent";
      await client.putDriver(name, { kind: "simulator", config: { updatesPerSecond: 10, tags: 1 } }, { expected });
    },
    async deleteDriver() {
      const name = pick(["one", "two"]);
      const now = await client.getDriver(name);
      if (now) await client.deleteDriver(name, { expected: now.generation });
    },
    restartDriver: () => client.restartDriver(pick(["one", "two"])),
    backUp: () => client.backup(),
    async upload() {
      const number = pick([0, 1, 2, 3]);
      await live.upload(versionOf(number, live.receiver.address, false));
    },
    async putNodeType() {
      await client.uploadModules([press]);
      const expected = (await client.getNodeType("press"))?.uploaded?.generation ?? "absent";
      await client.putNodeType("press", { module: press.digest, expected });
    },
    async deleteNodeType() {
      const expected = (await client.getNodeType("press"))?.uploaded?.generation;
      if (expected !== undefined) await client.deleteNodeType("press", { expected });
    },
    async layOut(flow) {
      const expected = (await client.layout(flow))?.generation ?? "absent";
      await client.putLayout(flow, { nodes: { in: { x: pick([1, 2, 3]), y: 0 } }, expected });
    },
    createToken: () => client.createToken({ name: pick(["ada", "ben"]), role: "viewer" }),
    revokeToken: () => client.revokeToken(pick(["ada", "ben"])),
    async remove(flow) {
      const expected = await generationOf(flow);
      if (flow !== boiler && expected !== undefined) await client.deleteFlow(flow, { expected });
    },
  };
}

/** Runs so many writes, by several writers at once. Throws the first refusal that is none of a late writer. */
async function writeAtOnce(operations: { readonly [name: string]: Operation }, pick: Pick): Promise<void> {
  const versions = ["deploy", "deploy", "deploy", "deploy", "dryRun", "dryRun", "dryRun", "rollBack"];
  const names = [...versions, "connect", ...Object.keys(operations)];
  let left = writes;
  const writer = async () => {
    while (left-- > 0) {
      const [name, flow] = [pick(names), pick([boiler, boiler, kiln])];
      await operations[name]!(flow).catch((error: unknown) => {
        if (error instanceof GatewayError && refusals.has(error.code)) return;
        throw new Error(`${name} ${flow}: ${String(error)}`, { cause: error });
      });
    }
  };
  await Promise.all(Array.from({ length: writersAtOnce }, writer));
}

/** What is recorded runs, and is what writers were told. */
async function compare({ client }: LiveGateway, acknowledged: ReadonlyMap<string, Digest>): Promise<void> {
  for (const { name, generation, artefact, condition } of (await client.listFlows()).items) {
    const { digest } = await client.stats(name);
    expect([name, condition, digest]).toEqual([name, "running", artefact]);
    const { items } = await client.versions(name, { limit: 20 });
    expect(items[0]).toMatchObject({ generation, artefact });
    for (const version of items) {
      const told = acknowledged.get(`${name} ${version.generation}`);
      if (told) expect([name, version.generation, version.artefact]).toEqual([name, version.generation, told]);
    }
  }
}

const timeout = 300_000;
test.each(seeds)(
  "of writes at the same moment none is half done, and no message is lost, seed %i",
  { timeout },
  async (seed) => {
    const random = randomFrom(seed);
    const pick: Pick = (from) => from[Math.floor(random() * from.length)]!;
    await using live = await LiveGateway.start({ workers: pick([1, 3]) });
    await using posts = await startHistorian();
    await live.client.putConnection("historian", { kind: "http", url: posts.url, expected: "absent" });
    const [posting, silent]: [Digest[], Digest[]] = [[], []];
    for (let number = 0; number < 3; number++) {
      posting.push(await live.upload(versionOf(number, live.receiver.address, true)));
      silent.push(await live.upload(versionOf(number, live.receiver.address, false)));
    }
    const acknowledged = new Map<string, Digest>();
    const operations = operationsOn(live, {
      ...{ url: posts.url, pick },
      // What is posted is the boiler's alone.
      artefactOf: (flow) => pick(flow === boiler ? [...posting, ...silent] : silent),
      acknowledge(flow, generation, artefact) {
        const version = `${flow} ${generation}`;
        expect(acknowledged.has(version), `${version} was given to two writers`).toBe(false);
        acknowledged.set(version, artefact);
      },
    });

    await live.client.deployFlow(boiler, { artefact: posting[0]!, expected: "absent" });
    let sent = 0;
    const feeding = setInterval(() => live.pushValues(sent++), 3);
    try {
      await writeAtOnce(operations, pick);
    } finally {
      clearInterval(feeding);
    }

    await compare(live, acknowledged);
    await eventually(() => expect(live.receiver.from(boiler)).toHaveLength(sent));
    expect(live.receiver.valuesFrom(boiler)).toEqual(Array.from({ length: sent }, (_, index) => index));
    const posted = posts.values.map(Number);
    expect(posted).toEqual([...new Set(posted)].toSorted((a, b) => a - b));
  },
);
