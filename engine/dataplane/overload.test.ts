// Three times as much comes in as a flow can run. Each message is accounted for: it went through the flow, waits, or was
// dropped and counted; and what went through reached the sink. The flow's neighbour gets all.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { FlowStats } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chain, numbered, programOf, Receiver, TestPlane } from "./testkit/test-plane.ts";
import { counterNode, slowNode } from "./testkit/wat-nodes.ts";
import type { DataPlaneStats } from "./types.ts";

const factor = 3;
const batch = 500;
/** A message takes some 14 µs, by far the most of what is done for it, here too, and nearly all the fuel that it is granted. */
const slow = slowNode(12_000);
/** Takes some 0.2 ms, in which it uses little more fuel: what fills its queue keeps it busy for seconds. */
const slowest = counterNode({ roots: 50_000 });
/** Three times as many as fill a flow's queue. */
const total = 90_000;
/** So short that what a read brings takes the slow flow several times as long as it is given for it, on fast machines too. */
const tag = "n";

const toFile = {
  nodes: { in: { type: "tag_input", props: { tags: ["#"] } }, out: { type: "file", props: { path: "out.jsonl" } } },
  wires: ["in.out -> out.in"],
};

let receiver: Receiver;

beforeAll(async () => {
  receiver = await Receiver.start();
});

beforeEach(() => receiver.clear());
afterAll(() => receiver[Symbol.asyncDispose]());

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, count) => all + count, 0);
const ofFlow = ({ flows }: DataPlaneStats, name: string): FlowStats => flows.find((flow) => flow.name === name)!;

/** How many updates have been read that are still on their way to the flow. */
const onTheirWay = ({ ingest }: DataPlaneStats, { messagesIn, input }: FlowStats) =>
  ingest.tags - (messagesIn + input.queued + sum(input.dropped));

function expectSound(stats: DataPlaneStats): void {
  for (const flow of stats.flows) {
    expect(onTheirWay(stats, flow)).toBeGreaterThanOrEqual(0);
    expect(flow.messagesOut + flow.deadLetters + flow.droppedByBreaker).toBe(flow.messagesIn);
    const intoSinks = flow.sinks.map(({ sent, queued, dropped }) => sent + queued + sum(dropped));
    expect(intoSinks).toEqual([flow.messagesOut]);
  }
}

/**
 * Holds statistics of several moments to it that each message ran, waits or was dropped, to the last one, while some wait. Only
 * what was read just now may be on its way still, and once that has arrived nothing is missing until more is read. For one thread
 * alone: several do not look at their counters at one moment.
 */
class Ledger {
  /** At how many moments nothing was missing while messages waited for the slow flow. */
  exactLooks = 0;
  /** How much had been read when nothing was missing last. */
  #exactAt = -1;

