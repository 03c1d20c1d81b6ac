// The MQTT driver as a process, against mosquitto, and against what is no broker.

import { type AddressInfo, createServer } from "node:net";
import { type Receiver, startDriver, startReceiver, type TestDriver } from "@flowfusion/driver-kit/testkit";
import { encodeSparkplug, type SparkplugMetric, sparkplugType } from "@flowfusion/proto/sparkplug";
import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mqttKind } from "./kind.ts";

let cleanup: AsyncDisposableStack;
let gateway: Receiver;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  gateway = cleanup.use(await startReceiver());
});
afterEach(() => cleanup.disposeAsync());

const startBroker = async (...options: Parameters<typeof Mosquitto.start>) =>
  cleanup.use(await Mosquitto.start(...options));

async function publisher(broker: Mosquitto): Promise<MqttClient> {
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 50 });
  client.on("error", () => {});
  cleanup.defer(async () => void (await client.endAsync(true)));
  return client;
}

function subscribe(
  url: string,
  subscriptions: readonly object[],
  config: object = {},
  secrets: Record<string, string> = {},
): TestDriver {
  const whole = { url, silenceMs: 500, subscriptions, ...config };
  return cleanup.use(
    startDriver({ kind: mqttKind, push: gateway.address, config: whole, secrets, handled: gateway.handled }),
  );
}
const connected = (driver: TestDriver) => eventually(() => expect(driver.status()?.device).toBe("connected"));

describe("messages become readings", () => {
  test.each(["3.1.1", "5"])("over MQTT %s, each as its subscription says", async (protocol) => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const driver = subscribe(
      broker.url,
      [
        { format: "json", topic: "plant/+/temp", value: "v", quality: "q", tag: "{1}/temp" },
        { format: "text", topic: "plant/+/door", type: "boolean", qos: 0 },
        { format: "json", topic: "plant/#", qos: 2 },
      ],
      { protocol },
    );
    await connected(driver);
    await client.publishAsync("plant/b1/temp", '{"v":21.5,"q":"uncertain"}', { qos: 1 });
    await client.publishAsync("plant/b1/door", "on");
    await client.publishAsync("plant/b2", '{"rpm":1450,"state":"idle"}', { qos: 2 });
    await eventually(() => expect(gateway.updates).toHaveLength(4));
    expect(gateway.updates.map(({ tag, quality, value }) => [tag, quality, value]).sort()).toEqual([
      ["b1/temp", 1, 21.5],
      ["plant/b1/door", 0, true],
      ["plant/b2/rpm", 0, 1450],
      ["plant/b2/state", 0, "idle"],
    ]);
  });

  test("and what is none of them is told, and harms no other", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const driver = subscribe(broker.url, [{ format: "json", topic: "#", value: "v" }], {
      payloadBytesMax: 1000,
      tagsMax: 2,
    });
    await connected(driver);
    const told = (message: string) => eventually(() => expect(driver.status()?.lastError).toBe(message));
    await client.publishAsync("a", "{", { qos: 1 });
    await told("a: the payload is not JSON");
    await client.publishAsync("b", Buffer.alloc(1001, "1"), { qos: 1 });
    await told("b: 1001 bytes, 1000 allowed");
    for (const topic of ["x", "y", "z"]) await client.publishAsync(topic, '{"v":1}', { qos: 1 });
    await told("z: more than 2 tags");
    await eventually(() => expect(driver.status()?.dropped).toBe(1));
    await eventually(() => expect(gateway.updates.map(({ tag }) => tag)).toEqual(["x", "y"]));
    expect(driver.status()?.device).toBe("connected");
  });

  test("and one that nests without end, which the broker kept, ends no driver", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const nested = "[".repeat(10_000) + "]".repeat(10_000);
    await client.publishAsync("n/deep", `{"v":${nested}}`, { qos: 1, retain: true });
    const driver = subscribe(broker.url, [{ format: "json", topic: "n/+", value: "v" }]);
    const why = "n/deep: the document nests more than 16 levels deep";
    await eventually(() => expect(driver.status()?.lastError).toBe(why));
    await client.publishAsync("n/flat", '{"v":[1]}', { qos: 1 });
    await eventually(() => expect(gateway.last("n/flat")?.value).toBe("[1]"));
    expect(driver.errors).toEqual([]);
    expect(driver.child.exitCode).toBeNull();
  });

  test("nothing of QoS 1 is lost while the driver is away and keeps its session", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const session = { clientId: "it", keepSession: true };
    const first = subscribe(broker.url, [{ format: "text", topic: "n" }], session);
    await connected(first);
    await first.stop();
    for (let n = 0; n < 100; n++) await client.publishAsync("n", String(n), { qos: 1 });
    subscribe(broker.url, [{ format: "text", topic: "n" }], session);
    // A broker that hears too late of a message that arrived sends it again; a tag that waited too long for it was bad.
    const values = () => {
      const good = gateway.updates.filter(({ quality }) => quality === 0);
      return [...new Set(good.map(({ value }) => value))];
    };
    await eventually(() => expect(values()).toEqual(Array.from({ length: 100 }, (_, n) => n)));
  });

  test("nor where its subscriptions stand in another order when it is back", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const subscriptions = ["a", "b", "c"].map((topic) => ({ format: "text", topic }));
    const session = { clientId: "it", keepSession: true };
    const first = subscribe(broker.url, subscriptions, session);
    await connected(first);
    await first.stop();
    for (const topic of ["a", "b", "c"]) await client.publishAsync(topic, "1", { qos: 1 });
    const wide = { format: "text", topic: "+" };
    subscribe(broker.url, [...subscriptions.slice(1).reverse(), wide], session);
    await eventually(() => {
      const good = gateway.updates.filter(({ quality }) => quality === 0);
      expect([...new Set(good.map(({ tag }) => tag))].sort()).toEqual(["a", "b", "c"]);
    });
  });
});

