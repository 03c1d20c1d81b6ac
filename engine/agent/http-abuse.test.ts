// Clients that mean ill or hang: slow, stalled, many, large, deep, compressed, and such that make two requests look like
// one. Raw sockets, against limits that are lowered so that a test need not wait.

import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { connect, Server, Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { sha256 } from "@flowfusion/graph";
import { encodeTagUpdateBatch, joinRecording } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ERRORS_MAX } from "../compile-schema.ts";
import { defaultLoginLimits } from "../security/logins.ts";
import { Store } from "../store/store.ts";
import { testArtefact } from "../testkit/artefact.ts";
import { startTestGateway, TEST_TOKEN, type TestGateway, temporaryFolder } from "../testkit/test-gateway.ts";
import { boundConnections } from "./connections.ts";
import { defaultHttpLimits, slowestPace } from "./http-limits.ts";
import { DEPTH_MAX } from "./json-body.ts";
import type { GatewayInfo } from "./schemas.ts";

const lowered = { headersMs: 300, requestMs: 600, stalledMs: 400, idleMs: 300, checkMs: 50 };
const auth = `authorization: Bearer ${TEST_TOKEN}\r\n`;
let peer: TestGateway;
/** For clients that are to be found too slow; any other may be as slow as the machine. */
let hasty: TestGateway;
beforeAll(async () => {
  [peer, hasty] = [await startTestGateway(), await startTestGateway({ httpLimits: lowered })];
});
afterAll(async () => {
  await peer[Symbol.asyncDispose]();
  await hasty[Symbol.asyncDispose]();
});

function open(gateway: TestGateway = peer): Socket {
  const { hostname, port } = new URL(gateway.gateway.url);
  return connect(Number(port), hostname).setEncoding("latin1");
}

/** All that comes back until the peer closes, however it closes. */
async function answerOf(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let answer = "";
  socket
    .on("data", (chunk) => (answer += chunk))
    .on("error", () => undefined)
    .on("close", () => resolve());
  await promise;
  return answer;
}

async function isServing(gateway: TestGateway = peer): Promise<void> {
  expect((await gateway.request("GET", "/v1/gateway")).status).toBe(200);
}

