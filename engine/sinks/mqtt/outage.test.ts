// What becomes of messages when the broker is killed while they are on their way.

import { eventually, Mosquitto } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SinkQueue } from "../queue.ts";
import { Gate } from "../testkit/gate.ts";
import { message, numbered } from "../testkit/messages.ts";
import { append } from "../testkit/queues.ts";
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

function startQueue(qos: number): void {
  const sink = mqttSink(`mqtt://127.0.0.1:${gate.port}`, { qos });
  queue = new SinkQueue(sink, { bytesMax: 64 * 1024 * 1024, retry: { firstMs: 5, mostMs: 20 } });
}

/** The subscriber is back before the sink is let in, so that whatever the broker takes reaches it. */
async function killAndRestart(): Promise<void> {
  gate.isOpen = false;
  await broker.kill();
  await broker.start();
  gate.isOpen = true;
}

/** Numbers messages and appends them at a steady rate until told to stop; gives how many there were. */
function load(): () => number {
  let count = 0;
  const timer = setInterval(() => {
    append(queue, numbered(40, count));
    count += 40;
  }, 2);
  return () => {
    clearInterval(timer);
    return count;
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("when the broker is killed and started again under load", () => {
  test("no message of QoS 1 is lost in 20 kills, and each arrives for the first time in order", async () => {
    const received = await broker.subscribe("#", 0);
    startQueue(1);
    const stop = load();
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
  });

  test("messages of QoS 0 that were being written are counted as lost, and the rest arrives", async () => {
    const received = await broker.subscribe("#", 0);
    startQueue(0);
    append(queue, numbered(10));
    await eventually(() => expect(received).toHaveLength(10));
    // A broker that does not read any more lets what is written pile up on the way.
    broker.freeze();
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