describe("messages that the gateway has no room for, in the middle of one too, wait at the broker", () => {
  const messages = 25;
  const fields = 900;
  /** So long that those that a broker sends before a receipt are more than the driver's queue and the sockets hold. */
  const text = "x".repeat(1000);
  const payload = JSON.stringify(Object.fromEntries(Array.from({ length: fields }, (_, field) => [`f${field}`, text])));
  const limits = { payloadBytesMax: 2 * payload.length, tagsMax: messages * fields };

  test.each([
    [1, true],
    [2, true],
    [1, false],
  ] as const)("QoS %i, session kept: %s", async (qos, keepSession) => {
    const broker = await startBroker();
    const client = await publisher(broker);
    gateway.pause();
    const config = { ...limits, clientId: "it", keepSession };
    const driver = subscribe(broker.url, [{ format: "json", topic: "m/+", qos }], config);
    await connected(driver);
    for (let message = 0; message < messages; message++) await client.publishAsync(`m/${message}`, payload, { qos });
    // It has begun one that it cannot write whole.
    await eventually(() => expect(driver.status()!.updates % fields).toBeGreaterThan(0));
    gateway.resume();
    await eventually(() => expect(gateway.updates.length).toBeGreaterThanOrEqual(messages * fields));
    expect(new Set(gateway.updates.map(({ tag }) => tag)).size).toBe(messages * fields);
    expect(driver.status()).toMatchObject({ dropped: 0 });
  });

  test("and one that the driver's end cuts gets no receipt: it comes again, whole", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const subscriptions = [{ format: "json", topic: "m/+" }];
    const session = { ...limits, clientId: "it", keepSession: true };
    gateway.pause();
    const first = subscribe(broker.url, subscriptions, session);
    await connected(first);
    for (let message = 0; message < messages; message++) await client.publishAsync(`m/${message}`, payload, { qos: 1 });
    await eventually(() => expect(first.status()!.updates % fields).toBeGreaterThan(0));
    await first.stop();
    gateway.resume();
    subscribe(broker.url, subscriptions, session);
    await eventually(() => expect(new Set(gateway.updates.map(({ tag }) => tag)).size).toBe(messages * fields));
  });
});

describe("a subscription that clients share", () => {
  test.each(["3.1.1", "5"])("over MQTT %s gives its messages to one of them, by their topics", async (protocol) => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const topic = "$share/line/plant/+/temp";
    for (let n = 0; n < 2; n++) {
      await connected(subscribe(broker.url, [{ format: "text", topic, tag: "{1}" }], { protocol, clientId: `c${n}` }));
    }
    for (let n = 0; n < 10; n++) await client.publishAsync(`plant/b${n}/temp`, String(n), { qos: 1 });
    await eventually(() => expect(gateway.updates).toHaveLength(10));
    const read = gateway.updates.map(({ tag, value }) => `${tag} ${value}`);
    expect(read.sort()).toEqual(Array.from({ length: 10 }, (_, n) => `b${n} ${n}`));
  });

  test("is known by the topics that it matches", () => {
    const checked = mqttKind.checkConfig({
      url: "mqtt://broker.test",
      subscriptions: [
        { format: "text", topic: "$share/line/a/b", tag: "{1}" },
        { format: "text", topic: "a/b", tag: "never" },
        { format: "json", topic: "$share/line/c/+" },
        { format: "sparkplug", topic: "$share/line/spBv1.0/#" },
      ],
    });
    expect(checked.problems).toEqual([]);
    expect(mqttKind.tags!(checked.value!)).toEqual(["b"]);
    expect(mqttKind.sources!(checked.value!)[0]).toMatch(/^c\/\+ at /);
  });

  test.each(["$share/line", "$share/line/", "$share//a", "$share/+/a", "$share/li#/a"])("is not %s", (topic) => {
    const config = { url: "mqtt://broker.test", subscriptions: [{ format: "text", topic }] };
    expect(mqttKind.checkConfig(config).problems).toMatchObject([{ path: "subscriptions[0].topic" }]);
  });
});

