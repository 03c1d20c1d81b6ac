// The MQTT driver as host of edge nodes made with Eclipse Tahu, the Sparkplug specification's own implementation.

import { type Receiver, startDriver, startReceiver, type TestDriver } from "@flowfusion/driver-kit/testkit";
import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import sparkplug, { type PayloadOptions, type UPayload } from "sparkplug-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mqttKind } from "./kind.ts";

type Metric = NonNullable<UPayload["metrics"]>[number];

let cleanup: AsyncDisposableStack;
let gateway: Receiver;
let broker: Mosquitto;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await startReceiver());
  broker = cleanup.use(await Mosquitto.start());
});
afterEach(() => cleanup.disposeAsync());

async function startHost(given: object = {}): Promise<TestDriver> {
  const subscriptions = [{ format: "sparkplug", topic: "spBv1.0/g/#" }];
  const config = { url: broker.url, silenceMs: 5000, subscriptions, ...given };
  const driver = cleanup.use(startDriver({ kind: mqttKind, push: gateway.address, config, handled: gateway.handled }));
  await eventually(() => expect(driver.status()?.device).toBe("connected"));
  return driver;
}

/** An edge node with a device, as Tahu's README shows one: its births go out whenever it connects, and when a host asks. */
async function startEdge(born: { readonly node?: Metric[]; readonly device?: Metric[] }, options?: PayloadOptions) {
  const edge = sparkplug.newClient({
    ...{ serverUrl: broker.url, username: "", password: "", groupId: "g", edgeNode: "e", clientId: "tahu" },
    mqttOptions: { reconnectPeriod: 50 },
  });
  const state = { births: 0, commands: 0 };
  edge.on("birth", () => {
    state.births++;
    const control: Metric = { name: "Node Control/Rebirth", type: "Boolean", value: false };
    edge.publishNodeBirth({ timestamp: Date.now(), metrics: [control, ...(born.node ?? [])] }, options);
    if (born.device) edge.publishDeviceBirth("d", { timestamp: Date.now(), metrics: [...born.device] }, options);
  });
  edge.on("ncmd", ({ metrics }) => {
    state.commands++;
    if (metrics?.some(({ name, value }) => name === "Node Control/Rebirth" && value === true)) edge.emit("birth");
  });
  cleanup.defer(() => edge.stop());
  await eventually(() => expect(state.births).toBeGreaterThan(0));
  return { edge, state };
}

/** Breaks the connection as a cut cable does: without a farewell. */
const cut = (edge: object) => (edge as { client: { stream: { destroy(): void } } }).client.stream.destroy();
const last = (tag: string) => gateway.updates.findLast((update) => update.tag === tag);

