// TLS, client certificates and passwords against a real broker that demands them.

import { eventually, Mosquitto, TestAuthority } from "@flowfusion/testkit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint, TlsOptions } from "../endpoint.ts";
import type { SinkQueue } from "../queue.ts";
import { numbered } from "../testkit/messages.ts";
import { append, queueOf } from "../testkit/queues.ts";
import { mqttSink } from "../testkit/sinks.ts";

let authority: TestAuthority;
let broker: Mosquitto;
let tls: TlsOptions;
const queues: SinkQueue[] = [];

beforeAll(async () => {
  authority = await TestAuthority.create();
  const server = await authority.sign("server");
  const client = await authority.sign("client");
  broker = await Mosquitto.start({
    user: { name: "press", password: "open sesame" },
    settings: [
      `cafile ${authority.certFile}`,
      `certfile ${server.certFile}`,
      `keyfile ${server.keyFile}`,
      "require_certificate true",
    ],
  });
  tls = { ca: authority.cert, cert: client.cert, key: client.key };
  return async () => {
    await broker[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
  };
});

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close(0)));
});

function queueTo(endpoint: Omit<Endpoint, "url">, version = "3.1.1"): SinkQueue {
  const queue = queueOf(mqttSink("", { version }, { it: { url: broker.tlsUrl, ...endpoint } }));
  queues.push(queue);
  return queue;
}

const login = { username: "press", password: "open sesame" };

describe("the mqtt sink, to a broker that demands TLS, a client certificate and a password", () => {
  test.each(["3.1.1", "5"])("delivers with all three, in MQTT %s", async (version) => {
    const received = await broker.subscribe("#", 2, { ...tls, ...login });
    const queue = queueTo({ ...login, tls }, version);
    append(queue, numbered(20));
    await eventually(() => expect(received).toHaveLength(20));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 20, dropped: {} }));
  });

  test.each<[string, Omit<Endpoint, "url">, RegExp]>([
    ["the password is wrong", { username: "press", password: "open" }, /not authori[sz]ed/i],
    ["there is no password", {}, /not authori[sz]ed/i],
  ])("says so, keeps what it has, and names no secret when %s", async (_, endpoint, why) => {
    const queue = queueTo({ ...endpoint, tls });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.lastError).toMatch(why));
    expect(queue.stats.lastError).not.toContain("open");
    expect(queue.stats).toMatchObject({ sent: 0, queued: 3, dropped: {} });
  });

  test("does not talk to a server whose certificate is not of the given authority", async () => {
    await using others = await TestAuthority.create();
    const queue = queueTo({ ...login, tls: { ...tls, ca: others.cert } });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.lastError).toMatch(/certificate/));
    expect(queue.stats).toMatchObject({ sent: 0, queued: 3 });
  });

  test("does not talk to a server whose certificate has another name", async () => {
    const queue = queueTo({ ...login, tls: { ...tls, serverName: "historian.example" } });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.lastError).toMatch(/historian\.example/));
    expect(queue.stats.sent).toBe(0);
  });

  test("says so when the broker turns it away for want of a certificate", async () => {
    const queue = queueTo({ ...login, tls: { ca: tls.ca! } });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.lastError).toMatch(/certificate required|ECONNRESET|does not answer/));
    expect(queue.stats.sent).toBe(0);
  });
});
