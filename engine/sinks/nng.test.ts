import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import type { LookupFunction } from "node:net";
import { decodeTagUpdateBatch, type TagUpdate } from "@flowfusion/proto";
import { eventually, freePort } from "@flowfusion/testkit";
import { listenPull, type PullSocket } from "@flowfusion/transport";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { OutboundGuard } from "../security/outbound.ts";
import { createNngSink } from "./nng.ts";
import type { SinkQueue } from "./queue.ts";
import { malformedFrame, message, numbered } from "./testkit/messages.ts";
import { append, queueOf } from "./testkit/queues.ts";

const queues: SinkQueue[] = [];
const pulls: PullSocket[] = [];
const children: ChildProcess[] = [];

beforeAll(() => {
  const { error } = spawnSync("nngcat", ["--version"]);
  if (error) throw new Error(`nngcat does not start (${error.message}): apt-get install nng-utils`);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(queues.splice(0).map((queue) => queue.close(0)));
  await Promise.all(pulls.splice(0).map((pull) => pull.close()));
});

function queueTo(address: string, lookup?: LookupFunction): SinkQueue {
  const queue = queueOf(createNngSink({ address }, "flow/out", lookup));
  queues.push(queue);
  return queue;
}

/** nngcat prints each frame as a MessagePack `bin`: a length, then the bytes. */
function framesFrom(printed: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < printed.length; ) {
    const lengthBytes = { 196: 1, 197: 2, 198: 4 }[printed[at]!]!;
    const start = at + 1 + lengthBytes;
    const end = start + printed.readUIntBE(at + 1, lengthBytes);
    if (end > printed.length) break;
    frames.push(printed.subarray(start, end));
    at = end;
  }
  return frames;
}

