// What becomes of a change of a connection while a new version of a flow is on trial, with the real data plane and real
// servers that the flow posts to.

import type { FlowStatus } from "@flowfusion/client";
import { eventually } from "@flowfusion/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostileNode, poison } from "./dataplane/testkit/wat-nodes.ts";
import { type Historian, startHistorian } from "./testkit/historian.ts";
import { boiler, LiveGateway } from "./testkit/live-gateway.ts";

let live: LiveGateway;
const historians: Historian[] = [];

beforeEach(async () => {
  live = await LiveGateway.start();
});

afterEach(async () => {
  await live[Symbol.asyncDispose]();
  for (const started of historians.splice(0)) await started[Symbol.asyncDispose]();
});

async function historian(): Promise<Historian> {
  const started = await startHistorian();
  historians.push(started);
  return started;
}

const connect = (body: object, condition: Record<string, string>) =>
  live.request("PUT", "/v1/connections/historian", { body: JSON.stringify(body), headers: condition });

const post = { type: "http", props: { connection: "historian" } };

/** `in` → `node` → an http sink that names the connection. */
const posting = (node: { readonly type: string }) => {
  const document = live.flow(node);
  return { ...document, nodes: { ...document.nodes, out: post } };
};

/** Deploys `scale` to a first historian, then a version that dies of poison, on a trial that no test sees the end of. */
async function begin(hostile: Parameters<LiveGateway["upload"]>[0]) {
  const first = await historian();
  expect((await connect({ kind: "http", url: first.url }, { "if-none-match": "*" })).status).toBe(201);
  const before = await live.client.deployFlow(boiler, {
    artefact: await live.upload(posting({ type: "scale" })),
    expected: "absent",
  });
  live.pushValues(1);
  await eventually(() => expect(first.values).toEqual([1]));
  const onTrial = await live.client.deployFlow(boiler, {
    artefact: await live.upload(hostile, hostileNode),
    expected: before.generation,
    options: { healthGateMs: 60_000 },
  });
  return { first, before, onTrial };
}

/** `what`: what is said of the connection, in the deployment and in the version that is put back. */
async function isRolledBack(onTrial: FlowStatus, before: FlowStatus, what: RegExp): Promise<void> {
  live.pushValues(poison);
  const { events } = await eventually(async () => {
    const deployment = await live.client.deployment(onTrial.deployment!);
    expect(deployment).toMatchObject({ phase: "rolled_back" });
    return deployment;
  });
  expect(events.at(-1)!.text).toMatch(what);
  expect((await live.client.getFlow(boiler))!.note).toMatch(what);
  expect((await live.client.stats(boiler)).digest).toBe(before.artefact);
}

const stays = /; connection historian, changed since generation 1 was put in place, stays as it is now$/;

test("a connection that changed is not spoken of where the version that is put back was made after that", async () => {
  const { onTrial, before } = await begin(posting({ type: "hostile" }));
  await isRolledBack(onTrial, before, /^(?!.*connection)/);
});

test("a connection that changes while another version is on trial is the one that the version before goes back to", async () => {
  const { first, before, onTrial } = await begin(live.flow({ type: "hostile" }));
  const second = await historian();
  const changed = await connect({ kind: "http", url: second.url }, { "if-match": '"1"' });
  expect(await changed.json()).toMatchObject({ reconnected: [], failed: [] });
  await isRolledBack(onTrial, before, stays);
  live.pushValues(2);
  await eventually(() => expect(second.values).toEqual([2]));
  expect(first.values).toEqual([1]);
});

test("a version on trial stays on trial when its connection changes, and goes back to the version before with it", async () => {
  const { first, before, onTrial } = await begin(posting({ type: "hostile" }));
  const second = await historian();
  const changed = await connect({ kind: "http", url: second.url }, { "if-match": '"1"' });
  expect(await changed.json()).toMatchObject({ reconnected: ["boiler"] });
  live.pushValues(2);
  await eventually(() => expect(second.values).toEqual([2]));
  expect(await live.client.deployment(onTrial.deployment!)).toMatchObject({ phase: "on_trial" });
  await isRolledBack(onTrial, before, stays);
  live.pushValues(3);
  await eventually(() => expect(second.values.at(-1)).toBe(3));
  expect(first.values).toEqual([1]);
});

test("a connection that became of another kind keeps no version from being rolled back, which says so", async () => {
  const { first, before, onTrial } = await begin(live.flow({ type: "hostile" }));
  await connect({ kind: "mqtt", url: "mqtt://127.0.0.1:1883" }, { "if-match": '"1"' });
  await isRolledBack(
    onTrial,
    before,
    /it sends as it did before, since nodes.out.props.connection: connection historian is of kind mqtt, http needed$/,
  );
  live.pushValues(2);
  await eventually(() => expect(first.values).toEqual([1, 2]));
});