  readonly look = (stats: DataPlaneStats): void => {
    const { tags } = stats.ingest;
    expectSound(stats);
    const missing = stats.flows.map((flow) => onTheirWay(stats, flow));
    if (tags === this.#exactAt) expect(missing).toEqual([0, 0]);
    if (missing.some((count) => count > 0)) return;
    this.#exactAt = tags;
    if (ofFlow(stats, "slow").input.queued > 0) this.exactLooks++;
  };
}

/** Pushes so many numbers, three for each that the slow flow has run. Gives `look` the statistics meanwhile. */
async function overload(plane: TestPlane, name: string, look: (stats: DataPlaneStats) => void): Promise<void> {
  let pushed = 0;
  while (pushed < total) {
    const stats = await plane.statsOfAll();
    look(stats);
    const allowed = Math.min(total, (ofFlow(stats, name).messagesIn + 5 * batch) * factor);
    for (; pushed < allowed; pushed += batch) await plane.push(numbered(batch, pushed, tag));
  }
}

/** Statistics once all that was pushed has come to rest somewhere. */
const atRest = (plane: TestPlane) =>
  eventually(async () => {
    const stats = await plane.statsOfAll();
    expectSound(stats);
    expect(stats.flows.map((flow) => onTheirWay(stats, flow))).toEqual([0, 0]);
    expect(stats.ingest.tags).toBe(total);
    expect(stats.flows.flatMap(({ input, sinks }) => [input.queued, ...sinks.map((it) => it.queuedBytes)])).toEqual([
      ...[0, 0],
      ...[0, 0],
    ]);
    return stats;
  });

const isAscending = (values: readonly unknown[]) =>
  values.every((value, index) => index === 0 || Number(value) > Number(values[index - 1]));

describe.each([1, 2])("at three times the load that a flow can run, flows on %i threads", (workers) => {
  test("an input that drops: what was dropped is what is missing, at any moment, for that flow alone", async () => {
    const ledger = new Ledger();
    await using plane = await TestPlane.start({ workers, ingest: ["tcp://127.0.0.1:0?overload=drop"] });
    await plane.deploy("slow", await programOf(chain(receiver.address, { slow: { type: "slow" } }), slow));
    await plane.deploy("light", await programOf(chain(receiver.address, {})));
    await overload(plane, "slow", workers === 1 ? ledger.look : () => {});
    if (workers === 1) expect(ledger.exactLooks).toBeGreaterThan(0);
    const stats = await atRest(plane);
    const { input, messagesOut, sinks } = ofFlow(stats, "slow");
    expect(Object.keys(input.dropped)).toEqual(["input_full"]);
    expect(sinks).toMatchObject([{ sent: messagesOut, dropped: {} }]);
    await eventually(() => expect(receiver.from("slow")).toHaveLength(messagesOut));
    expect(isAscending(receiver.valuesFrom("slow"))).toBe(true);
    expect(ofFlow(stats, "light").input.dropped).toEqual({});
    expect(ofFlow(stats, "light").messagesOut).toBe(total);
    await eventually(() => expect(receiver.from("light")).toHaveLength(total));
  });

  test("a flow that is seconds behind: each message that came ran, waits or was dropped, to the last one, while they wait", async () => {
    await using plane = await TestPlane.start({ workers, ingest: ["tcp://127.0.0.1:0?overload=drop"] });
    await plane.deploy("slow", await programOf(chain(receiver.address, { slow: { type: "counter" } }), slowest));
    await plane.deploy("light", await programOf(chain(receiver.address, {})));
    for (let pushed = 0; pushed < total; pushed += batch) await plane.push(numbered(batch, pushed, tag));
    const look = async () => {
      const stats = await plane.statsOfAll();
      expect(stats.ingest.tags).toBe(total);
      expectSound(stats);
      expect(stats.flows.map((flow) => onTheirWay(stats, flow))).toEqual([0, 0]);
      return ofFlow(stats, "slow");
    };
    const first = await eventually(look);
    for (let looks = 0; looks < 20; looks++) await look();
    const { messagesIn, input } = await eventually(async () => {
      const flow = await look();
      expect(flow.messagesIn).toBeGreaterThan(first.messagesIn);
      return flow;
    });
    expect(input.queued).toBeGreaterThan(0);
    expect(input.dropped).toEqual({ input_full: total - messagesIn - input.queued });
  });

  test("a rush of more than a queue holds is no overload for a flow that can run it, beside one that cannot", async () => {
    await using plane = await TestPlane.start({ workers, ingest: ["tcp://127.0.0.1:0?overload=drop"] });
    await plane.deploy("slow", await programOf(chain(receiver.address, { slow: { type: "slow" } }), slow));
    await plane.deploy("light", await programOf(chain(receiver.address, {})));
    for (let pushed = 0; pushed < total; pushed += batch) await plane.push(numbered(batch, pushed, tag));
    const stats = await atRest(plane);
    expect(Object.keys(ofFlow(stats, "slow").input.dropped)).toEqual(["input_full"]);
    expect(ofFlow(stats, "light").input.dropped).toEqual({});
    await eventually(() => expect(receiver.from("light")).toHaveLength(total));
  });

  test.each([
    { title: "a flow", flows: 1, updates: 100_000, batch: 500 },
    { title: "a flow, in batches of nearly as much as a frame may be", flows: 1, updates: 100_000, batch: 10_000 },
    { title: "fifty flows", flows: 50, updates: 10_000, batch: 500 },
  ])("a rush of more than queues and rings hold is no overload for $title", async ({ flows, updates, batch }) => {
    await using plane = await TestPlane.start({ workers, ingest: ["tcp://127.0.0.1:0?overload=drop"] });
    const names = Array.from({ length: flows }, (_, index) => `light-${index}`);
    for (const name of names) await plane.deploy(name, await programOf(chain(receiver.address, {})));
    for (let pushed = 0; pushed < updates; pushed += batch) await plane.push(numbered(batch, pushed, tag));
    await eventually(async () => {
      const stats = await plane.statsOfAll();
      for (const { input } of stats.flows) expect(input.dropped).toEqual({});
      expect(stats.flows.map(({ messagesOut }) => messagesOut)).toEqual(names.map(() => updates));
    });
  });

  test("a batch that many flows take is handed on in pieces, between which all else has its turn, whole and in order", async () => {
    await using plane = await TestPlane.start({ workers });
    const none = { type: "filter", props: { op: ">", value: total } };
    for (let flow = 0; flow < 200; flow++)
      await plane.deploy(`quiet-${flow}`, await programOf(chain(receiver.address, { none })));
    await plane.deploy("light", await programOf(chain(receiver.address, {})));
    const size = 20_000;
    let [pushed, looksAmidst] = [0, 0];
    // A machine that stands still may keep everybody from looking while one batch is handed on, not while each of several is.
    for (let round = 0; round < 5 && looksAmidst === 0; round++) {
      const before = pushed;
      await plane.push(numbered(size, before, tag));
      pushed += size;
      await eventually(async () => {
        const { flows } = await plane.statsOfAll();
        const handedOn = flows.map(({ messagesIn, input }) => messagesIn + input.queued);
        if (handedOn.some((count) => count > before) && handedOn.some((count) => count < pushed)) looksAmidst++;
        expect(flows.map(({ messagesIn }) => messagesIn)).toEqual(flows.map(() => pushed));
      });
    }
    expect(looksAmidst).toBeGreaterThan(0);
    await eventually(() => expect(receiver.from("light")).toHaveLength(pushed));
    expect(isAscending(receiver.valuesFrom("light"))).toBe(true);
  });

  test("a rush of more than a sink holds in memory goes to its disk meanwhile, and out in order", async () => {
    await using plane = await TestPlane.start({ workers });
    await plane.deploy("writing", await programOf(toFile));
    const rush = Array.from({ length: 100 }, (_, index) => numbered(10_000, index * 10_000, tag));
    const batches = rush.map((updates) => encodeTagUpdateBatch({ source: "test", updates }));
    for (const batch of batches) await plane.pushBytes(batch);
    const written = { sent: 1_000_000, queued: 0, dropped: {} };
    await eventually(async () => expect((await plane.stats("writing")).sinks).toMatchObject([written]));
    const lines = (await readFile(path.join(plane.dataDir, "output", "out.jsonl"), "utf8")).trimEnd().split("\n");
    expect(isAscending(lines.map((line) => (JSON.parse(line) as { value: unknown }).value))).toBe(true);
    expect(lines).toHaveLength(1_000_000);
  });

  test("an input that blocks: the driver waits, and nothing is dropped or missing at any moment", async () => {
    const ledger = new Ledger();
    await using plane = await TestPlane.start({ workers });
    await plane.deploy("slow", await programOf(chain(receiver.address, { slow: { type: "slow" } }), slow));
    await plane.deploy("light", await programOf(chain(receiver.address, {})));
    await overload(plane, "slow", workers === 1 ? ledger.look : () => {});
    if (workers === 1) expect(ledger.exactLooks).toBeGreaterThan(0);
    const stats = await atRest(plane);
    for (const name of ["slow", "light"]) {
      expect(ofFlow(stats, name).input.dropped).toEqual({});
      expect(ofFlow(stats, name).messagesOut).toBe(total);
      await eventually(() => expect(receiver.from(name)).toHaveLength(total));
      expect(isAscending(receiver.valuesFrom(name))).toBe(true);
    }
  });
});
