import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { PropValue } from "@flowfusion/graph";
import { eventually, freePort, TestAuthority } from "@flowfusion/testkit";
import { afterEach, describe, expect, test } from "vitest";
import type { Endpoint } from "./endpoint.ts";
import type { SinkQueue } from "./queue.ts";
import { framesOf, malformedFrame, numbered } from "./testkit/messages.ts";
import { append, queueOf } from "./testkit/queues.ts";
import { httpSink } from "./testkit/sinks.ts";

interface Posted {
  readonly topic: string;
  readonly value: number;
}

type Answer = (response: ServerResponse, posted: readonly Posted[]) => void;

const servers: Server[] = [];
const queues: SinkQueue[] = [];

afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close(0)));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A real server, which answers as it is told and keeps what came in the posts that it answered 200. */
async function serve(answer: Answer, port = 0) {
  const taken: Posted[][] = [];
  const contentTypes: (string | undefined)[] = [];
  const requests: {
    readonly key: string | undefined;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const isJson = request.headers["content-type"] === "application/json";
    const posted = isJson ? (JSON.parse(body) as Posted[]) : [];
    requests.push({ key: request.headers["idempotency-key"] as string | undefined, headers: request.headers, body });
    contentTypes.push(request.headers["content-type"]);
    response.on("finish", () => {
      if (response.statusCode === 200) taken.push(posted);
    });
    answer(response, posted);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  servers.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  return { url, taken, contentTypes, requests, values: () => taken.flat().map(({ value }) => value) };
}

function queueTo(url: string, props: { readonly [name: string]: PropValue } = {}): SinkQueue {
  const queue = queueOf(httpSink(url, props));
  queues.push(queue);
  return queue;
}

const ok: Answer = (response) => response.end("thanks");
const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end();
const inTurn = (...answers: readonly Answer[]): Answer => {
  let call = 0;
  return (response, posted) => (answers[call++] ?? ok)(response, posted);
};
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the http sink", () => {
  test("posts messages as JSON arrays of at most maxBatch, in order", async () => {
    const server = await serve(ok);
    const queue = queueTo(server.url);
    append(queue, numbered(35));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 35, queuedBytes: 0, dropped: {} }));
    expect(server.values()).toEqual(upTo(35));
    expect(server.taken.map((batch) => batch.length)).toEqual([10, 10, 10, 5]);
    expect(new Set(server.contentTypes)).toEqual(new Set(["application/json"]));
  });

  test.each([500, 503, 429, 408, 302, 404, 407])("tries again after %i, without loss and in order", async (code) => {
    const server = await serve(inTurn(ok, status(code), status(code), ok));
    const queue = queueTo(server.url);
    append(queue, numbered(30));
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 30, dropped: {} }));
    expect(server.values()).toEqual(upTo(30));
  });

  test.each([301, 302, 303, 307, 308])("follows no redirect by %i: the second server is never asked", async (code) => {
    const second = await serve(ok);
    const server = await serve((response) => response.writeHead(code, { location: second.url }).end());
    const queue = queueOf(httpSink("", {}, { it: { url: server.url, token: "hunter2" } }));
    queues.push(queue);
    append(queue, numbered(5));
    await eventually(() => expect(server.requests.length).toBeGreaterThan(2));
    expect(queue.stats).toMatchObject({ sent: 0, queued: 5, lastError: `${server.url} answered ${code}` });
    expect(second.requests).toEqual([]);
  });

  test.each([400, 409, 413, 422])(
    "drops and counts a batch that is answered with %i, and goes on with the next",
    async (code) => {
      const server = await serve(inTurn(ok, status(code), ok));
      const queue = queueTo(server.url);
      append(queue, numbered(30));
      await eventually(() => expect(queue.stats).toMatchObject({ sent: 20, dropped: { [`http_${code}`]: 10 } }));
      expect(server.values()).toEqual([...upTo(10), ...upTo(30).slice(20)]);
    },
  );

  test.each([401, 403])(
    "keeps what a server answers with %i, says so, and delivers it with the login that is right",
    async (code) => {
      const isRight = ({ headers }: IncomingMessage) => headers.authorization === "Bearer right";
      const server = await serve((response) => (isRight(response.req) ? ok : status(code))(response, []));
      const sinkWith = (token: string) => httpSink("", {}, { it: { url: server.url, token } });
      const queue = queueOf(sinkWith("outdated"));
      queues.push(queue);
      append(queue, numbered(25));
      await eventually(() => expect(queue.stats.lastError).toContain(`answered ${code}`));
      expect(queue.stats).toMatchObject({ sent: 0, queued: 25, dropped: {} });
      queue.replace(sinkWith("right"), { diskBytesMax: 0, durability: "memory" });
      await eventually(() => expect(queue.stats).toMatchObject({ sent: 25, queued: 0, dropped: {} }));
      expect(server.values()).toEqual(upTo(25));
    },
  );

  test("counts a message that cannot be decoded once, however often its batch is tried", async () => {
    const server = await serve(inTurn(status(500), status(500), ok));
    const queue = queueTo(server.url);
    const frames = Buffer.concat([framesOf(numbered(1)), malformedFrame()]);
    queue.append(frames, 0, frames.length, 2);
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 1, dropped: { malformed: 1 } }));
  });

  test("gives up waiting for an answer after timeoutMs, and tries again", async () => {
    const server = await serve(inTurn(() => {}, ok));
    const queue = queueTo(server.url, { timeoutMs: 100 });
    append(queue, numbered(5));
    await eventually(() => expect(queue.stats.sent).toBe(5));
    expect(server.requests.length).toBeGreaterThan(1);
    // An answer that a slow machine brings after timeoutMs has it posted once more.
    expect([...new Set(server.values())]).toEqual(upTo(5));
  });

  test("keeps what it has while nobody listens, says so, and delivers it once somebody does", async () => {
    const port = await freePort();
    const queue = queueTo(`http://127.0.0.1:${port}/in`);
    append(queue, numbered(5));
    await eventually(() => expect(queue.stats.lastError).toMatch(/ECONNREFUSED/));
    const second = await serve(ok, port);
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 5, queuedBytes: 0 }));
    expect(second.values()).toEqual(upTo(5));
  });

  test("ends a post that nobody answers when it is closed", async () => {
    const asked = Promise.withResolvers<void>();
    const server = await serve(() => asked.resolve());
    const queue = queueTo(server.url, { timeoutMs: 600_000 });
    append(queue, numbered(5));
    await asked.promise;
    await queue.close(10);
    expect(queue.stats).toMatchObject({ sent: 0, dropped: { not_flushed: 5 } });
  });

  test("gives a batch the same key at each try, and no two batches the same", async () => {
    const server = await serve(inTurn(ok, status(503), status(503), ok, status(500), ok));
    const queue = queueTo(server.url);
    append(queue, numbered(30));
    await eventually(() => expect(queue.stats.sent).toBe(30));
    const keysOf = new Map<string, Set<string | undefined>>();
    for (const { body, key } of server.requests) keysOf.set(body, (keysOf.get(body) ?? new Set()).add(key));
    expect([...keysOf.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(server.requests.map(({ key }) => key)).size).toBe(3);
    expect(server.requests).toHaveLength(6);
  });

  test("waits as long as Retry-After says before it tries again", async () => {
    let refusedAtMs = 0;
    const later: Answer = (response) => {
      refusedAtMs = performance.now();
      response.writeHead(429, { "retry-after": "1" }).end();
    };
    let triedAgainAtMs = 0;
    const again: Answer = (response) => {
      triedAgainAtMs = performance.now();
      response.end();
    };
    const server = await serve(inTurn(later, again));
    const queue = queueTo(server.url);
    append(queue, numbered(1));
    await eventually(() => expect(queue.stats.sent).toBe(1));
    expect(triedAgainAtMs - refusedAtMs).toBeGreaterThan(900);
  });

  test("does not hold up its close in the time that Retry-After asks for", async () => {
    const asked = Promise.withResolvers<void>();
    const server = await serve((response) =>
      response.writeHead(503, { "retry-after": "600" }).end(() => asked.resolve()),
    );
    const queue = queueTo(server.url);
    append(queue, numbered(1));
    await asked.promise;
    await queue.close(10);
    expect(queue.stats.dropped).toEqual({ not_flushed: 1 });
  });

  test("keeps its connection to the server from batch to batch", async () => {
    const server = await serve(ok);
    let connections = 0;
    servers.at(-1)!.on("connection", () => connections++);
    const queue = queueTo(server.url);
    append(queue, numbered(50));
    await eventually(() => expect(queue.stats.sent).toBe(50));
    expect(connections).toBe(1);
  });

  test("puts in place of posting, and writes CSV, where it is told to", async () => {
    const server = await serve(ok);
    const queue = queueTo(server.url, { method: "PUT", encoding: "csv" });
    append(queue, numbered(2));
    await eventually(() => expect(queue.stats.sent).toBe(2));
    expect(server.contentTypes).toEqual(["text/csv"]);
    expect(server.requests[0]!.body.split("\n")).toEqual([
      "timestamp,topic,quality,value",
      expect.stringMatching(/,n,good,0$/),
      expect.stringMatching(/,n,good,1$/),
      "",
    ]);
  });

  test.each<[string, Omit<Endpoint, "url">, object]>([
    ["a token", { token: "abc" }, { authorization: "Bearer abc" }],
    [
      "a login",
      { username: "a", password: "b:c" },
      { authorization: `Basic ${Buffer.from("a:b:c").toString("base64")}` },
    ],
    ["headers", { headers: { "x-api-key": "k" } }, { "x-api-key": "k" }],
  ])("shows %s of its connection", async (_, endpoint, headers) => {
    const server = await serve(ok);
    const queue = queueOf(httpSink("", {}, { it: { url: server.url, ...endpoint } }));
    queues.push(queue);
    append(queue, numbered(1));
    await eventually(() => expect(queue.stats.sent).toBe(1));
    expect(server.requests[0]!.headers).toMatchObject(headers);
  });

  test("posts over TLS with a client certificate to a server of the given authority, and to no other", async () => {
    await using authority = await TestAuthority.create();
    const [pair, client] = [await authority.sign("server"), await authority.sign("client")];
    const ca = authority.cert;
    const server = createTlsServer({ cert: pair.cert, key: pair.key, ca, requestCert: true }, (request, response) => {
      request.resume();
      request.on("end", () => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const queueWith = (tls: Endpoint["tls"] & object) => {
      const queue = queueOf(httpSink("", {}, { it: { url, tls } }));
      queues.push(queue);
      append(queue, numbered(3));
      return queue;
    };
    const good = queueWith({ ca, cert: client.cert, key: client.key });
    await eventually(() => expect(good.stats.sent).toBe(3));
    const noCertificate = queueWith({ ca });
    await eventually(() =>
      expect(noCertificate.stats.lastError).toMatch(/certificate required|ECONNRESET|hang up|alert/),
    );
    await using others = await TestAuthority.create();
    const otherTrust = queueWith({ ca: others.cert, cert: client.cert, key: client.key });
    const noTrust = queueWith({ cert: client.cert, key: client.key });
    const unknownSigner = /certificate is signed by nobody that is trusted here; .* `ca`/;
    await eventually(() => expect(otherTrust.stats.lastError).toMatch(/certificate/));
    await eventually(() => expect(noTrust.stats.lastError).toMatch(unknownSigner));
    expect([noCertificate, otherTrust, noTrust].map(({ stats }) => stats.sent)).toEqual([0, 0, 0]);
  });

  test.each([
    ["http://", "is not a URL"],
    ["http://a:b@host/", "user or password"],
    ["https://host:99999/", "is not a URL"],
  ])("refuses the url %s", (url, why) => {
    expect(() => httpSink(url)).toThrow(why);
  });
});
