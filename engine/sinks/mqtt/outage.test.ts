// What becomes of messages when the broker is killed while they are on their way.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type QueueOptions, SinkQueue } from "../queue.ts";
import { message, numbered } from "../testkit/messages.ts";
import { append } from "../testkit/queues.ts";
import {
  acknowledge,
  complete,
  publish,
  RawBroker,
  type RawPacket,
  received,
  takesAtMost,
} from "../testkit/raw-broker.ts";
import { mqttSink } from "../testkit/sinks.ts";

let broker: Mosquitto;
let gate: Gate;
let queue: SinkQueue;

beforeEach(async () => {
  broker = await Mosquitto.start();
  gate = await Gate.to(broker.port);
});

afterEach(async () => {
  await queue.close(0);
  await gate[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

type Options = Partial<QueueOptions> & { readonly keepAliveS?: number };

function startQueue(qos: number, version = "3.1.1", { keepAliveS, ...storage }: Options = {}): void {
  const sink = mqttSink(`mqtt://127.0.0.1:${gate.port}`, { qos, version }, {}, { keepAliveS });
  queue = new SinkQueue(sink, { bytesMax: 64 * 1024 * 1024, retry: { firstMs: 5, mostMs: 20 }, ...storage });
}

/** The subscriber is back before the sink is let in, so that whatever the broker takes reaches it. */
async function killAndRestart(): Promise<void> {
  gate.isOpen = false;
  await broker.kill();
  await broker.start();
  gate.isOpen = true;
}

/** Numbers messages and appends so many at a time until told to stop; gives how many there were. */
function load(size: number, everyMs = 2): () => number {
  let count = 0;
  const timer = setInterval(() => {
    append(queue, numbered(size, count));
    count += size;
  }, everyMs);
  return () => {
    clearInterval(timer);
    return count;
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("when the broker is killed and started again under load", () => {
  test.each([
    [1, "3.1.1"],
    [2, "3.1.1"],
    [1, "5"],
    [2, "5"],
  ])(
    "no message of QoS %i is lost in 20 kills over MQTT %s, and each arrives for the first time in order",
    async (qos, version) => {
      const received = await broker.subscribe("#", 0);
      startQueue(qos, version);
      const stop = load(qos === 2 ? 2 : 40);
      for (let round = 0; round < 20; round++) {
        const before = received.length;
        await eventually(() => expect(received.length).toBeGreaterThan(before + 100));
        await killAndRestart();
      }
      const count = stop();
      await eventually(() => expect(queue.stats.queuedBytes).toBe(0));
      expect(queue.stats).toMatchObject({ queued: 0, sent: count, dropped: {} });
      await eventually(() => expect(received.at(-1)?.payload.value).toBe(count - 1));
      expect([...new Set(received.map(({ payload }) => payload.value))]).toEqual(upTo(count));
    },
  );

  test("a message of QoS 2 whose exchange was cut in the middle is published again", async () => {
    const exchanges: string[] = [];
    // Once it has cut the connection, it knows nothing of the message, as a new session does.
    await using cutting = await RawBroker.start(({ type, answer, cut }) => {
      const hasCut = exchanges.includes("release, cut");
      exchanges.push(type === publish ? "publish" : hasCut ? "release" : "release, cut");
      if (type === publish) answer(received);
      else if (hasCut) answer(complete);
      else cut();
    });
    const sink = mqttSink(cutting.url, { qos: 2 });
    queue = new SinkQueue(sink, { bytesMax: 64 * 1024, retry: { firstMs: 5, mostMs: 20 } });
    append(queue, numbered(1));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 1, queued: 0, dropped: {} }));
    expect(exchanges).toEqual(["publish", "release, cut", "publish", "release"]);
  });

  test("messages of QoS 0 that were being written are counted as lost, and the rest arrives", async () => {
    const received = await broker.subscribe("#", 0);
    startQueue(0);
    append(queue, numbered(10));
    await eventually(() => expect(received).toHaveLength(10));
    // A broker that does not read any more lets what is written pile up on the way.
    await broker.freeze();
    const large = "x".repeat(50_000);
    for (let index = 0; index < 400; index++) append(queue, [message("large", large)]);
    await eventually(() => expect(queue.stats.sent).toBeGreaterThan(10));
    await killAndRestart();
    append(queue, numbered(10, 10));
    await eventually(() => expect(queue.stats.queuedBytes).toBe(0));
    const { sent, dropped } = queue.stats;
    expect(dropped.connection_lost).toBeGreaterThan(0);
    expect(sent + dropped.connection_lost!).toBe(420);
    const small = () => received.filter(({ topic }) => topic === "n").map(({ payload }) => payload.value);
    await eventually(() => expect(small()).toEqual(upTo(20)));
  });
});

test.each([
  [1, 500, 1, "that says nothing of it", undefined],
  [2, 20, 1, "that says nothing of it", undefined],
  [2, 20, 10, "that says nothing of it", undefined],
  [1, 7, 1, "that takes 7", 7],
  [2, 7, 10, "that takes 7", 7],
  [1, 500, 1, "that takes 60,000", 60_000],
])(
  "with QoS %i, %i packets of up to %i messages are on their way at once to a broker %s, and one that is done is followed by the next",
  async (qos, most, batchMax, _, receiveMaximum) => {
    let published = 0;
    const last: RawPacket[] = [];
    await using holding = await RawBroker.start(
      (packet) => {
        if (packet.type === publish) published++;
        if (packet.type === publish && qos === 2) packet.answer(received);
        else last.push(packet);
      },
      receiveMaximum === undefined ? undefined : takesAtMost(receiveMaximum),
    );
    const version = receiveMaximum === undefined ? "3.1.1" : "5";
    const done = () => last.shift()!.answer(qos === 2 ? complete : acknowledge);
    queue = new SinkQueue(mqttSink(holding.url, { qos, batchMax, version }), { bytesMax: 1024 * 1024 });
    append(
      queue,
      upTo(most + 3).map((index) => message(`n${index}`, index)),
    );
    for (let landed = 0; landed < 3; landed++) {
      await eventually(() => expect(last).toHaveLength(most));
      expect(published).toBe(most + landed);
      done();
    }
    await eventually(() => expect(last).toHaveLength(most));
    while (last.length > 0) done();
    await eventually(() => expect(queue.stats).toMatchObject({ sent: most + 3, queued: 0, dropped: {} }));
  },
);

test.each([0, 1, 2])("a sink of QoS %i is closed in order while the broker stands still", async (qos) => {
  startQueue(qos);
  append(queue, numbered(1));
  await eventually(() => expect(queue.stats.sent).toBe(1));
  await broker.freeze();
  append(queue, numbered(5, 1));
  // They are on their way.
  await setImmediate();
  await setImmediate();
  await queue.close(0);
  const { sent, queued, dropped } = queue.stats;
  expect({ queued, all: sent + (dropped.not_flushed ?? 0) + (dropped.connection_lost ?? 0) }).toEqual({
    queued: 0,
    all: 6,
  });
});

test.each([1, 2])(
  "a broker that stands still is told of, what is for it waits on disk, and nothing of QoS %i is lost once it goes on",
  async (qos) => {
    const spoolFolder = await mkdtemp(join(tmpdir(), "ff-frozen-"));
    try {
      const received = await broker.subscribe("#", 0);
      const storage = { diskBytesMax: 64 * 1024 * 1024, durability: "memory" } as const;
      startQueue(qos, "3.1.1", { spoolFolder, storage, keepAliveS: 2 });
      const stop = load(1, 20);
      await eventually(() => expect(received.length).toBeGreaterThan(100));
      await broker.freeze();
      await eventually(() => expect(queue.stats.lastError).toBe("the broker does not answer"));
      const { sent, diskBytes } = queue.stats;
      await eventually(() => expect(queue.stats.diskBytes).toBeGreaterThan(diskBytes));
      expect(queue.stats).toMatchObject({ sent, dropped: {} });
      broker.thaw();
      const count = stop();
      await eventually(() => expect(queue.stats).toMatchObject({ queued: 0, sent: count, dropped: {} }));
      expect(queue.stats).not.toHaveProperty("lastError");
      await eventually(() => expect(new Set(received.map(({ payload }) => payload.value)).size).toBe(count));
      expect([...new Set(received.map(({ payload }) => payload.value))]).toEqual(upTo(count));
    } finally {
      await queue.close(0);
      await rm(spoolFolder, { recursive: true });
    }
  },
);