/** What a real nngcat that listens at the address has received. */
function nngcat(address: string): () => { sources: string[]; updates: TagUpdate[] } {
  const child = spawn("nngcat", ["--pull", "--listen", address, "--format", "msgpack"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => {
    const batches = framesFrom(Buffer.concat(chunks)).map(decodeTagUpdateBatch);
    return { sources: batches.map(({ source }) => source), updates: batches.flatMap(({ updates }) => updates) };
  };
}

async function pullAt(address: string): Promise<TagUpdate[]> {
  const updates: TagUpdate[] = [];
  const onFrame = (frame: Uint8Array) => updates.push(...decodeTagUpdateBatch(frame).updates);
  pulls.push(await listenPull({ address, onFrame }));
  return updates;
}

const valuesOf = (updates: readonly TagUpdate[]) => updates.map(({ value }) => value);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("the nng sink", () => {
  test("pushes every kind of value to nngcat, as TagUpdateBatch", async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const received = nngcat(address);
    const queue = queueTo(address);
    const values = [null, true, -(2n ** 63n), 21.5, "größe", Buffer.of(0, 255)];
    append(
      queue,
      values.map((value, index) => ({ topic: `t/${index}`, timestampNs: BigInt(index), quality: 1, value })),
    );
    await eventually(() => expect(received().updates).toHaveLength(values.length));
    expect(received().updates).toEqual(
      values.map((value, index) => ({ tag: `t/${index}`, timestampNs: BigInt(index), quality: 1, value })),
    );
    expect(received().sources).toEqual(["flow/out"]);
  });

  test("pushes many messages to nngcat, each once and in order", async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const received = nngcat(address);
    const queue = queueTo(address);
    for (let block = 0; block < 10; block++) append(queue, numbered(1000, block * 1000));
    await eventually(() => expect(received().updates).toHaveLength(10_000));
    expect(valuesOf(received().updates)).toEqual(upTo(10_000));
    expect(queue.stats).toMatchObject({ sent: 10_000, dropped: {} });
  });

  test("keeps what comes before anybody listens, and counts what cannot be decoded", async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const queue = queueTo(address);
    append(queue, numbered(600));
    const bad = malformedFrame();
    queue.append(bad, 0, bad.length, 1);
    await eventually(() => expect(queue.stats).toMatchObject({ sent: 600, dropped: { malformed: 1 } }));
    const updates = await pullAt(address);
    await eventually(() => expect(updates).toHaveLength(600));
    expect(valuesOf(updates)).toEqual(upTo(600));
  });

  test("keeps order, loses nothing and stays within its bounds while the peer reads nothing for a while", async () => {
    const updates = await pullAt("tcp://127.0.0.1:0");
    const pull = pulls[0]!;
    pull.pause();
    const queue = queueTo(pull.address);
    const large = "x".repeat(10_000);
    const count = 1_500;
    for (let index = 0; index < count; index++) append(queue, [message("large", `${index} ${large}`)]);
    await eventually(() => expect(queue.stats.sent).toBeGreaterThan(0));
    expect(queue.stats.queuedBytes).toBeGreaterThan(0);
    pull.resume();
    await eventually(() => expect(updates).toHaveLength(count));
    expect(updates.map(({ value }) => Number.parseInt(value as string, 10))).toEqual(upTo(count));
    expect(queue.stats).toMatchObject({ sent: count, dropped: {}, queuedBytes: 0 });
  });

  test("sends a large message by itself, where a batch of it and those before it would be more than a peer takes", async () => {
    const updates = await pullAt("tcp://127.0.0.1:0");
    const queue = queueTo(pulls[0]!.address);
    const small = Array.from({ length: 200 }, () => "x".repeat(1_000));
    const values = [...small, "y".repeat(1_000_000), ...small];
    append(
      queue,
      values.map((value) => message("t", value)),
    );
    await eventually(() => expect(updates).toHaveLength(values.length));
    expect(valuesOf(updates)).toEqual(values);
    expect(pulls[0]!.stats().refused).toEqual({});
  });

  test("drops and counts a message that alone is more than a peer takes, and sends those around it", async () => {
    const updates = await pullAt("tcp://127.0.0.1:0");
    const queue = queueTo(pulls[0]!.address);
    const values = [1, "x".repeat(1024 * 1024), 2];
    append(
      queue,
      values.map((value) => message("t", value)),
    );
    append(queue, [message("t", 3)]);
    await eventually(() => expect(valuesOf(updates)).toEqual([1, 2, 3]));
    expect(queue.stats).toMatchObject({ sent: 3, queued: 0, dropped: { too_large: 1 } });
    expect(pulls[0]!.stats().refused).toEqual({});
  });

  test("does not hold up its close when the peer never reads", async () => {
    await pullAt("tcp://127.0.0.1:0");
    pulls[0]!.pause();
    queueTo(pulls[0]!.address);
    const queue = queues.pop()!;
    const large = "x".repeat(10_000);
    for (let index = 0; index < 1_500; index++) append(queue, [message("large", large)]);
    await eventually(() => expect(queue.stats.sent).toBeGreaterThan(0));
    await queue.close(10);
    const { sent, dropped } = queue.stats;
    expect(sent + dropped.not_flushed!).toBe(1_500);
  });

  test("says so when nobody listens and the queue of its socket is full", async () => {
    const queue = queueTo(`tcp://127.0.0.1:${await freePort()}`);
    const large = "x".repeat(10_000);
    for (let index = 0; index < 600; index++) append(queue, [message("large", large)]);
    await eventually(() => expect(queue.stats.lastError).toContain("is not connected and its queue is full"));
  });

  test("says so, too, when the peer goes away while it reads nothing", async () => {
    await pullAt(`tcp://127.0.0.1:${await freePort()}`);
    const pull = pulls.pop()!;
    pull.pause();
    const queue = queueTo(pull.address);
    const large = "x".repeat(10_000);
    for (let index = 0; index < 1_500; index++) append(queue, [message("large", large)]);
    await eventually(() => expect(queue.stats.sent).toBeGreaterThan(0));
    await pull.close();
    await eventually(() => expect(queue.stats.lastError).toContain("is not connected and its queue is full"));
  });

  test.each(["2130706433", "0x7f.1", "localhost"])(
    "does not reach as %s what it may not reach as 127.0.0.1",
    async (host) => {
      await pullAt("tcp://127.0.0.1:0");
      const port = Number(pulls[0]!.address.split(":").at(-1));
      const queue = queueTo(`tcp://${host}:${port}`, new OutboundGuard(["any"]).lookup(port));
      const large = "x".repeat(10_000);
      for (let index = 0; index < 600; index++) append(queue, [message("large", large)]);
      await eventually(() =>
        expect(queue.stats.lastError).toMatch(/its queue is full: .*\((?:127\.0\.0\.1|::1)\) port/),
      );
      expect(pulls[0]!.stats().connects).toBe(0);
    },
  );

  test("refuses an address that is none", () => {
    expect(() => createNngSink({ address: "tcp://nowhere" }, "s")).toThrow("tcp://nowhere");
  });
});
