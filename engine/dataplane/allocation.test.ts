// What a message costs in memory on its way through the data plane: nothing. A read of many messages may allocate as much as
// one of few.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { expect, test } from "vitest";
import { Flows } from "./flows.ts";
import { Router } from "./router/router.ts";
import { type Document, encoded, programOf } from "./testkit/test-plane.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const tags = 100;
const few = 10;
const many = 1_000;
/** So many that none of what is measured fills the young generation, whose collection would hide it. */
const readsMeasured = 40;
const roundsMeasured = 9;
/** Until all code is compiled for good. */
const readsToWarmUp = 3_000;

const inner: Document["nodes"] = {
  hot: { type: "filter", props: { op: ">", value: 50 } },
  scale: { type: "scale", props: { factor: 1.8, offset: 32 } },
  mean: { type: "agg", props: { op: "avg", size: 2 } },
};
const source: Document["nodes"] = { in: { type: "tag_input", props: { tags: ["plant/#"] } } };
const out: Document["nodes"] = { out: { type: "file", props: { path: "out.jsonl" } } };

/** Values from 0 to 99, so that half of them pass the filter. */
const batchOf = (messages: number): Uint8Array =>
  encodeTagUpdateBatch({
    source: "test",
    updates: Array.from({ length: messages }, (_, index) => ({
      ...{ tag: `plant/${index % tags}`, timestampNs: BigInt(index), quality: 0 as const, value: (index * 37) % 100 },
    })),
  });

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

test.each([
  {
    title: "that nodes take in, hold and drop",
    nodes: { ...source, ...inner, ...out },
    wires: ["in.out -> hot.in", "hot.pass -> scale.in", "scale.out -> mean.in", "mean.out -> out.in"],
  },
  { title: "that all reach the queue of a sink", nodes: { ...source, ...out }, wires: ["in.out -> out.in"] },
])("nothing is allocated for messages $title", async ({ nodes, wires }) => {
  const folder = await mkdtemp(path.join(tmpdir(), "ff-allocation-"));
  let subscribe = () => {};
  const flows = new Flows({
    outputDir: path.join(folder, "output"),
    deadLetterDir: path.join(folder, "dead-letters"),
    onDamage: () => {},
    onLog: () => {},
    onBroken: () => {},
    nowMs: () => performance.now(),
    wallMs: Date.now,
    random: Math.random,
    onSubscriptions: (current) => {
      subscribe = () => router.subscribe(current());
    },
    onPressure: () => {},
    droppedBefore: () => 0,
  });
  const router = new Router((slot, memory, start, bytes, frames) =>
    flows.offer(slot, memory, start, bytes, frames, "block"),
  );
  const never = () => false;
  const read = (batch: Uint8Array) => {
    router.route(batch);
    router.flush();
    flows.catchUp(never);
  };
  /** Bytes that a read leaves on the heap. */
  const allocatedBy = (batch: Uint8Array): number => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < readsMeasured; count++) read(batch);
    return (process.memoryUsage().heapUsed - before) / readsMeasured;
  };
  try {
    await flows.deploy(parseFlowName("flow"), encoded(await programOf({ nodes, wires })));
    subscribe();
    const batches = { few: batchOf(few), many: batchOf(many) };
    for (let count = 0; count < readsToWarmUp; count++) {
      read(batches.few);
      read(batches.many);
      // The queue of the sink is emptied.
      if (count % readsMeasured === 0) await new Promise(setImmediate);
    }
    const measured: { few: number[]; many: number[] } = { few: [], many: [] };
    for (let round = 0; round < roundsMeasured; round++) {
      for (const size of ["few", "many"] as const) {
        measured[size].push(allocatedBy(batches[size]));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const perMessage = (median(measured.many) - median(measured.few)) / (many - few);
    expect(perMessage).toBeLessThan(1);
  } finally {
    await flows.close();
    await rm(folder, { recursive: true });
  }
});
