// Flows on several threads behave as flows on one: what is PUSHed comes out, once and in order, whichever thread runs the
// flow, and whatever is deployed, swapped and removed meanwhile.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { parseFlowName } from "@flowfusion/graph";
import { TagBatchEncoder } from "@flowfusion/proto";
import { eventually, freePort } from "@flowfusion/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startDataPlane } from "../index.ts";
import { batchMissing } from "../receipts.ts";
import type { WorkerOptions } from "../rpc.ts";
import { chain, type Document, numbered, programOf, Receiver, TestPlane, upTo } from "../testkit/test-plane.ts";
import { startThreads } from "./threads.ts";

const workers = 3;
let receiver: Receiver;
let plane: TestPlane;

beforeAll(async () => {
  receiver = await Receiver.start();
  plane = await TestPlane.start({ workers });
});

beforeEach(() => receiver.clear());

afterEach(async () => {
  for (const { name } of (await plane.statsOfAll()).flows) await plane.plane.remove(name);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** What came in since the call before. */
async function ingestSince(): Promise<{ tags: number; unrouted: number; malformed: number }> {
  const { tags, unrouted, refused } = (await plane.plane.stats([])).ingest;
  const now = { tags, unrouted, malformed: refused.malformed! };
  const since = {
    tags: tags - seen.tags,
    unrouted: unrouted - seen.unrouted,
    malformed: now.malformed - seen.malformed,
  };
  seen = now;
  return since;
}

let seen = { tags: 0, unrouted: 0, malformed: 0 };

const passing = (...tags: readonly string[]) => programOf(chain(receiver.address, {}, tags.length > 0 ? tags : ["#"]));

/** One input node for each pattern, all of them to the sink. */
const inputs = (patterns: Readonly<Record<string, string>>): Document => ({
  nodes: {
    ...Object.fromEntries(
      Object.entries(patterns).map(([id, pattern]) => [id, { type: "tag_input", props: { tags: [pattern] } }]),
    ),
    out: { type: "nng", props: { address: receiver.address } },
  },
  wires: Object.keys(patterns).map((id) => `${id}.out -> out.in`),
});

describe("flows on several threads", () => {
  test("get each update that they subscribe to, once and in order, small batches and large", async () => {
    const names = Array.from({ length: 4 }, (_, index) => `flow-${index}`);
    for (const name of names) await plane.deploy(name, await passing());
    let next = 0;
    for (const size of [1, 0, 500, 7, 2_000, 1, 5_000]) {
      await plane.push(numbered(size, next));
      next += size;
    }
    for (const name of names) {
      await eventually(() => expect(receiver.from(name)).toHaveLength(next));
      expect(receiver.valuesFrom(name)).toEqual(upTo(next));
    }
    const { flows, socketToSinkQueueP99Us } = await plane.statsOfAll();
    expect(await ingestSince()).toEqual({ tags: next, unrouted: 0, malformed: 0 });
    expect(flows.map(({ name }) => name).sort()).toEqual(names);
    const some = await plane.plane.stats(["flow-2", "gone"].map(parseFlowName));
    expect(some.flows).toMatchObject([{ name: "flow-2", messagesIn: next }]);
    expect(socketToSinkQueueP99Us).toBeGreaterThan(0);
  });

  test("are told of by one decoder: what nobody takes, on whatever thread, and what is malformed", async () => {
    await ingestSince();
    await plane.deploy("one", await passing("a"));
    await plane.deploy("two", await passing("b/+"));
    await plane.push(["a", "b/1", "c", "b/2", "d"].flatMap((tag) => numbered(1, 0, tag)));
    await plane.pushBytes(Buffer.from("this is no protobuf"));
    await plane.push(numbered(1, 0, "a"));
    await eventually(() => expect(receiver.from("one")).toHaveLength(2));
    await eventually(() => expect(receiver.from("two").map(({ tag }) => tag)).toEqual(["b/1", "b/2"]));
    expect(await ingestSince()).toEqual({ tags: 6, unrouted: 2, malformed: 1 });
  });

  test("get what comes from the moment that a deploy is answered, and nothing once removed", async () => {
    const tags = async () => (await plane.plane.stats([])).ingest.tags;
    const before = await tags();
    for (let round = 0; round < 20; round++) {
      await plane.deploy("brief", await passing());
      await plane.push(numbered(1, round));
      await plane.untilIn("brief", 1);
      await plane.plane.remove(parseFlowName("brief"));
      await plane.push(numbered(1, -1));
      await eventually(async () => expect(await tags()).toBe(before + 2 * (round + 1)));
    }
    await eventually(() => expect(receiver.valuesFrom("brief")).toEqual(upTo(20)));
    expect((await plane.statsOfAll()).flows).toEqual([]);
  });

  test("keep each update for the input that it was for while versions with other inputs take over under load", async () => {
    // The inputs' numbers change with each version, their patterns do not.
    const versions = await Promise.all([
      programOf(inputs({ b_kept: "kept", c_other: "other" })),
      programOf(inputs({ a_new: "new", b_kept: "kept" })),
      programOf(inputs({ b_kept: "kept" })),
    ]);
    await plane.deploy("swapped", versions[0]!);
    let isPushing = true;
    let next = 0;
    const pushing = (async () => {
      for (; isPushing; next += 200) {
        await plane.push(numbered(200, next, "kept"));
        await eventually(() => expect(receiver.from("swapped").length).toBeGreaterThan(next - 2_000));
      }
    })();
    for (let swap = 1; swap <= 40; swap++) await plane.deploy("swapped", versions[swap % versions.length]!);
    isPushing = false;
    await pushing;
    await eventually(() => expect(receiver.from("swapped")).toHaveLength(next));
    expect(receiver.valuesFrom("swapped")).toEqual(upTo(next));
    const { input, messagesIn } = await plane.stats("swapped");
    expect({ dropped: input.dropped, messagesIn }).toEqual({ dropped: {}, messagesIn: next });
  });

  test.each([1, 2])("tell of a session's batches once all flows have run them, on %i threads", async (count) => {
    await using own = await TestPlane.start({ workers: count });
    for (const name of ["one", "two"]) await own.deploy(name, await passing());
    const session = "00000000000000ff";
    expect(await own.plane.receipt(session)).toBe(0);
    const encoder = new TagBatchEncoder("it");
    encoder.beginSession(0xffn);
    const tag = new TextEncoder().encode("a");
    const pushBatch = async () => {
      for (let n = 0; n < 500; n++) encoder.add(tag, BigInt(n + 1), 0, n);
      await own.pushBytes(encoder.finish());
      encoder.begin();
    };
    for (let batch = 0; batch < 20; batch++) await pushBatch();
    let last = 0;
    while (last < 20) {
      last = Math.max(last, await own.plane.receipt(session));
      for (const name of ["one", "two"]) {
        expect((await own.stats(name)).messagesIn).toBeGreaterThanOrEqual(500 * last);
      }
    }
    encoder.begin();
    await pushBatch();
    await eventually(async () => expect(await own.plane.receipt(session)).toBe(batchMissing));
  });

  test("run what is in the rings and flush all sinks when the data plane is closed", async () => {
    const own = await TestPlane.start({ workers: 2 });
    for (const name of ["one", "two"]) await own.deploy(name, await passing());
    await own.push(numbered(5_000));
    await eventually(async () => expect((await own.plane.stats([])).ingest.tags).toBe(5_000));
    await own[Symbol.asyncDispose]();
    for (const name of ["one", "two"]) await eventually(() => expect(receiver.from(name)).toHaveLength(5_000));
    await expect(own.plane.stats([])).rejects.toThrow("the data plane's thread ended");
  });

  test("do not start on an address that cannot be listened on", async () => {
    const options = { ingest: [plane.plane.addresses[0]!], dataDir: plane.dataDir, workers };
    await expect(startDataPlane(options)).rejects.toMatchObject({ code: "FF_TRANSPORT_LISTEN" });
  });

  test.each<[how: string, startThird: () => Worker, why: string]>([
    ["dies", () => new Worker('throw new Error("no memory")', { eval: true }), "no memory"],
    [
      "cannot be made",
      () => {
        throw new Error("no threads left");
      },
      "no threads left",
    ],
  ])("leave no thread and no socket behind when one of them %s before it runs", async (_how, startThird, why) => {
    const dataDir = plane.dataDir;
    const folders = { outputDir: dataDir, spoolDir: dataDir, deadLetterDir: dataDir, checkpointDir: dataDir };
    const rest = {
      ...folders,
      sessionDir: dataDir,
      ingest: [],
      checkpointIntervalMs: 60_000,
      failpoints: undefined,
      recorderBytesMax: 0,
    };
    const ended: Promise<unknown>[] = [];
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const starting = startThreads({
      ...{ ingest: [address], recorderBytesMax: 0, workers: 4 },
      startWorker: (index, ring) => {
        if (index === 3) return startThird();
        const workerData: WorkerOptions = { ...rest, ring };
        const url = new URL("../worker.ts", import.meta.url);
        const worker = new Worker(url, { workerData, transferList: [ring.port] });
        ended.push(once(worker, "exit"));
        return worker;
      },
    });
    await expect(starting).rejects.toThrow(why);
    expect(ended).toHaveLength(3);
    await Promise.all(ended);
    await using again = await TestPlane.start({ ingest: [address], workers: 2 });
    expect(again.plane.addresses).toEqual([address]);
  });

  test.each([0, 17])("are refused on %i threads", async (count) => {
    const options = { ingest: [], dataDir: plane.dataDir, workers: count };
    await expect(startDataPlane(options)).rejects.toThrow(`${count} workers, 1 to 16 allowed`);
  });
});
