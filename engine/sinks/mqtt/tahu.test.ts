// What the mqtt sink sends as Sparkplug B, read by Eclipse Tahu, the specification's own implementation.

import { eventually, Mosquitto } from "@flowfusion/testkit";
import mqtt, { type MqttClient } from "mqtt";
import sparkplug from "sparkplug-payload";
import { afterEach, beforeEach, expect, test } from "vitest";
import { message } from "../testkit/messages.ts";
import { append, queueOf } from "../testkit/queues.ts";
import { mqttSink } from "../testkit/sinks.ts";

const tahu = sparkplug.get("spBv1.0")!;
type TahuPayload = ReturnType<typeof tahu.decodePayload>;

let cleanup: AsyncDisposableStack;
let broker: Mosquitto;
let host: MqttClient;
let heard: { readonly type: string; readonly payload: TahuPayload }[];

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  broker = cleanup.use(await Mosquitto.start());
  heard = [];
  host = await mqtt.connectAsync(broker.url);
  cleanup.defer(() => host.endAsync(true));
  host.on("message", (topic, bytes) => {
    heard.push({ type: topic.split("/")[2]!, payload: tahu.decodePayload(bytes) });
  });
  await host.subscribeAsync(
    ["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"].map((type) => `spBv1.0/g/${type}/#`),
  );
});
afterEach(() => cleanup.disposeAsync());

function start() {
  const identity = { groupId: "g", edgeNodeId: "e", deviceId: "d" };
  const queue = queueOf(mqttSink(broker.url, { encoding: "sparkplug_b", sparkplug: identity }));
  cleanup.defer(() => queue.close(0));
  return queue;
}

const types = () => heard.map(({ type }) => type);
const seqs = () => heard.map(({ payload }) => payload.seq && Number(payload.seq));
const metricsOf = (index: number) => heard[index]!.payload.metrics!;
/** An Int64 as it is on the wire, two's complement; Tahu's Long has no sign where npm gave it two versions of that library. */
const signed = (value: unknown) => BigInt.asIntN(64, BigInt(String(value)));
const wide = (value: unknown) => (value === null ? null : signed(value));
const soonNs = () => BigInt(Date.now() + 60_000) * 1_000_000n;

test("Tahu reads births and data: names, types, values, timestamps and qualities", async () => {
  const timestampNs = soonNs();
  const at = Number(timestampNs / 1_000_000n);
  const queue = start();
  append(queue, [
    message("double", 21.5, timestampNs),
    message("boolean", true, timestampNs),
    message("int64", -(2n ** 40n), timestampNs),
    message("text", "Größe ≥ 5", timestampNs),
    message("bytes", Uint8Array.of(0, 255, 7), timestampNs),
    { ...message("uncertain", 1, timestampNs), quality: 1 },
    { ...message("none", null, timestampNs), quality: 2 },
  ]);
  await eventually(() => expect(types()).toEqual(["NBIRTH", "DBIRTH", "DDATA"]));
  expect(seqs()).toEqual([0, 1, 2]);
  expect(metricsOf(0).map(({ name, type, value }) => [name, type, String(value)])).toEqual([
    ["bdSeq", "Int64", "0"],
    ["Node Control/Rebirth", "Boolean", "false"],
  ]);
  for (const index of [1, 2]) {
    expect(
      metricsOf(index).map(({ name, type, value, timestamp, properties }) => [
        ...[name, type, type === "Int64" ? signed(value) : value],
        ...[Number(timestamp), properties?.Quality?.type, properties?.Quality?.value],
      ]),
    ).toEqual([
      ["double", "Double", 21.5, at, "Int32", 192],
      ["boolean", "Boolean", true, at, "Int32", 192],
      ["int64", "Int64", -(2n ** 40n), at, "Int32", 192],
      ["text", "String", "Größe ≥ 5", at, "Int32", 192],
      ["bytes", "Bytes", Buffer.of(0, 255, 7), at, "Int32", 192],
      ["uncertain", "Double", 1, at, "Int32", 500],
      ["none", "String", null, at, "Int32", 0],
    ]);
  }
  expect(Math.abs(Number(heard[0]!.payload.timestamp) - Date.now())).toBeLessThan(60_000);
});

test("Tahu reads each value of a metric whose type changes from one message to the next", async () => {
  const timestampNs = soonNs();
  const queue = start();
  const values = [null, 1n, 2n, null, 2.5, 3, true, "x", 4n];
  append(
    queue,
    values.map((value) => message("x", value, timestampNs)),
  );
  await eventually(() => expect(queue.stats).toMatchObject({ sent: values.length, queued: 0, dropped: {} }));
  const read = (type: string) =>
    heard
      .filter((one) => one.type === type)
      .map(({ payload }) => payload.metrics!.map(({ type, value }) => [type, type === "Int64" ? wide(value) : value]));
  await eventually(() => expect(read("DDATA").flat()).toHaveLength(values.length));
  expect(read("DDATA")).toEqual([
    [
      ["Int64", null],
      ["Int64", 1n],
      ["Int64", 2n],
      ["Int64", null],
    ],
    [
      ["Double", 2.5],
      ["Double", 3],
    ],
    [["Boolean", true]],
    [["String", "x"]],
    [["Int64", 4n]],
  ]);
  expect(read("DBIRTH").flat()).toEqual([
    ["Int64", 2n],
    ["Double", 3],
    ["Boolean", true],
    ["String", "x"],
    ["Int64", 4n],
  ]);
});

test("Tahu's command for a rebirth is followed", async () => {
  const queue = start();
  append(queue, [message("temp", 7, soonNs())]);
  await eventually(() => expect(types()).toEqual(["NBIRTH", "DBIRTH", "DDATA"]));
  const command = { name: "Node Control/Rebirth", type: "Boolean", value: true } as const;
  const payload = Buffer.from(tahu.encodePayload({ timestamp: Date.now(), metrics: [command] }));
  await host.publishAsync("spBv1.0/g/NCMD/e", payload);
  await eventually(() => expect(types().slice(3)).toEqual(["NBIRTH", "DBIRTH"]));
  expect(seqs().slice(3)).toEqual([0, 1]);
  expect(metricsOf(4)).toMatchObject([{ name: "temp", value: 7 }]);
});

test("a death carries the number of its birth, and no sequence number", async () => {
  const queue = start();
  append(queue, [message("temp", 7, soonNs())]);
  await eventually(() => expect(queue.stats.sent).toBe(1));
  await queue.close(0);
  await eventually(() => expect(types().slice(3)).toEqual(["DDEATH", "NDEATH"]));
  expect(seqs().slice(3)).toEqual([3, undefined]);
  const bdSeqs = [metricsOf(0), metricsOf(4)].map((metrics) => metrics.find(({ name }) => name === "bdSeq"));
  expect(bdSeqs.map((metric) => [metric?.type, String(metric?.value)])).toEqual([
    ["Int64", "0"],
    ["Int64", "0"],
  ]);
});