describe("a broker that is gone", () => {
  test("turns all tags bad within the silence time, and they are good again with their next message", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const driver = subscribe(broker.url, [{ format: "text", topic: "t/#" }]);
    await connected(driver);
    await client.publishAsync("t/a", "1", { qos: 1 });
    await client.publishAsync("t/b", "2", { qos: 1 });
    await eventually(() => expect(gateway.last("t/b")?.value).toBe(2));
    await broker.kill();
    await eventually(() =>
      expect([gateway.last("t/a"), gateway.last("t/b")]).toMatchObject([{ quality: 2, value: null }, { quality: 2 }]),
    );
    await eventually(() => expect(driver.status()?.device).toBe("silent"));
    await broker.start();
    await connected(driver);
    await client.publishAsync("t/a", "3", { qos: 1 });
    await eventually(() => expect(gateway.last("t/a")).toMatchObject({ quality: 0, value: 3 }));
    expect(gateway.last("t/b")).toMatchObject({ quality: 2 });
  });

  test("for its silence is noticed by the keep-alive", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const driver = subscribe(broker.url, [{ format: "text", topic: "t" }], { keepAliveMs: 1000 });
    await connected(driver);
    await client.publishAsync("t", "1", { qos: 1 });
    await eventually(() => expect(gateway.last("t")?.value).toBe(1));
    await broker.freeze();
    await eventually(() => expect(gateway.last("t")).toMatchObject({ quality: 2, value: null }));
  });
});

describe("a broker that refuses the connection", () => {
  test.each([
    ["3.1.1", "20020003", /Server unavailable/],
    ["3.1.1", "20020005", /Not authorized/],
    ["5", "2003008800", /Server unavailable/],
    ["5", "2003008700", /Not authorized/],
  ])("over MQTT %s with %s, again and again, is read from once it takes it", async (protocol, connack, why) => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const gate = cleanup.use(await Gate.to(broker.port));
    gate.isOpen = false;
    gate.refusal = Buffer.from(connack, "hex");
    const driver = subscribe(`mqtt://127.0.0.1:${gate.port}`, [{ format: "text", topic: "n" }], { protocol });
    await eventually(() => expect(gate.turnedAwayMs.length).toBeGreaterThan(2));
    await eventually(() => expect(driver.status()?.lastError).toMatch(why));
    gate.isOpen = true;
    await connected(driver);
    await client.publishAsync("n", "7", { qos: 1 });
    await eventually(() => expect(gateway.last("n")).toMatchObject({ quality: 0, value: 7 }));
    expect(driver.errors).toEqual([]);
  });

  test("is tried with growing pauses", async () => {
    const gate = cleanup.use(await Gate.to(0));
    gate.isOpen = false;
    gate.refusal = Buffer.from("20020003", "hex");
    subscribe(`mqtt://127.0.0.1:${gate.port}`, [{ format: "text", topic: "n" }], {
      protocol: "3.1.1",
      silenceMs: 10_000,
    });
    await eventually(() => {
      const pausesMs = gate.turnedAwayMs.slice(1).map((atMs, index) => atMs - gate.turnedAwayMs[index]!);
      const recentMs = pausesMs.slice(-2);
      expect(recentMs).toHaveLength(2);
      expect(Math.min(...recentMs)).toBeGreaterThan(1_000);
    });
  });

  test("is tried with growing pauses, too, where it takes each connection and ends it soon after", async () => {
    const broker = await startBroker();
    const gate = cleanup.use(await Gate.to(broker.port));
    const driver = subscribe(`mqtt://127.0.0.1:${gate.port}`, [{ format: "text", topic: "n" }], { silenceMs: 10_000 });
    await eventually(async () => {
      await connected(driver);
      gate.cut();
      const cutMs = performance.now();
      await eventually(() => expect(driver.status()).toMatchObject({ device: "connecting" }));
      await connected(driver);
      expect(performance.now() - cutMs).toBeGreaterThan(1_500);
    });
  });
});

