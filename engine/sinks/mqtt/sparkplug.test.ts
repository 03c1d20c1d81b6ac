import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decodeSparkplug,
  encodeSparkplug,
  type SparkplugMetric,
  type SparkplugPayload,
} from "@flowfusion/proto/sparkplug";
import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SinkQueue } from "../queue.ts";
import { message } from "../testkit/messages.ts";
import { append, queueOf } from "../testkit/queues.ts";
import { mqttSink } from "../testkit/sinks.ts";

interface Heard {
  readonly type: string;
  readonly topic: string;
  readonly payload: SparkplugPayload;
}

let broker: Mosquitto;
let host: MqttClient;
let heard: Heard[];
const queues: SinkQueue[] = [];

beforeEach(async () => {
  broker = await Mosquitto.start();
  heard = [];
  host = await mqtt.connectAsync(broker.url, { reconnectPeriod: 20, resubscribe: false });
  host.on("error", () => {});
  host.on("message", (topic, bytes) => {
    const type = topic.split("/")[2]!;
    if (type !== "NCMD") heard.push({ type, topic, payload: decodeSparkplug(bytes) });
  });
  await host.subscribeAsync("spBv1.0/#");
});

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close(0)));
  await host.endAsync(true);
  await broker[Symbol.asyncDispose]();
});

const identity = { groupId: "plant", edgeNodeId: "line 1", deviceId: "press" };

function start(sparkplug: object = identity, url = broker.url, sessionDir?: string): SinkQueue {
  const props = { encoding: "sparkplug_b", sparkplug: sparkplug as typeof identity };
  const queue = queueOf(mqttSink(url, props, {}, { sessionDir }));
  queues.push(queue);
  return queue;
}

const typesHeard = () => heard.map(({ type }) => type);
const metricsOf = (type: string) => heard.filter((one) => one.type === type).flatMap(({ payload }) => payload.metrics);
const byName = (metrics: readonly SparkplugMetric[]) =>
  Object.fromEntries(metrics.map(({ name, value }) => [name!, value]));
const now = () => BigInt(Date.now() + 60_000) * 1_000_000n;