describe("an edge node of Tahu", () => {
  test("is read with every type that a tag can hold", async () => {
    await startHost();
    const at = Date.now() - 5000;
    const metrics: [Metric["type"], Metric["value"], unknown][] = [
      ["Int8", -5, -5n],
      ["Int16", -300, -300n],
      ["Int32", -70_000, -70_000n],
      ["Int64", -70_000, -70_000n],
      ["UInt8", 200, 200n],
      ["UInt16", 60_000, 60_000n],
      ["UInt32", 4_000_000_000, 4_000_000_000n],
      ["UInt64", 2 ** 40, 2n ** 40n],
      ["Float", 1.5, 1.5],
      ["Double", 0.1, 0.1],
      ["Boolean", true, true],
      ["String", "Größe", "Größe"],
      ["Text", "t", "t"],
      ["UUID", "7c2e", "7c2e"],
      ["DateTime", at, BigInt(at)],
      ["Bytes", Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ];
    await startEdge({ node: metrics.map(([type, value]) => ({ name: type, type, value, timestamp: at })) });
    await eventually(() => expect(gateway.updates).toHaveLength(metrics.length + 1));
    for (const [type, , expected] of metrics) {
      expect(last(`g/e/${type}`)).toMatchObject({ quality: 0, timestampNs: BigInt(at) * 1_000_000n });
      expect(last(`g/e/${type}`)?.value, type).toEqual(expected);
    }
  });

  test("sends data by alias, of node and device, numbered over 255 to 0", async () => {
    const driver = await startHost();
    const { edge, state } = await startEdge({
      node: [{ name: "speed", alias: 1, type: "Int32", value: 0 }],
      device: [{ name: "temp", alias: 2, type: "Double", value: 0 }],
    });
    // Numbers 0 and 1 are the births'.
    for (let n = 1; n <= 300; n++) {
      const timestamp = Date.now();
      edge.publishNodeData({ timestamp, metrics: [{ alias: 1, type: "Int32", value: -n }] });
      edge.publishDeviceData("d", { timestamp, metrics: [{ alias: 2, type: "Double", value: n / 2 }] });
    }
    await eventually(() => expect(last("g/e/d/temp")?.value).toBe(150));
    const valuesOf = (tag: string) => gateway.updates.filter((update) => update.tag === tag).map(({ value }) => value);
    expect(valuesOf("g/e/speed")).toEqual(Array.from({ length: 301 }, (_, n) => BigInt(-n)));
    expect(valuesOf("g/e/d/temp")).toEqual(Array.from({ length: 301 }, (_, n) => n / 2));
    expect(state).toEqual({ births: 1, commands: 0 });
    expect(driver.status()?.lastError).toBeUndefined();
  });

  test.each(["DEFLATE", "GZIP"] as const)("may compress its messages with %s", async (algorithm) => {
    await startHost();
    const options = { compress: true, algorithm };
    const { edge, state } = await startEdge({ node: [{ name: "speed", alias: 1, type: "Int32", value: 7 }] }, options);
    edge.publishNodeData({ timestamp: Date.now(), metrics: [{ alias: 1, type: "Int32", value: 8 }] }, options);
    await eventually(() => expect(last("g/e/speed")).toMatchObject({ value: 8n, quality: 0 }));
    expect(state).toEqual({ births: 1, commands: 0 });
  });

  test("that was born before the driver came is asked for its births, and known from then on", async () => {
    const { edge, state } = await startEdge({ node: [{ name: "speed", alias: 1, type: "Int32", value: 7 }] });
    await startHost();
    edge.publishNodeData({ timestamp: Date.now(), metrics: [{ alias: 1, type: "Int32", value: 8 }] });
    await eventually(() => expect(state).toEqual({ births: 2, commands: 1 }));
    await eventually(() => expect(last("g/e/speed")).toMatchObject({ value: 7n, quality: 0 }));
    edge.publishNodeData({ timestamp: Date.now(), metrics: [{ alias: 1, type: "Int32", value: 9 }] });
    await eventually(() => expect(last("g/e/speed")).toMatchObject({ value: 9n, quality: 0 }));
  });

  test("turns bad, with its devices, when it dies, and good when it is back", async () => {
    await startHost();
    const { edge } = await startEdge({
      node: [{ name: "speed", type: "Int32", value: 7 }],
      device: [{ name: "temp", type: "Double", value: 20 }],
    });
    await eventually(() => expect(last("g/e/d/temp")?.quality).toBe(0));
    cut(edge);
    const qualities = (tag: string) => gateway.updates.filter((u) => u.tag === tag).map(({ quality }) => quality);
    for (const tag of ["g/e/speed", "g/e/d/temp"]) await eventually(() => expect(qualities(tag)).toEqual([0, 2, 0]));
  });

  describe("that missed nothing while the driver had no connection for so long that its tags turned bad", () => {
    const born = {
      node: [{ name: "speed", alias: 1, type: "Int32", value: 7 }],
      device: [{ name: "temp", alias: 2, type: "Double", value: 20 }],
    } satisfies Parameters<typeof startEdge>[0];
    const tags = () => [last("g/e/speed"), last("g/e/d/temp")];
    const [good, bad] = [{ quality: 0 }, { quality: 2, value: null }];
    const start = async (given: object = {}) => {
      const gate = cleanup.use(await Gate.to(broker.port));
      const driver = await startHost({ url: `mqtt://127.0.0.1:${gate.port}`, silenceMs: 500, ...given });
      const outage = async () => {
        await eventually(() => expect(tags()).toMatchObject([good, good]));
        gate.isOpen = false;
        gate.cut();
        await eventually(() => expect(tags()).toMatchObject([bad, bad]));
        await eventually(() => expect(driver.status()?.device).toBe("silent"));
        gate.isOpen = true;
        await eventually(() => expect(driver.status()?.device).toBe("connected"));
      };
      return { outage, ...(await startEdge(born)) };
    };

    test("is asked for its births each time, and good again with them", async () => {
      const { outage, state } = await start();
      await outage();
      await outage();
      await eventually(() => expect(tags()).toMatchObject([good, good]));
      expect(state).toEqual({ births: 3, commands: 2 });
    });

    test("is not asked where the driver may not, and good again with what it tells next", async () => {
      const subscriptions = [{ format: "sparkplug", topic: "spBv1.0/g/#", rebirth: false }];
      const { outage, edge, state } = await start({ subscriptions });
      await outage();
      edge.publishNodeData({ timestamp: Date.now(), metrics: [{ alias: 1, type: "Int32", value: 8 }] });
      await eventually(() => expect(tags()).toMatchObject([{ quality: 0, value: 8n }, bad]));
      expect(state).toEqual({ births: 1, commands: 0 });
    });
  });

  test("turns only its device bad when that dies", async () => {
    await startHost();
    const { edge } = await startEdge({
      node: [{ name: "speed", type: "Int32", value: 7 }],
      device: [{ name: "temp", type: "Double", value: 20 }],
    });
    await eventually(() => expect(last("g/e/d/temp")?.quality).toBe(0));
    edge.publishDeviceDeath("d", { timestamp: Date.now() });
    await eventually(() => expect(last("g/e/d/temp")?.quality).toBe(2));
    expect(last("g/e/speed")?.quality).toBe(0);
  });
});
