// A broker that refuses connections, as one does that is still starting, or whose list of users is being changed.

import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import mqtt from "mqtt";
import { afterEach, beforeEach, expect, test } from "vitest";
import { numbered } from "../testkit/messages.ts";
import { append, queueOf } from "../testkit/queues.ts";
import { mqttSink } from "../testkit/sinks.ts";

let cleanup: AsyncDisposableStack;
let broker: Mosquitto;
let gate: Gate;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  broker = cleanup.use(await Mosquitto.start());
  gate = cleanup.use(await Gate.to(broker.port));
});
afterEach(() => cleanup.disposeAsync());

const sparkplug = { encoding: "sparkplug_b", sparkplug: { groupId: "g", edgeNodeId: "e" } };

test.each([
  ["messages", {}, "3.1.1", "20020003", "Server unavailable"],
  ["messages", {}, "5", "2003008800", "Server unavailable"],
  ["messages", {}, "3.1.1", "20020005", "Not authorized"],
  ["messages", {}, "5", "2003008700", "Not authorized"],
  ["Sparkplug B", sparkplug, "3.1.1", "20020003", "Server unavailable"],
  ["Sparkplug B", sparkplug, "5", "2003008800", "Server unavailable"],
] as const)(
  "%s get through once a broker takes the connection that it refused again and again (%$)",
  async (_, props, version, connack, why) => {
    const topics: string[] = [];
    const host = await mqtt.connectAsync(broker.url);
    cleanup.defer(() => host.endAsync(true));
    host.on("message", (topic) => topics.push(topic));
    await host.subscribeAsync("#");
    const queue = queueOf(mqttSink(`mqtt://127.0.0.1:${gate.port}`, { ...props, version }));
    cleanup.defer(() => queue.close(0));

    const data = "encoding" in props ? ["spBv1.0/g/NDATA/e"] : ["n", "n"];
    const arrived = () => topics.filter((topic) => data.includes(topic));
    gate.isOpen = false;
    gate.refusal = Buffer.from(connack, "hex");
    append(queue, numbered(2));
    await eventually(() => expect(gate.turnedAwayMs.length).toBeGreaterThan(2));
    await eventually(() => expect(queue.stats.lastError ?? "").toContain(why));
    gate.isOpen = true;
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 2, queued: 0, dropped: {} }));

    await eventually(() => expect(arrived()).toEqual(data));
    gate.isOpen = false;
    gate.cut();
    const before = gate.turnedAwayMs.length;
    await eventually(() => expect(gate.turnedAwayMs.length).toBeGreaterThan(before + 2));
    append(queue, numbered(2));
    await eventually(() => expect(queue.stats.lastError ?? "").toContain(why));
    gate.isOpen = true;
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 4, queued: 0, dropped: {} }));
    await eventually(() => expect(arrived()).toEqual([...data, ...data]));
  },
);