describe("the mqtt sink as a Sparkplug B edge node", () => {
  test("is born with its metrics and their types before it sends data, and counts its messages", async () => {
    const queue = start();
    append(queue, [
      message("temp", 21.5, now()),
      message("on", true, now()),
      message("n", 5n, now()),
      message("text", "ü", now()),
    ]);
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 4, dropped: {} }));
    append(queue, [message("temp", 22, now())]);
    await eventually(() => expect(typesHeard()).toEqual(["NBIRTH", "DBIRTH", "DDATA", "DDATA"]));
    expect(heard.map(({ topic }) => topic)).toEqual([
      "spBv1.0/plant/NBIRTH/line 1",
      "spBv1.0/plant/DBIRTH/line 1/press",
      "spBv1.0/plant/DDATA/line 1/press",
      "spBv1.0/plant/DDATA/line 1/press",
    ]);
    expect(heard.map(({ payload }) => payload.seq)).toEqual([0, 1, 2, 3]);
    expect(byName(metricsOf("NBIRTH"))).toEqual({ bdSeq: 0n, "Node Control/Rebirth": false });
    expect(metricsOf("DBIRTH").map(({ name, datatype, value, quality }) => [name, datatype, value, quality])).toEqual([
      ["temp", 10, 21.5, 192],
      ["on", 11, true, 192],
      ["n", 4, 5n, 192],
      ["text", 12, "ü", 192],
    ]);
    expect(metricsOf("DDATA").at(-1)).toMatchObject({ name: "temp", value: 22 });
  });

  test("has the metrics as its own where there is no device", async () => {
    const queue = start({ groupId: "plant", edgeNodeId: "line 1" });
    append(queue, [message("temp", 1, now())]);
    await eventually(() => expect(typesHeard()).toEqual(["NBIRTH", "NDATA"]));
    expect(byName(metricsOf("NBIRTH"))).toEqual({ bdSeq: 0n, "Node Control/Rebirth": false, temp: 1 });
  });

  test.each([
    ["a new metric", "more", 5],
    ["a metric of another type", "temp", "hot"],
  ])("is born anew for %s", async (_, topic, value) => {
    const queue = start();
    append(queue, [message("temp", 1, now())]);
    await eventually(() => expect(queue.stats.sent).toBe(1));
    append(queue, [message(topic, value, now())]);
    await eventually(() => expect(typesHeard()).toEqual(["NBIRTH", "DBIRTH", "DDATA", "NBIRTH", "DBIRTH", "DDATA"]));
    expect(byName(heard[4]!.payload.metrics)).toEqual({ temp: 1, [topic]: value });
    expect(heard[3]!.payload.seq).toBe(0);
  });

  test("keeps the type of a metric whose reading has no value", async () => {
    const queue = start();
    append(queue, [message("temp", 1, now())]);
    await eventually(() => expect(queue.stats.sent).toBe(1));
    append(queue, [{ ...message("temp", null, now()), quality: 2 }]);
    await eventually(() => expect(typesHeard()).toEqual(["NBIRTH", "DBIRTH", "DDATA", "DDATA"]));
    expect(metricsOf("DDATA").at(-1)).toMatchObject({ name: "temp", datatype: 10, quality: 0, value: null });
  });

  test("is born anew when a host asks for it", async () => {
    const queue = start();
    append(queue, [message("temp", 7, now())]);
    await eventually(() => expect(typesHeard()).toEqual(["NBIRTH", "DBIRTH", "DDATA"]));
    const ask = (name: string) => Buffer.from(encodeSparkplug({ metrics: [{ name, datatype: 11, value: true }] }));
    await host.publishAsync("spBv1.0/plant/NCMD/line 1", "no payload of Sparkplug");
    await host.publishAsync("spBv1.0/plant/NCMD/line 1", ask("Node Control/Reboot"));
    await host.publishAsync("spBv1.0/plant/NCMD/line 1", ask("Node Control/Rebirth"));
    await eventually(() => expect(typesHeard().slice(3)).toEqual(["NBIRTH", "DBIRTH"]));
    expect(byName(heard[4]!.payload.metrics)).toEqual({ temp: 7 });
    expect(heard.slice(3).map(({ payload }) => payload.seq)).toEqual([0, 1]);
  });

  test("dies when it is closed, with the number of its birth", async () => {
    const queue = start();
    append(queue, [message("temp", 1, now())]);
    await eventually(() => expect(queue.stats.sent).toBe(1));
    await queue.close(0);
    await eventually(() => expect(typesHeard().slice(3)).toEqual(["DDEATH", "NDEATH"]));
    expect(byName(heard.at(-1)!.payload.metrics)).toEqual({ bdSeq: 0n });
  });

  test("dies by its will each time that it is cut off, with the number of its birth", async () => {
    await using gate = await Gate.to(broker.port);
    const queue = start(identity, `mqtt://127.0.0.1:${gate.port}`);
    for (let cut = 0; cut < 3; cut++) {
      append(queue, [message("temp", cut, now())]);
      await eventually(() => expect(typesHeard()).toEqual(["NBIRTH", "DBIRTH", "DDATA"]));
      const { bdSeq } = byName(metricsOf("NBIRTH"));
      expect(bdSeq).toBe(BigInt(cut));
      gate.cut();
      await eventually(() => expect(typesHeard().slice(3)).toEqual(["NDEATH"]));
      expect(byName(metricsOf("NDEATH"))).toEqual({ bdSeq });
      expect(heard.splice(0).at(-1)?.topic).toBe("spBv1.0/plant/NDEATH/line 1");
    }
  });

  test("is born with another number after each kill -9, so that a death that comes late is told from its own", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ff-sessions-"));
    const script = fileURLToPath(import.meta.resolve("../testkit/sparkplug-writer.ts"));
    const numbers: unknown[] = [];
    const runAndKill = async () => {
      heard.length = 0;
      const child = spawn(process.execPath, [script, broker.url, folder], { stdio: ["ignore", "ignore", "inherit"] });
      await eventually(() => expect(typesHeard()).toContain("NBIRTH"));
      child.kill("SIGKILL");
      await eventually(() => expect(typesHeard().at(-1)).toBe("NDEATH"));
      const { bdSeq } = byName(metricsOf("NBIRTH"));
      expect(byName(metricsOf("NDEATH"))).toEqual({ bdSeq });
      numbers.push(bdSeq);
    };
    try {
      await runAndKill();
      await runAndKill();
      const [name] = await readdir(folder);
      const file = join(folder, name!, "session.json");
      expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ groupId: "plant", edgeNodeId: "line 1", bdSeq: 1 });
      await writeFile(file, JSON.stringify({ bdSeq: 254 }));
      await runAndKill();
      await runAndKill();
      await writeFile(file, "half a fi");
      await runAndKill();
      expect(numbers).toEqual([0n, 1n, 255n, 0n, 0n]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("is born where no number can be kept, and counts on in memory", async () => {
    await using gate = await Gate.to(broker.port);
    const queue = start(identity, `mqtt://127.0.0.1:${gate.port}`, "/dev/null/nowhere");
    for (const bdSeq of [0n, 1n]) {
      append(queue, [message("temp", 1, now())]);
      await eventually(() => expect(byName(metricsOf("NBIRTH"))).toMatchObject({ bdSeq }));
      gate.cut();
      await eventually(() => expect(typesHeard().at(-1)).toBe("NDEATH"));
      heard.length = 0;
    }
  });

  test("is born with the next number after the broker was away, and sends what waited as historical", async () => {
    await using gate = await Gate.to(broker.port);
    const queue = start(identity, `mqtt://127.0.0.1:${gate.port}`);
    append(queue, [message("temp", 1, now())]);
    await eventually(() => expect(queue.stats.sent).toBe(1));
    gate.isOpen = false;
    await broker.kill();
    await eventually(() => expect(host.connected).toBe(false));
    // What is written before the sink knows of the end is sent as far as it can tell, and gone; what comes afterwards waits.
    await eventually(() => {
      append(queue, [message("temp", -1, now())]);
      expect(queue.stats.lastError).toBeDefined();
    });
    append(queue, [message("temp", 2, BigInt(Date.now()) * 1_000_000n)]);
    heard.length = 0;
    await broker.start();
    await eventually(() => expect(host.connected).toBe(true));
    await host.subscribeAsync("spBv1.0/#");
    gate.isOpen = true;
    append(queue, [message("temp", 3, now())]);
    const ofValue = (wanted: number) => metricsOf("DDATA").filter(({ value }) => value === wanted);
    await eventually(() => expect(ofValue(3)).toHaveLength(1));
    expect(byName(metricsOf("NBIRTH")).bdSeq).toBeGreaterThan(0n);
    expect(ofValue(2)).toMatchObject([{ isHistorical: true }]);
    expect(ofValue(3)[0]).not.toHaveProperty("isHistorical");
  });

  test("counts its messages over 255 to 0", async () => {
    const queue = start();
    for (let index = 0; index < 300; index++) {
      append(queue, [message("temp", index, now())]);
      await eventually(() => expect(queue.stats.sent).toBe(index + 1));
    }
    await eventually(() => expect(heard).toHaveLength(302));
    expect(heard.map(({ payload }) => payload.seq)).toEqual(Array.from({ length: 302 }, (_, index) => index % 256));
  });
});