test.each([
  ["3.1.1", 0x80],
  ["5", 0x87],
])("over MQTT %s a topic that the broker refuses with %i is told of, and harms no other", async (protocol, code) => {
  const isNew = protocol === "5";
  const noProperties = isNew ? [0] : [];
  let sent = 0;
  const server = createServer((socket) => {
    cleanup.defer(() => void socket.destroy());
    let rest = Buffer.alloc(0);
    let publishing: NodeJS.Timeout | undefined;
    socket.on("error", () => {}).on("close", () => clearInterval(publishing));
    const publish = () => {
      const body = [0, 2, ...Buffer.from("ok"), ...noProperties, ...Buffer.from(String(++sent))];
      socket.write(Buffer.from([0x30, body.length, ...body]));
    };
    socket.on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      // Each packet has less than 128 bytes: its length is one byte.
      while (rest.length >= 2 && 2 + rest[1]! <= rest.length) {
        const packet = rest.subarray(0, 2 + rest[1]!);
        rest = rest.subarray(packet.length);
        if (packet[0] === 0x10) socket.write(Buffer.from([0x20, 2 + noProperties.length, 0, 0, ...noProperties]));
        if (packet[0] !== 0x82) continue;
        const isRefused = packet.includes("forbidden");
        const body = [packet[2]!, packet[3]!, ...noProperties, isRefused ? code : 0];
        socket.write(Buffer.from([0x90, body.length, ...body]));
        if (!isRefused) publishing = setInterval(publish, 50);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.defer(() => void server.close());
  const topics = ["forbidden", "ok"].map((topic) => ({ format: "text", topic }));
  const driver = subscribe(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, topics, { protocol });
  const lastError = "the broker refused to subscribe to forbidden";
  await eventually(() => expect(driver.status()).toMatchObject({ device: "connected", lastError }));
  // For longer than the silence time.
  await eventually(() => expect(gateway.last("ok")?.value).toBeGreaterThan(30));
  expect(gateway.updates.filter(({ quality }) => quality !== 0)).toEqual([]);
  expect(driver.status()).toMatchObject({ device: "connected", lastError });
});

test("a message that the broker retained is a reading of when the driver connected, or of the time that it tells", async () => {
  const broker = await startBroker();
  const client = await publisher(broker);
  await client.publishAsync("level", "7", { qos: 1, retain: true });
  await client.publishAsync("temp", '{"v":21.5,"at":"2026-01-31T12:00:00Z"}', { qos: 1, retain: true });
  const beforeNs = BigInt(Date.now()) * 1_000_000n;
  subscribe(broker.url, [
    { format: "text", topic: "level" },
    { format: "json", topic: "temp", value: "v", timestamp: "at" },
  ]);
  await eventually(() => expect(gateway.last("level")).toMatchObject({ quality: 0, value: 7 }));
  expect(gateway.last("level")!.timestampNs).toBeGreaterThanOrEqual(beforeNs);
  const told = BigInt(Date.parse("2026-01-31T12:00:00Z")) * 1_000_000n;
  await eventually(() => expect(gateway.last("temp")).toMatchObject({ quality: 0, value: 21.5, timestampNs: told }));
});

test("a tag whose messages stay away turns bad alone, where its subscription says after how long", async () => {
  const broker = await startBroker();
  const client = await publisher(broker);
  const driver = subscribe(broker.url, [
    { format: "text", topic: "beat", staleMs: 300 },
    { format: "text", topic: "rare" },
  ]);
  await connected(driver);
  await client.publishAsync("rare", "1", { qos: 1 });
  await client.publishAsync("beat", "1", { qos: 1 });
  await eventually(() => expect(gateway.last("beat")).toMatchObject({ quality: 2, value: null }));
  expect(gateway.last("rare")).toMatchObject({ quality: 0, value: 1 });
});

test.each(["3.1.1", "5"])(
  "over MQTT %s the end of its connection is told of, as by another client with the same clientId",
  async (protocol) => {
    const broker = await startBroker();
    const driver = subscribe(broker.url, [{ format: "text", topic: "t" }], { clientId: "twin", protocol });
    await connected(driver);
    expect(driver.status()?.lastError).toBeUndefined();
    const twin = await mqtt.connectAsync(broker.url, { clientId: "twin", reconnectPeriod: 0 });
    cleanup.defer(async () => void (await twin.endAsync(true)));
    await eventually(() => expect(driver.status()?.lastError ?? "").toMatch(/ended the connection.* clientId twin/));
    await connected(driver);
  },
);

describe("who may not", () => {
  const subscriptions = [{ format: "text", topic: "t" }];
  const user = { name: "flowfusion", password: "s3cret-word" };

  test("log in is told so, without the password; who may, reads", async () => {
    const broker = await startBroker({ user });
    const wrong = subscribe(broker.url, subscriptions, { username: user.name }, { password: "not-the-word" });
    await eventually(() => expect(wrong.status()?.lastError).toMatch(/[Nn]ot authorized/));
    expect(JSON.stringify([wrong.status(), wrong.logs, wrong.errors])).not.toContain("not-the-word");
    const right = subscribe(broker.url, subscriptions, { username: user.name }, { password: user.password });
    await connected(right);
  });

  test("prove who they are are not talked to; whose certificate was named, are", async () => {
    const broker = await startBroker({ tls: true });
    const unproven = subscribe(broker.tlsUrl, subscriptions);
    await eventually(() => expect(unproven.status()?.lastError).toMatch(/self-signed|certificate/));
    const ca = await broker.certificate();
    const other = subscribe(broker.tlsUrl, subscriptions, { ca });
    await eventually(() => expect(other.status()?.lastError).toMatch(/altnames|IP/));
    const named = subscribe(broker.tlsUrl, subscriptions, { ca, serverName: "broker.test" });
    await connected(named);
  });
});

describe("Sparkplug B", () => {
  const temp: SparkplugMetric = { name: "temp", alias: 3n, datatype: sparkplugType.int16, value: -5n };
  const payload = (seq: number | undefined, ...metrics: readonly SparkplugMetric[]) =>
    Buffer.from(encodeSparkplug({ timestampMs: Date.now(), ...(seq === undefined ? {} : { seq }), metrics }));

  test("is asked for births, read by alias, and bad after a death", async () => {
    const broker = await startBroker();
    const client = await publisher(broker);
    const driver = subscribe(broker.url, [{ format: "sparkplug", topic: "spBv1.0/g/#" }]);
    await connected(driver);

    const asked = new Promise<string>((resolve) => client.on("message", (topic) => resolve(topic)));
    await client.subscribeAsync("spBv1.0/g/NCMD/+");
    await client.publishAsync("spBv1.0/g/NDATA/e", payload(9, { alias: 3n, value: 1n }));
    expect(await asked).toBe("spBv1.0/g/NCMD/e");
    expect(gateway.updates).toEqual([]);

    await client.publishAsync("spBv1.0/g/NBIRTH/e", payload(0, temp));
    await client.publishAsync("spBv1.0/g/NDATA/e", payload(1, { alias: 3n, value: 0xfffan }));
    await eventually(() => expect(gateway.of("g/e/temp").map(({ value }) => value)).toEqual([-5n, -6n]));
    await client.publishAsync("spBv1.0/g/NDEATH/e", payload(undefined));
    await eventually(() => expect(gateway.last("g/e/temp")).toMatchObject({ quality: 2, value: null }));
    await client.publishAsync("spBv1.0/g/NBIRTH/e", payload(0, temp));
    await eventually(() => expect(gateway.last("g/e/temp")).toMatchObject({ quality: 0, value: -5n }));
  });
});

describe("what is no broker", () => {
  const connack = "20020000";
  test.each([
    ["garbage", "ffffffffffffffffffffffff", "5"],
    ["a message that promises 256 MB, and sends it", `${connack}30ffffff7f`, "3.1.1"],
  ])("that answers with %s is hung up on, and the process stays small", async (_, hex, protocol) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(Buffer.from(hex, "hex"));
        const flood = setInterval(() => socket.write(Buffer.alloc(65_536)), 1);
        socket.once("close", () => clearInterval(flood));
      });
      cleanup.defer(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => void server.close());
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const driver = subscribe(url, [{ format: "text", topic: "t" }], { protocol, payloadBytesMax: 1000 });
    await eventually(() => expect(driver.status()?.lastError).toBeDefined());
    await eventually(() => expect(driver.status()?.device).toBe("silent"));
    expect(driver.status()!.rssBytes).toBeLessThan(250 * 1024 * 1024);
    expect(driver.child.exitCode).toBeNull();
    expect(driver.errors).toEqual([]);
  });
});
