// What is followed live, over a data plane whose counts are known at any time.

import { GatewayClient } from "@flowfusion/client";
import type { CanonicalGraph, Digest, FlowName } from "@flowfusion/graph";
import { expect, test } from "vitest";
import type { CheckedModule, DataPlane, FlowProgram } from "../dataplane/types.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { TestDataPlane } from "../testkit/test-data-plane.ts";
import { startTestGateway, TEST_TOKEN } from "../testkit/test-gateway.ts";
import { Live, type LiveParts } from "./live.ts";
import type { Modules } from "./modules.ts";

/** Half of the pause between two updates: a batch comes in between any two. */
const batchMs = 250;

class BatchingDataPlane extends TestDataPlane {
  override async pulse(names: readonly FlowName[]) {
    return { ...(await super.pulse(names)), tags: Math.floor(performance.now() / batchMs) * 100 };
  }
}

test("each rate is of a whole interval, also in the second update, and in the first for who comes back at once", async () => {
  await using peer = await startTestGateway({ dataPlane: new BatchingDataPlane() });
  const client = new GatewayClient({ endpoint: peer.gateway.url, token: TEST_TOKEN });
  const rates: number[] = [];
  for (const count of [3, 5]) {
    const ended = new AbortController();
    for await (const { tagsPerS } of client.followLive({ signal: ended.signal })) {
      if (rates.push(tagsPerS) === count) break;
    }
    ended.abort();
  }
  expect(rates.filter((rate) => rate === 0)).toEqual([]);
});

const boiler = "boiler" as FlowName;
const signal = new AbortController().signal;

async function all<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** Of a gateway that knows two versions of a flow. */
function liveOver(dataPlane: DataPlane, find: Modules["find"] = async () => ({ modules: [], missing: [] })): Live {
  const graphs = new Map([testArtefact(1), testArtefact(2)].map(({ digest, graph }) => [digest, graph]));
  const store = { graph: (digest: Digest) => graphs.get(digest) };
  return new Live({ store, modules: { find }, dataPlane } as unknown as LiveParts);
}

const running = (value: number) => {
  const { digest } = testArtefact(value);
  return { digest, generation: value } as FlowProgram;
};

test("a version that runs and is not recorded yet is sampled with its own modules", async () => {
  const dataPlane = new TestDataPlane();
  dataPlane.programs.set(boiler, running(2));
  const observe = dataPlane.observe.bind(dataPlane);
  dataPlane.observe = async (name, _after?: number, _limit?: number, modules?: readonly CheckedModule[]) => ({
    ...(await observe(name)),
    isSampled: modules !== undefined,
  });
  const asked: CanonicalGraph[] = [];
  const live = liveOver(dataPlane, async (graph) => {
    asked.push(graph);
    return { modules: [], missing: [] };
  });
  for await (const _ of live.followFlow(boiler, signal)) break;
  expect(asked[0]).toEqual(testArtefact(2).graph);
});

test("a flow that is there again is followed, while who reads slowly is not at the end of the one before", async () => {
  const dataPlane = new TestDataPlane();
  dataPlane.programs.set(boiler, running(1));
  const live = liveOver(dataPlane);
  const slow = live.followFlow(boiler, signal);
  await slow.next();
  const prompt = live.followFlow(boiler, signal);
  await prompt.next();
  dataPlane.programs.delete(boiler);
  await expect(all(prompt)).rejects.toMatchObject({ code: "FF_API_NOT_RUNNING" });
  dataPlane.programs.set(boiler, running(2));
  const again = live.followFlow(boiler, signal);
  expect(JSON.parse((await again.next()).value!.value)).toMatchObject({ generation: 2 });
  await expect(all(slow)).rejects.toMatchObject({ code: "FF_API_NOT_RUNNING" });
  await again.return(undefined);
});

test("what is followed of a flow ends when it is deleted, and is not cut", async () => {
  await using peer = await startTestGateway();
  const { dataPlane } = peer;
  await peer.deploy(boiler, 1, { "if-none-match": "*" });
  const traces = dataPlane.traces.bind(dataPlane);
  const traced = Promise.withResolvers<void>();
  dataPlane.traces = async (name) => {
    traced.resolve();
    return traces(name);
  };
  const client = new GatewayClient({ endpoint: peer.gateway.url, token: TEST_TOKEN });
  const updates = client.followFlow(boiler);
  await updates.next();
  const steps = all(client.followTrace(boiler));
  await traced.promise;
  await client.deleteFlow(boiler, { expected: 1 });
  expect(await steps).toEqual([]);
  expect((await all(updates)).length).toBeLessThan(5);
});
