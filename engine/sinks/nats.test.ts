import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { PropValue } from "@flowfusion/graph";
import { decodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually, freePort, TestAuthority } from "@flowfusion/testkit";
import { DiscardPolicy } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { OutboundGuard } from "../security/outbound.ts";
import { createEncoding } from "./encoding.ts";
import type { Endpoint } from "./endpoint.ts";
import type { SinkQueue } from "./queue.ts";
import { framesOf, malformedFrame, message, numbered } from "./testkit/messages.ts";
import { NatsServer, type Stored } from "./testkit/nats-server.ts";
import { append, queueOf } from "./testkit/queues.ts";
import { natsSink } from "./testkit/sinks.ts";

let server: NatsServer;
const queues: SinkQueue[] = [];

beforeAll(async () => {
  server = await NatsServer.start();
  return () => server[Symbol.asyncDispose]();
});

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close(0)));
});

function queueTo(
  url: string,
  props: { readonly [name: string]: PropValue } = {},
  endpoint?: Omit<Endpoint, "url">,
): SinkQueue {
  const queue = queueOf(natsSink(url, props, endpoint ? { it: { url, ...endpoint } } : {}));
  queues.push(queue);
  return queue;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const valuesOf = (stored: readonly Stored[]) =>
  stored.map(({ payload }) => (JSON.parse(payload) as { value: number }).value);

describe("the nats sink", () => {
  test("stores each message in the stream once and in order, under its topic as subject", async () => {
    await server.addStream("ORDER", "order.>");
    const queue = queueTo(server.url);
    append(
      queue,
      numbered(600).map((one) => ({ ...one, topic: "order/line 1".replace(" ", "_") })),
    );
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 600, queued: 0, dropped: {} }));
    const stored = await server.stored("ORDER");
    expect(valuesOf(stored)).toEqual(upTo(600));
    expect(new Set(stored.map(({ subject }) => subject))).toEqual(new Set(["order.line_1"]));
    expect(new Set(stored.map(({ id }) => id)).size).toBe(600);
  });

  test.each([true, false])(
    "sends a subject as long as a server takes, and none that is longer (JetStream: %s)",
    async (jetStream) => {
      await server.addStream(`LONG${jetStream}`, `long${jetStream}.>`);
      const queue = queueTo(server.url, { jetStream });
      const level = (bytes: number) => `long${jetStream}/`.padEnd(bytes, "x");
      append(queue, [message(level(3_840), 1), message(level(3_841), 2), message(level(20), 3)]);
      await eventually(() =>
        expect(queue.stats).toMatchObject({ sent: 2, queued: 0, dropped: { invalid_subject: 1 } }),
      );
      // Without JetStream the server answers before the stream has stored them.
      await eventually(async () => expect(valuesOf(await server.stored(`LONG${jetStream}`))).toEqual([1, 3]));
    },
  );

  test("gives no tag a way to the server's own subjects", async () => {
    await server.addStream("KEPT", "kept.>");
    const queue = queueTo(server.url, { jetStream: false });
    append(queue, [message("kept/n", 1), message("$JS/API/STREAM/PURGE/KEPT", 2), message("kept/n", 3)]);
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 2, queued: 0, dropped: { invalid_subject: 1 } }));
    await eventually(async () => expect(valuesOf(await server.stored("KEPT"))).toEqual([1, 3]));
  });

  test("makes subjects from a template, and counts topics that give none", async () => {
    await server.addStream("TEMPLATE", "plant.>");
    const queue = queueTo(server.url, { subject: "{flow}.{topic[1]}.{node}" });
    append(queue, [
      message("a/b", 1),
      message("a", 2),
      message("a/with space", 3),
      message("a//c", 4),
      message(`a/${"c".repeat(4_000)}`, 4),
      message("a/c", 5),
    ]);
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 2, queued: 0, dropped: { invalid_subject: 4 } }));
    expect((await server.stored("TEMPLATE")).map(({ subject }) => subject)).toEqual(["plant.b.out", "plant.c.out"]);
  });

  test("waits, and says why, while no stream takes the subject", async () => {
    const queue = queueTo(server.url, { subject: "later.{topic}" });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.lastError).toBe("no stream takes later.n"));
    await server.addStream("LATER", "later.>");
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 3, queued: 0, dropped: {} }));
    expect(valuesOf(await server.stored("LATER"))).toEqual([0, 1, 2]);
  });

  test("waits, and says why, while the stream is full, and loses nothing of what goes in once it has room", async () => {
    await server.addStream("FULL", "full.>", { max_msgs: 2, discard: DiscardPolicy.New });
    const queue = queueTo(server.url, { subject: "full.{topic}" });
    append(queue, numbered(5));
    await eventually(() => expect(queue.stats.lastError).toBe("the stream takes no full.n: maximum messages exceeded"));
    expect(queue.stats).toMatchObject({ sent: 2, queued: 3, dropped: {} });
    await server.changeStream("FULL", { max_msgs: 10 });
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 5, queued: 0, dropped: {} }));
    expect(valuesOf(await server.stored("FULL"))).toEqual([0, 1, 2, 3, 4]);
  });

  test("tries a message that no stream takes by itself, so that those behind it are not stored at every try", async () => {
    await server.addStream("HALF", "half.a");
    await using listener = await connect({ servers: server.url });
    let heard = 0;
    listener.subscribe("half.a", { callback: () => void heard++ });
    await listener.flush();
    const queue = queueTo(server.url, { subject: "half.{topic}" });
    append(queue, [message("b", 1), message("a", 2), message("a", 3)]);
    // Time for a try every 20 ms.
    await eventually(() => expect(queue.stats.failingMs).toBeGreaterThan(500));
    expect(queue.stats.lastError).toBe("no stream takes half.b");
    await listener.flush();
    expect(heard).toBe(2);
    await server.addStream("OTHER", "half.b");
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 3, queued: 0, dropped: {} }));
    expect([...valuesOf(await server.stored("OTHER")), ...valuesOf(await server.stored("HALF"))]).toEqual([1, 2, 3]);
  });

  test("counts what the stream refuses and what cannot be decoded, and sends the rest", async () => {
    await server.addStream("SMALL", "small.>", { max_msg_size: 300 });
    const queue = queueTo(server.url, { subject: "small.{topic}" });
    append(queue, [
      message("a", 1),
      message("a", "x".repeat(1_000)),
      message("a", "x".repeat(2_000_000)),
      message("a", 2),
    ]);
    const malformed = Buffer.concat([malformedFrame(), framesOf(numbered(1, 3, "a"))]);
    queue.append(malformed, 0, malformed.length, 2);
    await eventually(() =>
      expect(queue.stats).toMatchObject({ sent: 3, queued: 0, dropped: { refused: 2, malformed: 1 } }),
    );
    expect(valuesOf(await server.stored("SMALL"))).toEqual([1, 2, 3]);
  });

  test("counts a message that is too large with its headers alone as refused, and sends what is as large as may be", async () => {
    await server.addStream("BRIM", "brim.>");
    const most = 1024 * 1024;
    const sized = (bytes: number) => {
      const empty = Buffer.byteLength(createEncoding("json", "plant/out").one(message("a", "")));
      return message("a", "x".repeat(bytes - empty));
    };
    const streamed = queueTo(server.url, { subject: "brim.{topic}" });
    append(streamed, [sized(most), message("a", 1), sized(most - 20), message("a", 2), sized(most - 200)]);
    await eventually(() => expect(streamed.stats).toMatchObject({ sent: 3, queued: 0, dropped: { refused: 2 } }));
    const plain = queueTo(server.url, { subject: "brim.{topic}", jetStream: false });
    append(plain, [sized(most + 1), sized(most)]);
    await eventually(() => expect(plain.stats).toMatchObject({ sent: 1, queued: 0, dropped: { refused: 1 } }));
    await eventually(async () => {
      const sizes = (await server.stored("BRIM")).map(({ payload }) => Buffer.byteLength(payload));
      expect(sizes.filter((size) => size > 1_000)).toEqual([most - 200, most]);
    });
  });

  test.each([["127.0.0.2"], ["::1"], ["127.0.0.2", "127.0.0.3"]])(
    "reaches a server by the last address of its name, where nobody listens at %s",
    async (...others) => {
      await server.addStream("NAMED", "named.>");
      const addresses = [...others, "127.0.0.1"].map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      const outbound = new OutboundGuard(["loopback"], async () => addresses);
      const queue = queueOf(
        natsSink(`nats://broker.example:${server.port}`, { subject: "named.{topic}" }, {}, outbound),
      );
      queues.push(queue);
      append(queue, numbered(3));
      await eventually(() => expect(queue.stats).toMatchObject({ sent: 3, queued: 0, dropped: {} }));
    },
  );

  test("publishes without a stream, as protobuf", async () => {
    const connection = await connect({ servers: `127.0.0.1:${server.port}` });
    const heard: unknown[] = [];
    connection.subscribe("plain.>", { callback: (_, { data }) => void heard.push(decodeTagUpdateBatch(data)) });
    await connection.flush();
    const queue = queueTo(server.url, { jetStream: false, encoding: "protobuf", subject: "plain.{topic}" });
    append(queue, [message("t", 5n, 7n)]);
    const updates = [{ tag: "t", timestampNs: 7n, quality: 0, value: 5n }];
    await eventually(() => expect(heard).toEqual([{ source: "plant/out", updates }]));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 1, queued: 0 }));
    await connection.close();
  });

  test("says so when the server stands still, and sends again what that had not answered for, once it goes on", async () => {
    const connection = await connect({ servers: `127.0.0.1:${server.port}` });
    const heard: unknown[] = [];
    connection.subscribe("n", { callback: (_, message) => void heard.push(message.json<{ value: number }>().value) });
    await connection.flush();
    const queue = queueTo(server.url, { jetStream: false });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.sent).toBe(3));
    await server.halt();
    try {
      append(queue, numbered(3, 3));
      await eventually(() => expect(queue.stats.lastError).toMatch(/no answer within \d+ ms/));
    } finally {
      server.goOn();
    }
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 6, queued: 0, dropped: {} }));
    // It had the three in its socket, and publishes both; where it is slow to answer even then, it gets them once more.
    const isHeard = (value: number) => heard.filter((one) => one === value).length >= (value < 3 ? 1 : 2);
    await eventually(() => expect(upTo(6).filter(isHeard)).toEqual(upTo(6)));
    await connection.close();
  });

  test("connects to no server that its own tells it of, also when that dies", async () => {
    let toldOf = 0;
    const told = createServer((socket) => {
      toldOf++;
      socket.destroy();
    });
    const own = createServer((socket) => {
      const info = { server_id: "own", version: "2.10.0", proto: 1, max_payload: 1_048_576 };
      const connect_urls = [`127.0.0.1:${(told.address() as AddressInfo).port}`];
      const tell = () => socket.write(`INFO ${JSON.stringify({ ...info, cluster: "c", connect_urls })}\r\n`);
      own.once("dying", () => socket.destroy());
      socket.on("error", () => {});
      socket.on("data", (bytes: Buffer) => {
        if (bytes.includes("PING\r\n")) socket.write("PONG\r\n");
        tell();
      });
      tell();
    });
    await Promise.all([told, own].map((one) => once(one.listen(0, "127.0.0.1"), "listening")));
    const queue = queueTo(`nats://127.0.0.1:${(own.address() as AddressInfo).port}`, { jetStream: false });
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.sent).toBe(3));
    const closed = once(own.close(), "close");
    own.emit("dying");
    await closed;
    append(queue, numbered(3, 3));
    // Time for a try every 20 ms.
    await eventually(() => expect(queue.stats.failingMs).toBeGreaterThan(500));
    expect(queue.stats.lastError).toMatch(/refused/);
    expect(toldOf).toBe(0);
    told.close();
  });

  test("says why while nobody listens, and gives up when it is closed", async () => {
    const queue = queueTo(`nats://127.0.0.1:${await freePort()}`);
    append(queue, numbered(3));
    await eventually(() => expect(queue.stats.lastError).toMatch(/refused/));
    await queue.close(0);
    expect(queue.stats).toMatchObject({ sent: 0, dropped: { not_flushed: 3 } });
  });

  test.each([
    ["a b", "leave out spaces"],
    ["a.*", "leave out spaces"],
    ["a..b", "empty tokens"],
    ["{tag}", "{tag} is not known"],
  ])("refuses the subject %j", (subject, why) => {
    expect(() => natsSink(server.url, { subject })).toThrow(why);
  });
});

