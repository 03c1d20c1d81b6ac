import type { PropValue } from "@flowfusion/graph";
import { eventually, freePort, Mosquitto, type Received } from "@flowfusion/testkit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SinkQueue } from "../queue.ts";
import { framesOf, malformedFrame, message, numbered } from "../testkit/messages.ts";
import { append, queueOf } from "../testkit/queues.ts";
import { mqttSink } from "../testkit/sinks.ts";

let broker: Mosquitto;
const queues: SinkQueue[] = [];

beforeAll(async () => {
  broker = await Mosquitto.start();
  return () => broker[Symbol.asyncDispose]();
});

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close(0)));
});

function queueTo(props: { readonly [name: string]: PropValue } = {}, url = broker.url): SinkQueue {
  const queue = queueOf(mqttSink(url, props));
  queues.push(queue);
  return queue;
}

const valuesOf = (received: readonly Received[]) => received.map(({ payload }) => payload.value);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the mqtt sink", () => {
  test.each([0, 1, 2])("publishes with QoS %i, each message once and in order", async (qos) => {
    const received = await broker.subscribe(`qos${qos}/#`);
    const queue = queueTo({ qos });
    append(queue, numbered(1200, 0, `qos${qos}/n`));
    await eventually(() => expect(received).toHaveLength(1200));
    expect(valuesOf(received)).toEqual(upTo(1200));
    expect(new Set(received.map((one) => one.qos))).toEqual(new Set([qos]));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 1200, queuedBytes: 0 }));
    expect(received[7]).toMatchObject({
      topic: `qos${qos}/n`,
      payload: { topic: `qos${qos}/n`, timestamp: "1970-01-01T00:00:00.000000007Z", quality: "good", value: 7 },
    });
  });

  test("puts the message's topic into the template, whatever characters it has", async () => {
    const received = await broker.subscribe("plant/#");
    const queue = queueTo({ topic: "plant/{topic}/v" });
    const topics = ["a/b", "$&", "$$", "größe 漢字", "{topic}"];
    append(
      queue,
      topics.map((topic) => message(topic, 1)),
    );
    await eventually(() => expect(received).toHaveLength(topics.length));
    expect(received.map(({ topic }) => topic)).toEqual(topics.map((topic) => `plant/${topic}/v`));
  });

  test("lets the broker keep the last message of a topic when told to", async () => {
    const queue = queueTo({ retain: true });
    append(queue, numbered(3, 0, "kept/n"));
    await eventually(() => expect(queue.stats.sent).toBe(3));
    const received = await broker.subscribe("kept/#");
    await eventually(() => expect(received).toMatchObject([{ retain: true, payload: { value: 2 } }]));
  });

  test("counts what MQTT cannot carry, and delivers what is around it", async () => {
    const received = await broker.subscribe("odd/#");
    const queue = queueTo();
    const good = (value: number) => message("odd/n", value);
    append(queue, [
      good(1),
      message("odd/+", 1),
      good(2),
      message("", 1),
      message("odd/#", 1),
      message("odd/\0", 1),
      message("odd/two\nlines", 1),
      message("odd/\u0085", 1),
      message("odd/\uffff", 1),
      good(3),
    ]);
    const tail = Buffer.concat([malformedFrame(), framesOf([good(4)])]);
    queue.append(tail, 0, tail.length, 2);
    await eventually(() => expect(valuesOf(received)).toEqual([1, 2, 3, 4]));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 4, dropped: { invalid_topic: 7, malformed: 1 } }));
  });

  test.each([
    ["3.1.1", 1],
    ["3.1.1", 2],
    ["5", 1],
    ["5", 2],
  ])(
    "over MQTT %s with QoS %i gives up a message that its broker ends the connection over, and that one alone",
    async (version, qos) => {
      const received = await broker.subscribe("behind");
      const queue = queueTo({ version, qos });
      // Mosquitto takes 200 levels.
      append(queue, [...numbered(30, 0, "behind"), message("a/".repeat(250), 1), ...numbered(30, 30, "behind")]);
      await eventually(() => expect(queue.stats.lastError).toMatch(/ended the connection over a message of "a\/a/));
      await eventually(() => expect(queue.stats).toMatchObject({ sent: 60, queued: 0, dropped: { refused: 1 } }));
      await eventually(() => expect([...new Set(valuesOf(received))]).toEqual(upTo(60)));
    },
  );

  test.each([0, 1, 2])(
    "with QoS %i does not send a packet that is longer than its broker takes, as MQTT 5 tells",
    async (qos) => {
      const size = (text: string) =>
        2 + 1 + 2 + "n".length + (qos === 0 ? 0 : 2) + 1 + 3 + "text/csv".length + text.length;
      const line = "1970-01-01T00:00:00.000000001Z,n,good,";
      const fitting = "x".repeat(100 - size(line));
      await using strict = await Mosquitto.start({ settings: ["max_packet_size 100"] });
      const queue = queueTo({ version: "5", qos, encoding: "csv" }, strict.url);
      append(queue, [message("n", `${fitting}x`), message("n", fitting), message("n", 3)]);
      const told = new Set<unknown>();
      await eventually(() => {
        told.add(queue.stats.lastError);
        expect(queue.stats).toMatchObject({ sent: 2, queued: 0, dropped: { refused: 1 } });
      });
      expect(told).toEqual(new Set([undefined]));
    },
  );

  test("says why while nobody listens, and gives up when it is closed", async () => {
    const queue = queueTo({}, `mqtt://127.0.0.1:${await freePort()}`);
    append(queue, numbered(2));
    await eventually(() => expect(queue.stats.lastError).toContain("ECONNREFUSED"));
    await queue.close(10);
    expect(queue.stats.dropped).toEqual({ not_flushed: 2 });
  });

  test("refuses a broker that is no URL, or one with credentials in it", () => {
    expect(() => mqttSink("mqtt://host:99999")).toThrow("is not a URL");
    expect(() => mqttSink("mqtt://user:secret@host")).toThrow("put them into a connection of the gateway");
  });

  test.each([
    ["plant/+/x", "leave out + and #"],
    ["#", "leave out + and #"],
    ["{tag}", "{tag} is not known"],
    ["{topic[x]}", "{topic[x]} is not known"],
    ["{topic", "without its counterpart"],
    ["a}", "without its counterpart"],
  ])("refuses the topic %j", (topic, why) => {
    expect(() => mqttSink(broker.url, { topic })).toThrow(why);
  });

  test("makes topics from levels of the message's own, and counts a message that lacks one", async () => {
    const received = await broker.subscribe("plant/#");
    const queue = queueTo({ topic: "{flow}/{topic[-1]}/{node}/{topic[1]}" });
    append(queue, [message("area/boiler/temp", 1), message("short", 2), message("a/$1/{flow}", 3)]);
    await eventually(() =>
      expect(received.map(({ topic }) => topic)).toEqual(["plant/temp/out/boiler", "plant/{flow}/out/$1"]),
    );
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 2, dropped: { invalid_topic: 1 } }));
  });

  test.each(["3.1.1", "5"])(
    "sends several messages of a topic in one packet, in order, with MQTT %s",
    async (version) => {
      const received = await broker.subscribe("batch/#");
      const queue = queueTo({ batchMax: 10, version, topic: "batch/{topic}" });
      const messages = Array.from({ length: 50 }, (_, index) => message(index % 2 === 0 ? "even" : "odd", index));
      append(queue, messages);
      await eventually(() => expect(queue.stats).toMatchObject({ sent: 50, queued: 0, dropped: {} }));
      await eventually(() => expect(received.map(({ payload }) => payload)).toHaveLength(6));
      const batches = received as unknown as readonly {
        readonly topic: string;
        readonly payload: { value: number }[];
      }[];
      const valuesOn = (topic: string) =>
        batches.filter((one) => one.topic === topic).flatMap(({ payload }) => payload.map(({ value }) => value));
      expect(valuesOn("batch/even")).toEqual(Array.from({ length: 25 }, (_, index) => 2 * index));
      expect(valuesOn("batch/odd")).toEqual(Array.from({ length: 25 }, (_, index) => 2 * index + 1));
    },
  );
});