describe("a slow client", () => {
  /** Sends one byte of a text every few ms, for as long as the peer lets it. */
  async function drip(text: string): Promise<string> {
    const socket = open(hasty);
    let at = 0;
    const timer = setInterval(() => {
      if (at < text.length && socket.writable) socket.write(text[at++]!);
    }, 20);
    try {
      return await answerOf(socket);
    } finally {
      clearInterval(timer);
    }
  }

  test("that sends its header byte by byte is cut off with 408", async () => {
    expect(await drip(`GET /v1/gateway HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(1000)}`)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("that sends its body byte by byte is cut off with 408", async () => {
    const head = `PUT /v1/flows/a HTTP/1.1\r\nhost: x\r\n${auth}content-type: application/json\r\ncontent-length: 1000\r\n\r\n`;
    const socket = open(hasty);
    socket.write(head);
    const timer = setInterval(() => socket.writable && socket.write("["), 20);
    const answer = await answerOf(socket);
    clearInterval(timer);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each([
    ["nothing", ""],
    ["half a header", "GET /v1/gateway HTTP/1.1\r\nhost: x\r\n"],
    [
      "no body",
      `PUT /v1/flows/a HTTP/1.1\r\nhost: x\r\n${auth}content-type: application/json\r\ncontent-length: 9\r\n\r\n`,
    ],
  ])("that sends %s and waits is cut off", async (_what, text) => {
    const socket = open(hasty);
    socket.write(text);
    await answerOf(socket);
    await eventually(() => isServing(hasty));
  });

  test("that never reads its answer is cut off, and what it would have got is freed", async () => {
    const artefact = new Uint8Array(testArtefact(1).wasm);
    // It cuts off an honest client as well that is as slow, or whose idle connection it is about to end.
    await eventually(async () => expect((await hasty.upload(1)).ok).toBe(true));
    const socket = open(hasty);
    socket.pause();
    const get = `GET /v1/artefacts/${testArtefact(1).digest} HTTP/1.1\r\nhost: x\r\n${auth}\r\n`;
    const requests = Math.ceil((16 * 1024 * 1024) / artefact.length);
    socket.on("error", () => undefined);
    socket.write(get.repeat(Math.min(requests, 20_000)));
    await eventually(() => {
      socket.write(".");
      expect(socket.destroyed).toBe(true);
    });
    await eventually(() => isServing(hasty));
  });

  test("that takes nothing of a backup gives up its place, of which there are two", async () => {
    const dataDir = await temporaryFolder();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(dataDir, { recursive: true }));
    const store = await Store.open(dataDir);
    const entry = { at: "", who: "", role: "", remote: "", action: "", target: "", status: 200, requestId: "" };
    // More than all buffers on the way take.
    store.audit.append({ ...entry, before: undefined, after: "x".repeat(32 * 1024 * 1024) });
    store.close();
    await using gateway = await startTestGateway({ dataDir, httpLimits: { stalledMs: 2_000 } });
    const begin = async () => {
      const socket = open(gateway).on("error", () => undefined);
      socket.write(`GET /v1/backup HTTP/1.1\r\nhost: x\r\n${auth}\r\n`);
      await once(socket, "readable");
      expect(socket.read(12)).toBe("HTTP/1.1 200");
    };
    // Who waits for its answer for so long is cut off, too.
    for (let client = 0; client < 2; client++) await eventually(begin);
    await eventually(async () => {
      const answer = await gateway.request("GET", "/v1/backup");
      await answer.body?.cancel();
      expect(answer.status).toBe(200);
    });
  });

  test("does not keep the gateway from stopping", async () => {
    const gateway = await startTestGateway({ httpLimits: { stopMs: 100 } });
    const sockets = [open(gateway), open(gateway)];
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    sockets[1]!.write("GET /v1/gateway HTTP/1.1\r\nhost: x\r\n");
    const closed = Promise.all(sockets.map(answerOf));
    await gateway[Symbol.asyncDispose]();
    expect(await closed).toEqual(["", ""]);
  });
});

test("clients that never read a large artefact have no copy of it in the gateway's memory", async () => {
  const padBytes = 8 * 1024 * 1024;
  const { wasm, digest } = testArtefact(1, padBytes);
  const init = { body: wasm, headers: { "content-type": "application/wasm" } };
  expect((await peer.request("PUT", `/v1/artefacts/${digest}`, init)).status).toBe(201);
  const answered = await peer.request("GET", `/v1/artefacts/${digest}`);
  expect(answered.headers.get("content-length")).toBe(String(wasm.length));
  expect(sha256(new Uint8Array(await answered.arrayBuffer()))).toBe(digest);

  const before = process.memoryUsage().arrayBuffers;
  const clients = Array.from({ length: 40 }, () => open().on("error", () => undefined));
  for (const client of clients) {
    client.write(`GET /v1/artefacts/${digest} HTTP/1.1\r\nhost: x\r\n${auth}\r\n`);
    await once(client, "readable");
  }
  // Garbage counts until it is collected, which it is where more is asked for.
  const held = () => {
    new Uint8Array(padBytes).fill(1);
    return process.memoryUsage().arrayBuffers - before;
  };
  await expect.poll(held, { timeout: 20_000 }).toBeLessThan((clients.length * padBytes) / 4);
  for (const client of clients) client.destroy();
  await isServing();
});

describe("requests that do not wait for the answer before", () => {
  const get = `GET /v1/gateway HTTP/1.1\r\nhost: x\r\n${auth}\r\n`;

  test("are begun one at a time, and answered in order", async () => {
    await using gateway = await startTestGateway();
    const stats = gateway.dataPlane.stats.bind(gateway.dataPlane);
    let [begun, begunMost] = [0, 0];
    gateway.dataPlane.stats = async (names) => {
      begunMost = Math.max(begunMost, ++begun);
      await new Promise(setImmediate);
      begun--;
      return stats(names);
    };
    const socket = open(gateway);
    socket.write(get.repeat(9) + get.replace("host: x", "host: x\r\nconnection: close"));
    expect((await answerOf(socket)).match(/HTTP\/1\.1 200 /g)).toHaveLength(10);
    expect(begunMost).toBe(1);
  });

  test("end their connection when they are many", async () => {
    await using gateway = await startTestGateway({ httpLimits: { stopMs: 1 } });
    let begun = 0;
    gateway.dataPlane.stats = () => {
      begun++;
      return new Promise(() => undefined);
    };
    const socket = open(gateway);
    socket.write(get.repeat(1_000));
    expect(await answerOf(socket)).toBe("");
    expect(begun).toBeLessThanOrEqual(1);
  });
});

test("recordings that clients do not take are few in memory, and others get theirs once there is room", async () => {
  await using gateway = await startTestGateway();
  const update = { tag: "camera", timestampNs: 1n, quality: 0, value: "x".repeat(1024 * 1024) } as const;
  // More than the system itself takes for a client that does not read.
  const batches = Array.from({ length: 24 }, () => encodeTagUpdateBatch({ source: "test", updates: [update] }));
  let made = 0;
  gateway.dataPlane.recording = async () => {
    made++;
    return joinRecording(batches);
  };
  const ask = () => {
    const socket = open(gateway);
    socket.write(`GET /v1/recorder/recording HTTP/1.1\r\nhost: x\r\n${auth}\r\n`);
    return socket;
  };
  const idle = ask();
  await once(idle, "data");
  idle.pause();
  const next = ask();
  for (let turn = 0; turn < 50; turn++) await isServing(gateway);
  expect(made).toBe(1);
  idle.destroy();
  const [head] = await once(next, "data");
  expect(head).toMatch(/^HTTP\/1\.1 200 /);
  next.destroy();
});

describe("many connections", () => {
  test("of one address are bounded, and leave room for others", async () => {
    await using gateway = await startTestGateway({
      httpLimits: { connectionsPerAddressMax: 5, connectionsMax: 100, headersMs: 60_000 },
    });
    const sockets = Array.from({ length: 12 }, () => open(gateway));
    const closed = sockets.map((socket) =>
      once(
        socket.on("error", () => undefined),
        "close",
      ),
    );
    await eventually(() => expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(5));
    const other = connect({
      port: Number(new URL(gateway.gateway.url).port),
      host: "127.0.0.1",
      localAddress: "127.0.0.2",
    });
    other.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    expect(await answerOf(other.setEncoding("latin1"))).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await eventually(() => isServing(gateway));
  });

  test("of one IPv6 network count as of one address", () => {
    const server = new Server();
    boundConnections(server, 3);
    const connectFrom = (remoteAddress: string) => {
      const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
      server.emit("connection", socket);
      return socket;
    };
    const sockets = Array.from({ length: 5 }, (_, index) => connectFrom(`2001:db8:1:2::${index + 1}`));
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, false, false, true, true]);
    expect(connectFrom("2001:db8:1:3::1").destroyed).toBe(false);
  });

  test("in all are bounded", async () => {
    await using gateway = await startTestGateway({ httpLimits: { connectionsMax: 3, headersMs: 60_000 } });
    const sockets = Array.from({ length: 8 }, () => open(gateway).on("error", () => undefined));
    await eventually(() => expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(3));
    for (const socket of sockets) socket.destroy();
    await eventually(() => isServing(gateway));
  });
});

describe("a compressed body", () => {
  const bomb = Buffer.alloc(64 * 1024 * 1024);
  test.each([
    ["gzip", gzipSync(bomb)],
    ["deflate", deflateSync(bomb)],
    ["br", brotliCompressSync(bomb)],
    ["gzip, gzip", gzipSync(gzipSync(bomb))],
    ["compress", gzipSync("{}")],
  ])("(%s) is refused by its header, and nothing grows", async (encoding, body) => {
    const before = process.memoryUsage().arrayBuffers;
    for (const [path, type] of [
      ["/v1/flows/a", "application/json"],
      [`/v1/artefacts/${testArtefact(1).digest}`, "application/wasm"],
    ] as const) {
      const headers = { "content-type": type, "content-encoding": encoding };
      const response = await peer.request("PUT", path, { body: new Uint8Array(body), headers });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({
        code: "FF_API_MEDIA_TYPE",
        detail: expect.stringContaining(encoding),
      });
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(bomb.length);
  });
});

describe("JSON that is built to hurt", () => {
  const million = 1_000_000;
  test.each([
    ["half a million arrays", "[".repeat(million / 2) + "]".repeat(million / 2)],
    ["a million open arrays", "[".repeat(million)],
    ["objects in objects", '{"a":'.repeat(100_000)],
    ["a million quotes", '"'.repeat(million)],
    ["a long number", `{"artefact":${"9".repeat(900_000)}}`],
    ["an exponent", '{"artefact":1e999999999}'],
    ["a million fields", `{${Array.from({ length: 60_000 }, (_, at) => `"k${at}":1`).join(",")}}`],
    ["one field many times", `{${'"artefact":1,'.repeat(60_000)}"artefact":1}`],
    ["a prototype", '{"__proto__":{"artefact":"x"},"constructor":{"prototype":{"x":1}}}'],
    ["half a surrogate", '{"artefact":"\\ud800"}'],
    ["a byte that is no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["a byte order mark", '\ufeff{"artefact":"x"}'],
    ["NUL", '{"artefact":"\\u0000"}\u0000'],
  ])("(%s) is refused as a bad request", async (_what, body) => {
    const started = process.cpuUsage();
    const response = await peer.request("PUT", "/v1/flows/a", {
      body: typeof body === "string" ? body : new Uint8Array(body),
      headers: { "content-type": "application/json", "if-none-match": "*" },
    });
    expect(response.status).toBe(400);
    expect((await response.text()).length).toBeLessThan(64 * 1024);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe("two requests that pose as one", () => {
  const body = "GET /v1/tokens HTTP/1.1\r\nhost: x\r\n\r\n";
  test.each([
    ["both lengths", `content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${body}`],
    ["two lengths", `content-length: 0\r\ncontent-length: ${body.length}\r\n\r\n${body}`],
    ["a list of lengths", `content-length: 0, ${body.length}\r\n\r\n${body}`],
    ["a length with a sign", `content-length: +${body.length}\r\n\r\n${body}`],
    ["a hexadecimal length", `content-length: 0x10\r\n\r\n${body}`],
    ["a negative length", `content-length: -1\r\n\r\n${body}`],
    ["a space before the colon", `content-length : ${body.length}\r\n\r\n${body}`],
    ["an unknown transfer coding", `transfer-encoding: xchunked\r\n\r\n${body}`],
    ["chunked that is not last", `transfer-encoding: chunked, identity\r\n\r\n${body}`],
    ["a bare line feed", `x: a\ncontent-length: 0\n\n${body}`],
    ["a folded header", `x: a\r\n content-length: 0\r\n\r\n${body}`],
    ["a bad chunk size", `transfer-encoding: chunked\r\n\r\nzz\r\n${body}`],
    ["a chunk size that overflows", `transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n${body}`],
    ["NUL in a header", `x: a\0b\r\n\r\n${body}`],
  ])("(%s) get one refusal and the connection ends", async (_how, rest) => {
    const socket = open();
    socket.write(`POST /v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${rest}`);
    const answer = await answerOf(socket);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 400"]);
  });
});

describe("a path that leads elsewhere", () => {
  test.each([
    "/v1/artefacts/../../gateway.db",
    "/v1/artefacts/..%2f..%2fsecret.key",
    "/v1/artefacts/%2e%2e/%2e%2e/secret.key",
    "/v1/artefacts/sha256:..%5c..%5csecret.key",
    `/v1/artefacts/sha256:${"0".repeat(64)}%00.wasm`,
    "/v1/artefacts//etc/passwd",
    "/v1/flows/..%2fadmin",
    "/v1/flows/%00",
    "/v1/flows/boiler%0d%0aset-cookie:%20x=1",
    "//v1/flows",
    "/v1/../../../etc/passwd",
  ])("%s is refused", async (path) => {
    const socket = open();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${auth}connection: close\r\n\r\n`);
    const answer = await answerOf(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|404) [\s\S]*application\/problem\+json/);
    expect(answer).not.toMatch(/set-cookie|root:/i);
  });
});

test("an answer is of its type, in no cache and in no frame", async () => {
  for (const path of ["/v1/gateway", "/v1/flows/none", "/healthz"]) {
    const { headers } = await peer.request("GET", path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("access-control-allow-origin")).toBeNull();
  }
});

describe("the limits that docs/architecture/security.md tells", () => {
  const limits = defaultHttpLimits;
  const seconds = (ms: number) => `${ms / 1000} s`;
  const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`;
  const kibibytes = (bytes: number) => `${bytes / 1024} KiB`;
  const written = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

  test.each<[threat: string, inForce: () => string | Promise<string>]>([
    [
      "slow and stalled clients",
      () =>
        `${seconds(limits.headersMs)} for a header, ${seconds(limits.requestMs)} for a request, ${seconds(limits.stalledMs)} without movement`,
    ],
    [
      "one client asks far ahead, or takes large answers slowly",
      () => `cut with more than ${limits.waitingPerConnectionMax} that wait`,
    ],
    [
      "a client takes a backup, a recording, an artefact or the metrics a little at a time, to hold what others wait for",
      () =>
        `${written[slowestPace.behindMs / 60_000]} minutes behind ${kibibytes(Math.round(slowestPace.bytesPerMs * 60_000))} a minute`,
    ],
    [
      "one client takes all connections",
      () => `${limits.connectionsMax} connections, ${limits.connectionsPerAddressMax} of one address`,
    ],
    [
      "large bodies",
      async () => {
        const gateway = (await (await peer.request("GET", "/v1/gateway")).json()) as GatewayInfo;
        const { artefactBytesMax } = gateway.limits;
        return `JSON ${mebibytes(limits.jsonBytesMax)}, artefacts ${mebibytes(artefactBytesMax)}, headers ${kibibytes(limits.headerBytesMax)}`;
      },
    ],
    [
      "JSON that is deep, wide or malformed",
      () => `${DEPTH_MAX} levels, unknown fields refused, ${ERRORS_MAX} faults told`,
    ],
    [
      "guessing tokens",
      () =>
        `${defaultLoginLimits.failuresPerAddressMax} tokens a minute that are not valid, one when more than ${defaultLoginLimits.failuresMax} came from all`,
    ],
  ])("against %s are those in force", async (threat, inForce) => {
    const text = await readFile(new URL("../../docs/architecture/security.md", import.meta.url), "utf8");
    const row = text.split("\n").find((line) => line.startsWith(`| ${threat} |`));
    expect(row).toContain(await inForce());
  });
});