test("a server that is killed again and again under load has each message once and in order", async () => {
  await using own = await NatsServer.start();
  await own.addStream("KILLED", "killed.>");
  const queue = queueTo(own.url, { subject: "killed.{topic}" });
  let count = 0;
  const timer = setInterval(() => {
    append(queue, numbered(5, count));
    count += 5;
  }, 2);
  for (let round = 0; round < 5; round++) {
    const before = queue.stats.sent;
    await eventually(() => expect(queue.stats.sent).toBeGreaterThan(before + 100));
    await own.kill();
    await own.restart();
  }
  clearInterval(timer);
  await eventually(() => expect(queue.stats).toMatchObject({ queued: 0, sent: count, dropped: {} }));
  expect(valuesOf(await own.stored("KILLED"))).toEqual(upTo(count));
});

describe("a server that demands TLS and a login", () => {
  test("gets what is sent with them; without, or with another authority, nothing is sent", async () => {
    await using authority = await TestAuthority.create();
    const pair = await authority.sign("server");
    const tls = { ca: authority.cert };
    await using own = await NatsServer.start(
      [`tls { cert_file: "${pair.certFile}", key_file: "${pair.keyFile}" }`, "authorization { token: hunter2 }"],
      { token: "hunter2", tls },
    );
    await own.addStream("SAFE", "safe");
    const url = `tls://127.0.0.1:${own.port}`;
    const good = queueTo(url, { subject: "safe" }, { token: "hunter2", tls });
    append(good, numbered(3));
    await eventually(() => expect(good.stats).toMatchObject({ sent: 3, queued: 0 }));
    await using others = await TestAuthority.create();
    for (const [endpoint, why] of [
      [{ token: "wrong", tls }, /authorization/i],
      [{ token: "hunter2", tls: { ca: others.cert } }, /certificate/],
    ] as const) {
      const bad = queueTo(url, { subject: "safe" }, endpoint);
      append(bad, numbered(1));
      await eventually(() => expect(bad.stats.lastError).toMatch(why));
      expect(bad.stats.sent).toBe(0);
    }
  });
});
