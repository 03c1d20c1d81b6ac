// The data plane as a driver and a sink see it: what is PUSHed comes out, once and in order, whatever else is PUSHed.

import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { greeting } from "@flowfusion/transport";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startDataPlane } from "./index.ts";
import { chain, numbered, programOf, Receiver, TestPlane, upTo } from "./testkit/test-plane.ts";

let receiver: Receiver;
let plane: TestPlane;

beforeAll(async () => {
  receiver = await Receiver.start();
  return () => receiver[Symbol.asyncDispose]();
});

beforeEach(async () => {
  receiver.clear();
  plane = await TestPlane.start();
});

afterEach(() => plane[Symbol.asyncDispose]());

const threshold = (value: number, tags?: readonly string[]) =>
  programOf(chain(receiver.address, { hot: { type: "filter", props: { op: ">=", value } } }, tags));

describe("a data plane", () => {
  test("brings every update of every batch to the sink once and in order", async () => {
    await plane.deploy("all", await threshold(0));
    let next = 0;
    for (const size of [1, 0, 2, 500, 7, 5_000, 1]) {
      await plane.push(numbered(size, next));
      next += size;
    }
    await eventually(() => expect(receiver.from("all")).toHaveLength(next));
    expect(receiver.from("all")).toEqual(numbered(next));
  });

  test("gives each flow what it subscribes to, and counts what nobody does", async () => {
    await plane.deploy("all", await threshold(0, ["plant/#"]));
    await plane.deploy("hot", await threshold(0, ["plant/+/temp"]));
    const updates = ["plant/1/temp", "plant/1/speed", "other", "plant/2/temp"].flatMap((tag) => numbered(1, 0, tag));
    await plane.push(updates);
    const tagsFrom = (flow: string) => receiver.from(flow).map(({ tag }) => tag);
    await eventually(() => expect(tagsFrom("all")).toEqual(["plant/1/temp", "plant/1/speed", "plant/2/temp"]));
    await eventually(() => expect(tagsFrom("hot")).toEqual(["plant/1/temp", "plant/2/temp"]));
    expect((await plane.plane.stats([])).ingest).toMatchObject({ tags: 4, unrouted: 1, frames: 1 });
  });

  test("refuses a malformed batch whole, counts it, and keeps the connection", async () => {
    await plane.deploy("all", await threshold(0));
    await plane.push(numbered(2));
    await plane.pushBytes(Uint8Array.of(0x12, 0xff, 0xff, 0x03, 1));
    await plane.pushBytes(Buffer.from("this is no protobuf"));
    await plane.push(numbered(2, 2));
    await eventually(() => expect(receiver.valuesFrom("all")).toEqual(upTo(4)));
    const { ingest } = await plane.plane.stats([]);
    expect(ingest).toMatchObject({ connections: 1, frames: 4, tags: 4, refused: { malformed: 2 } });
  });

  test("refuses a frame of 2 GB by its length, and other connections go on", async () => {
    await plane.deploy("all", await threshold(0));
    await plane.push(numbered(1));
    await eventually(() => expect(receiver.from("all")).toHaveLength(1));
    const target = new URL(plane.plane.addresses[0]!.replace("tcp:", "http:"));
    const socket = connect(Number(target.port), target.hostname);
    const ended = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {}).resume();
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(2n ** 31n);
    socket.write(Buffer.concat([greeting("push"), length, Buffer.alloc(100)]));
    await ended;
    await plane.push(numbered(1, 1));
    await eventually(() => expect(receiver.valuesFrom("all")).toEqual([0, 1]));
    expect((await plane.plane.stats([])).ingest).toMatchObject({ connections: 1, refused: { too_large: 1 } });
  });

  test("counts what each node and sink did, and knows its times", async () => {
    await plane.deploy("hot", await threshold(60));
    await plane.push(numbered(100));
    await eventually(() => expect(receiver.from("hot")).toHaveLength(40));
    const stats = await plane.stats("hot");
    expect(stats).toMatchObject({
      condition: "running",
      ...{ messagesIn: 100, messagesOut: 40, traps: 0, restarts: 0, deadLetters: 0, droppedByBreaker: 0 },
      nodes: [
        { node: "hot", messagesIn: 100, messagesOut: [40, 60], traps: 0 },
        { node: "in", messagesIn: 100, messagesOut: [100], traps: 0 },
        { node: "out", messagesIn: 40, messagesOut: [40], traps: 0 },
      ],
      sinks: [{ node: "out", kind: "nng", sent: 40, dropped: {}, queuedBytes: 0 }],
    });
    expect((await plane.plane.stats([parseFlowName("gone"), parseFlowName("hot")])).flows).toHaveLength(1);
    expect(stats.executeP50Us).toBeGreaterThan(0);
    expect(stats.executeP99Us).toBeGreaterThanOrEqual(stats.executeP50Us);
    const { socketToSinkQueueP50Us, socketToSinkQueueP99Us } = await plane.plane.stats([]);
    expect(socketToSinkQueueP99Us).toBeGreaterThanOrEqual(socketToSinkQueueP50Us);
    expect(socketToSinkQueueP50Us).toBeGreaterThanOrEqual(stats.executeP50Us / 2);
  });

  test("flushes a flow's sinks before it removes the flow, and forgets its state", async () => {
    const document = {
      nodes: {
        in: { type: "tag_input", props: { tags: ["#"] } },
        sum: { type: "agg", props: { op: "sum", size: 3 } },
        log: { type: "file", props: { path: "sums.jsonl" } },
      },
      wires: ["in.out -> sum.in", "sum.out -> log.in"],
    };
    const program = await programOf(document);
    await plane.deploy("sums", program);
    await plane.push(numbered(3002));
    await plane.untilIn("sums", 3002);
    await plane.plane.remove(parseFlowName("sums"));
    const lines = (await readFile(path.join(plane.dataDir, "output", "sums.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { value: number }).value)).toEqual(
      upTo(1000).map((window) => window * 9 + 3),
    );
    expect((await plane.statsOfAll()).flows).toEqual([]);
    await plane.deploy("sums", program);
    await plane.push(numbered(2));
    const { messagesIn, messagesOut } = await plane.untilIn("sums", 2);
    expect({ messagesIn, messagesOut }).toEqual({ messagesIn: 2, messagesOut: 0 });
  });

  test("flushes all sinks when it is closed, and answers no call any more", async () => {
    const own = await TestPlane.start();
    await own.deploy("all", await threshold(0));
    await own.push(numbered(20_000));
    await own.untilIn("all", 20_000);
    await own[Symbol.asyncDispose]();
    await eventually(() => expect(receiver.from("all")).toHaveLength(20_000));
    await expect(own.plane.stats([])).rejects.toThrow("the data plane's thread ended");
  });

  test("does not start on an address that cannot be listened on, and says which", async () => {
    const options = { ingest: [plane.plane.addresses[0]!], dataDir: plane.dataDir };
    await expect(startDataPlane(options)).rejects.toMatchObject({
      code: "FF_TRANSPORT_LISTEN",
      message: expect.stringContaining(plane.plane.addresses[0]!),
    });
  });
});
