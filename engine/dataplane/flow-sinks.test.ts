// What becomes of a sink's queue when its flow is swapped, restarted or removed, and when its connection changes.

import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type PropValue, parseFlowName } from "@flowfusion/graph";
import { eventually, freePort } from "@flowfusion/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Endpoints } from "../sinks/endpoint.ts";
import { type Historian, startHistorian } from "../testkit/historian.ts";
import { FlowHost } from "./flow-host.ts";
import type { LoadedProgram } from "./launch.ts";
import { frameOf, load } from "./testkit/host.ts";
import { programOf } from "./testkit/test-plane.ts";

let folder: string;
/** How far the flow's clock is ahead. */
let aheadMs = 0;
const historians: Historian[] = [];
const hosts: FlowHost[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ff-flow-sinks-"));
  aheadMs = 0;
});

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.remove()));
  for (const started of historians.splice(0)) await started[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function serve(port?: number): Promise<Historian> {
  const started = await startHistorian(port);
  historians.push(started);
  return started;
}

async function program(
  props: { readonly [name: string]: PropValue },
  endpoints?: Endpoints,
  id = "out",
): Promise<LoadedProgram> {
  const document = {
    nodes: { in: { type: "tag_input", props: { tags: ["#"] } }, [id]: { type: "http", props } },
    wires: [`in.out -> ${id}.in`],
  };
  return { ...load(await programOf(document)), ...(endpoints && { endpoints }) };
}

const nobody = async () => `http://127.0.0.1:${await freePort()}/`;

function start(first: LoadedProgram): FlowHost {
  const place = {
    name: parseFlowName("flow"),
    outputDir: path.join(folder, "output"),
    spoolDir: path.join(folder, "spool"),
    nowMs: () => performance.now() + aheadMs,
    wallMs: Date.now,
    random: Math.random,
    onLog: () => {},
    onBroken: () => {},
  };
  const host = new FlowHost(place, first);
  hosts.push(host);
  return host;
}

function feed(host: FlowHost, ...values: readonly number[]): void {
  const frames = Buffer.concat(values.map((value) => frameOf(value)));
  host.feed(frames, 0, frames.length, values.length);
}

const swap = (host: FlowHost, next: LoadedProgram) => host.swap(host.prepare(next));

const sinkOf = (host: FlowHost) => host.stats().sinks[0]!;

describe("the queue of a sink", () => {
  test("goes on with another endpoint after a swap, and loses nothing of what waited", async () => {
    const host = start(await program({ url: await nobody() }));
    feed(host, 1, 2, 3);
    await eventually(() => expect(sinkOf(host).lastError).toMatch(/ECONNREFUSED/));
    const server = await serve();
    swap(host, await program({ url: server.url }));
    feed(host, 4, 5);
    await eventually(() => expect(server.values).toEqual([1, 2, 3, 4, 5]));
    // It has arrived before the sink has counted it.
    await eventually(() => expect(sinkOf(host)).toMatchObject({ sent: 5, queued: 0, dropped: {} }));
  });

  test("goes on with its connection as it is after a change", async () => {
    const server = await serve();
    const host = start(await program({ connection: "c" }, { c: { url: await nobody() } }));
    feed(host, 1, 2);
    await eventually(() => expect(sinkOf(host).lastError).toMatch(/ECONNREFUSED/));
    swap(host, await program({ connection: "c" }, { c: { url: server.url } }));
    await eventually(() => expect(server.values).toEqual([1, 2]));
  });

  test("stays as it is when the swap is refused", async () => {
    const server = await serve();
    const host = start(await program({ url: server.url }));
    const next = await program({ connection: "missing" });
    expect(() => swap(host, next)).toThrow('nodes.out: connection "missing" is not on this gateway');
    feed(host, 1);
    await eventually(() => expect(server.values).toEqual([1]));
  });

  test("has after a restart what could not be sent before it", async () => {
    const before = start(await program({ url: await nobody() }));
    feed(before, 1, 2, 3);
    await eventually(() => expect(sinkOf(before).lastError).toBeDefined());
    hosts.length = 0;
    await before.close();
    const server = await serve();
    const after = start(await program({ url: server.url }));
    feed(after, 4);
    await eventually(() => expect(server.values).toEqual([1, 2, 3, 4]));
    await eventually(() => expect(sinkOf(after)).toMatchObject({ recovered: 3, sent: 4 }));
  });

  test("waits with what it holds for a version without it to be taken back", async () => {
    const port = await freePort();
    const host = start(await program({ url: `http://127.0.0.1:${port}/` }));
    feed(host, 1, 2, 3);
    await eventually(() => expect(sinkOf(host).lastError).toMatch(/ECONNREFUSED/));
    swap(host, await program({ url: (await serve()).url }, undefined, "other"));
    feed(host, 4);
    host.rollBack(3);
    expect(sinkOf(host)).toMatchObject({ queued: 3, dropped: {} });
    expect(host.stats().dropped).toBe(0);
    feed(host, 5);
    const server = await serve(port);
    await eventually(() => expect(server.values).toEqual([1, 2, 3, 5]));
    await eventually(() => expect(sinkOf(host)).toMatchObject({ sent: 4, queued: 0, dropped: {} }));
  });

  test("is given up once a version without it is there to stay", async () => {
    const host = start(await program({ url: await nobody() }));
    feed(host, 1, 2, 3);
    await eventually(() => expect(sinkOf(host).diskBytes).toBeGreaterThan(0));
    swap(host, await program({ url: (await serve()).url }, undefined, "other"));
    host.tick(0n);
    expect(await readdir(path.join(folder, "spool", "flow"))).toEqual(["out"]);
    aheadMs = 10_000;
    host.tick(0n);
    await eventually(async () => expect(await readdir(path.join(folder, "spool", "flow"))).toEqual([]));
    // What it held is lost, and told so though no sink of the flow tells it.
    await eventually(() => expect(host.stats().dropped).toBe(3));
  });

  test("stays counted with what it lost, once, as it goes and is taken back", async () => {
    const server = createServer((request, response) => {
      request.resume().on("end", () => response.writeHead(422, { connection: "close" }).end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const host = start(await program({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }));
    feed(host, 1, 2, 3);
    await eventually(() => expect(sinkOf(host).dropped).toEqual({ http_422: 3 }));
    server.close();
    feed(host, 4);
    await eventually(() => expect(sinkOf(host).failingMs).toBeDefined());
    expect(host.stats().dropped).toBe(3);
    swap(host, await program({ url: await nobody() }, undefined, "other"));
    expect(host.stats().dropped).toBe(3);
    host.rollBack(3);
    expect(sinkOf(host)).toMatchObject({ queued: 1, dropped: { http_422: 3 } });
    expect(host.stats().dropped).toBe(3);
  });

  test("leaves nothing on disk when its flow is removed", async () => {
    const host = start(await program({ url: await nobody() }));
    feed(host, 1, 2, 3);
    await eventually(() => expect(sinkOf(host).diskBytes).toBeGreaterThan(0));
    hosts.length = 0;
    await host.remove();
    expect(await readdir(path.join(folder, "spool", "flow"))).toEqual([]);
  });
});
