// What becomes of messages when the broker is killed while they are on their way.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMqttSink } from "./mqtt.ts";
import type { SinkQueue } from "./queue.ts";
import { numbered } from "./testing/messages.ts";
import { Mosquitto } from "./testing/mosquitto.ts";
import { append, eventually, queueOf } from "./testing/queues.ts";

let broker: Mosquitto;

beforeEach(async () => {
  broker = await Mosquitto.start();
});

afterEach(() => broker[Symbol.asyncDispose]());

const queueWith = (qos: number) =>
  queueOf(createMqttSink({ broker: broker.url, topic: "{topic}", qos, retain: false }));

/** Appends at a steady rate until told to stop. Gives how many messages it appended. */
function load(queue: SinkQueue): () => number {
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

describe("when the broker is killed and started again under load", () => {
  test("no message of QoS 1 is lost, and each comes for the first time in order", async () => {
    const received = await broker.subscribe();
    const queue = queueWith(1);
    const stop = load(queue);
    for (let round = 1; round <= 2; round++) {
      const before = received.length;
      await eventually(() => expect(received.length).toBeGreaterThan(before + 300));
      await broker.kill();
      await broker.restart();
      // The broker forgot its sessions, so what it is sent before the subscriber is back reaches nobody. It can tell.
      const sentBefore = queue.stats.sent;
      await eventually(() => expect(queue.stats.sent).toBeGreaterThan(sentBefore));
    }
    const count = stop();
    await eventually(() => expect(queue.stats).toMatchObject({ queuedBytes: 0 }));
    expect(queue.stats).toMatchObject({ sent: count, dropped: {} });
    await queue.close(0);
  });
});
