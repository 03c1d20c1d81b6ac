// From a broker through the gateway to a broker, under load, with the gateway killed again and again: what the broker was
// told is taken comes out. The driver keeps its session, and the sink has what waits on disk.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseFlowName } from "@flowfusion/graph";
import { eventually, Mosquitto } from "@flowfusion/testkit";
import mqtt from "mqtt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { GatewayChild } from "./child.ts";
import { bundleChild, type ChildBundle } from "./child-bundle.ts";

const kills = process.env.FLOWFUSION_TEST_LONG ? 20 : 5;
/** That have to come out between two kills. */
const messagesBetween = 150;
const timeout = 60_000 * kills;

let bundle: ChildBundle;
let cleanup: AsyncDisposableStack;
let broker: Mosquitto;
let dataDir: string;
let gateway: GatewayChild;

beforeAll(async () => {
  bundle = await bundleChild("driver-mqtt");
});
afterAll(() => bundle[Symbol.asyncDispose]());
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  dataDir = await mkdtemp(path.join(tmpdir(), "ff-acknowledged-"));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  broker = cleanup.use(await Mosquitto.start());
  gateway = await GatewayChild.startSound(dataDir, bundle.script);
  cleanup.defer(() => gateway[Symbol.asyncDispose]());
});
afterEach(() => cleanup.disposeAsync());

async function passOn(qos: 1 | 2, protocol: "3.1.1" | "5"): Promise<void> {
  const { wasm } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: ["in"] } },
      out: { type: "mqtt", props: { broker: broker.url, topic: "out", qos: 1, durability: "written" } },
    },
    wires: ["in.out -> out.in"],
  });
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(parseFlowName("pass"), { artefact: digest, expected: "absent" });
  const subscriptions = [{ format: "text", topic: "in", qos }];
  const config = { url: broker.url, protocol, clientId: "line", keepSession: true, subscriptions };
  await gateway.client.putDriver("line", { kind: "mqtt", config }, { expected: "absent" });
  await eventually(async () => {
    expect(await gateway.client.getDriver("line")).toMatchObject({ state: "running", device: "connected" });
  });
}

/** Publishes numbers, from 0 on, as fast as the broker takes them. Gives how many there were, once it is told to end. */
async function load(qos: 1 | 2): Promise<() => Promise<number>> {
  const client = await mqtt.connectAsync(broker.url);
  cleanup.defer(async () => void (await client.endAsync(true)));
  let isOver = false;
  const publishing = (async () => {
    let count = 0;
    for (; !isOver; count++) {
      await client.publishAsync("in", String(count), { qos });
      await sleep(1);
    }
    return count;
  })();
  return () => {
    isOver = true;
    return publishing;
  };
}

async function killAndStart(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  await gateway.end(signal);
  await gateway[Symbol.asyncDispose]();
  gateway = await GatewayChild.startSound(dataDir, bundle.script);
}

const numbersOf = (received: readonly { readonly payload: { readonly value: unknown } }[]): unknown[] =>
  received.map(({ payload }) => payload.value);
const expected = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe("no acknowledged message is lost over kill -9 of the gateway", () => {
  test.each([
    [1, "3.1.1"],
    [1, "5"],
    [2, "5"],
  ] as const)("with QoS %i, over MQTT %s", { timeout }, async (qos, protocol) => {
    const received = await broker.subscribe("out");
    await passOn(qos, protocol);
    const end = await load(qos);
    for (let kill = 0; kill < kills; kill++) {
      const before = received.length;
      await eventually(() => expect(received.length).toBeGreaterThan(before + messagesBetween));
      await killAndStart("SIGKILL");
    }
    const count = await end();
    await eventually(() => expect(new Set(numbersOf(received)).size).toBe(count));
    expect([...new Set(numbersOf(received))].sort((a, b) => Number(a) - Number(b))).toEqual(expected(count));
  });
});

test("each message comes out once, in order, over orderly stops", { timeout }, async () => {
  const received = await broker.subscribe("out");
  await passOn(1, "5");
  const end = await load(1);
  for (let stop = 0; stop < 2; stop++) {
    const before = received.length;
    await eventually(() => expect(received.length).toBeGreaterThan(before + messagesBetween));
    await killAndStart("SIGTERM");
  }
  const count = await end();
  await eventually(() => expect(received.length).toBeGreaterThanOrEqual(count));
  expect(numbersOf(received)).toEqual(expected(count));
});
