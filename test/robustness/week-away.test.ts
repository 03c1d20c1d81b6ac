// A broker that is away for a week, a reading a second, and a disk that holds about two days of it. The week takes as long as the
// gateway needs to get through its readings; it is restarted on two evenings. What a kill takes is shown with the acknowledged.

import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { eventually, freePort, Mosquitto } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { GatewayChild } from "./child.ts";

const mebibyte = 1024 * 1024;
const days = 7;
const readingsPerHour = 60 * 60;
const readingsPerDay = 24 * readingsPerHour;
const batchReadings = 720;
const diskBytesMax = 8 * mebibyte;
const readingBytes = 40;
/** What a sink is handed at once, in readings. */
const inHandsMax = Math.ceil((256 * 1024) / readingBytes);
/** What the disk gives up at once. */
const segmentReadings = Math.ceil(diskBytesMax / 16 / readingBytes);
const flow = parseFlowName("meter");
const beginNs = BigInt(Date.UTC(2026, 0, 5)) * 1_000_000n;
const readingOf = (second: number) => ({
  ...{ tag: "meter", quality: 0 as const, value: second },
  timestampNs: beginNs + BigInt(second) * 1_000_000_000n,
});

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => undefined)));
  return sizes.reduce((sum, one) => sum + (one?.size ?? 0), 0);
}

/** Bytes of a folder's files at one time: files that come and go while they are looked at are looked at again. */
const settledBytesIn = (folder: string): Promise<number> =>
  eventually(async () => {
    const bytes = await bytesIn(folder);
    expect(await bytesIn(folder)).toBe(bytes);
    return bytes;
  });

/** What connects to `port` gets through to `peerPort`. */
async function relay(port: number, peerPort: number): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(peerPort, "127.0.0.1");
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from.on("error", () => to.destroy()).once("close", () => to.destroy()));
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function residentBytes(gateway: GatewayChild): Promise<number> {
  const metrics = await (await gateway.request("GET", "/metrics")).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)![1]);
}

test("a broker that is away for a week gets what the disk held, in order; the rest is counted, and memory stays flat", {
  timeout: 300_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), "ff-week-"));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const broker = cleanup.use(await Mosquitto.start());
  const received = await broker.subscribe("out", 0);
  /** Where the sink looks for the broker. */
  const port = await freePort();
  let gateway = await GatewayChild.startSound(dataDir);
  cleanup.defer(() => gateway[Symbol.asyncDispose]());
  const { wasm } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: ["meter"] } },
      out: {
        type: "mqtt",
        props: {
          ...{ broker: `mqtt://127.0.0.1:${port}`, topic: "out", qos: 1, batchMax: 100 },
          ...{ durability: "written", diskBytesMax },
        },
      },
    },
    wires: ["in.out -> out.in"],
  });
  const { digest } = await gateway.client.uploadArtefact(wasm);
  await gateway.client.deployFlow(flow, { artefact: digest, expected: "absent" });

  const sink = async () => (await gateway.client.stats(flow)).sinks[0]!;
  const spool = path.join(dataDir, "spool", "meter", "out");
  let [diskBytesMost, evicted, evictedBefore] = [0, 0, 0];
  const rssByDay: number[] = [];
  for (let day = 0; day < days; day++) {
    const tomorrow = (day + 1) * readingsPerDay;
    for (let second = day * readingsPerDay; second < tomorrow; second += batchReadings) {
      const batch = Array.from({ length: batchReadings }, (_, index) => readingOf(second + index));
      await eventually(() => expect(gateway.feedAll(batch)).toBe(true));
      if (second % readingsPerHour === 0) diskBytesMost = Math.max(diskBytesMost, await settledBytesIn(spool));
    }
    // Each reading waits or was evicted, and no other cause took one.
    await eventually(async () => {
      const { queued, queuedBytes, sent, dropped } = await sink();
      evicted = evictedBefore + (dropped.evicted ?? 0);
      expect(sent).toBe(0);
      expect(Object.keys(dropped).filter((cause) => cause !== "evicted")).toEqual([]);
      expect(queued + evicted).toBe(tomorrow);
      expect(queuedBytes).toBeLessThanOrEqual(inHandsMax * readingBytes);
    });
    rssByDay.push(await residentBytes(gateway));
    if (day === 2 || day === 4) {
      evictedBefore = evicted;
      expect(await gateway.end("SIGTERM")).toBe(0);
      await gateway[Symbol.asyncDispose]();
      gateway = await GatewayChild.startSound(dataDir);
      // What waited on disk is found, and nothing is counted anew. Not there is what the sink had in its hands when the disk gave it
      // up, and what had to go for the last that came: the oldest of all.
      const waited = tomorrow - evicted;
      const { recovered } = await eventually(async () => {
        const found = await sink();
        expect(found.recovered).toBeGreaterThan(0);
        return found;
      });
      expect(await sink()).toMatchObject({ queued: recovered, dropped: {} });
      expect(waited - recovered).toBeGreaterThanOrEqual(0);
      expect(waited - recovered).toBeLessThanOrEqual(inHandsMax + segmentReadings);
      evictedBefore += waited - recovered;
    }
  }
  // Of the first gateway, then of the last: the days after the disk was full take no more memory than those before.
  for (const [early, late] of [
    [1, 2],
    [5, 6],
  ]) {
    expect(rssByDay[late!]! - rssByDay[early!]!).toBeLessThan(32 * mebibyte);
  }
  expect((await sink()).lastError).toMatch(/ECONNREFUSED/);
  expect(evicted).toBeGreaterThan((days * readingsPerDay) / 2);
  expect(diskBytesMost).toBeGreaterThan(diskBytesMax / 2);
  expect(diskBytesMost).toBeLessThanOrEqual(diskBytesMax);

  cleanup.use(await relay(port, broker.port));
  await eventually(async () => expect((await sink()).queued).toBe(0));
  const { sent, dropped, lastError } = await sink();
  expect(lastError).toBeUndefined();
  expect(sent + evictedBefore + dropped.evicted!).toBe(days * readingsPerDay);
  const seconds = () => received.flatMap(({ payload }) => payload as unknown as { value: number }[]);
  await eventually(() => expect(seconds().length).toBeGreaterThanOrEqual(sent));
  const came = seconds().map(({ value }) => value);
  // The newest, without a gap; before them what the sink had in its hands when the disk gave up the readings behind.
  const gap = came.findLastIndex((second, index) => index > 0 && second !== came[index - 1]! + 1);
  const newest = Array.from({ length: came.length - Math.max(gap, 0) }, (_, index) => index);
  expect(came.slice(Math.max(gap, 0))).toEqual(newest.map((index) => days * readingsPerDay - newest.length + index));
  const inHands = came.slice(0, Math.max(gap, 0));
  expect(inHands).toEqual(inHands.map((_, index) => inHands[0]! + index));
  expect(inHands.length).toBeLessThanOrEqual(inHandsMax);
  expect(came).toHaveLength(sent);
});
