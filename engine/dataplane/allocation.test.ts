// What a message costs in memory on its way through the data plane: nothing. A read of many messages may allocate as much as
// one of few.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { parseFlowName } from "@flowfusion/graph";
import { encodeTagUpdateBatch } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { Flows } from "./flows.ts";
import { Router } from "./router/router.ts";
import { flowsPlace } from "./testkit/flows-place.ts";
import { type Document, encoded, programOf } from "./testkit/test-plane.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const name = parseFlowName("flow");
const tags = 100;
const few = 10;
const many = 500;
/** So few that none of what is measured fills the young generation, whose collection would hide it, nor a sink's queue. */
const readsMeasured = 20;
const roundsMeasured = 9;
/** Until all code is compiled for good. */
const roundsToWarmUp = 40;

const inner: Document["nodes"] = {
  hot: { type: "filter", props: { op: ">", value: 0 } },
  scale: { type: "scale", props: { factor: 1.8, offset: 32 } },
  mean: { type: "agg", props: { op: "avg", size: 2 } },
};
const source: Document["nodes"] = { in: { type: "tag_input", props: { tags: ["plant/#"] } } };
const out: Document["nodes"] = { out: { type: "file", props: { path: "out.jsonl" } } };

/** Half of them pass the filter. */
const batchOf = (messages: number): Uint8Array =>
  encodeTagUpdateBatch({
    source: "test",
    updates: Array.from({ length: messages }, (_, index) => ({
      ...{ tag: `plant/${index % tags}`, timestampNs: BigInt(index), quality: 0 as const, value: index % 2 },
    })),
  });

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

test.each([
  {
    title: "that nodes take in, hold and drop",
    nodes: { ...source, ...inner, ...out },
    wires: ["in.out -> hot.in", "hot.pass -> scale.in", "scale.out -> mean.in", "mean.out -> out.in"],
    // Two make a mean.
    passed: 1 / 4,
  },
  { title: "that all reach the queue of a sink", nodes: { ...source, ...out }, wires: ["in.out -> out.in"], passed: 1 },
])("nothing is allocated for messages $title", async ({ nodes, wires, passed }) => {
  const folder = await mkdtemp(path.join(tmpdir(), "ff-allocation-"));
  let subscribe = () => {};
  const flows = new Flows({
    ...flowsPlace(folder),
    onSubscriptions: (current) => {
      subscribe = () => router.subscribe(current());
    },
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
  const allocated = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  /** Bytes that a read leaves. The sink has taken all when it comes back. */
  const allocatedBy = async (batch: Uint8Array): Promise<number> => {
    collectGarbage();
    const before = allocated();
    for (let count = 0; count < readsMeasured; count++) read(batch);
    const bytes = (allocated() - before) / readsMeasured;
    await eventually(() => expect(statsNow().sinks).toMatchObject([{ queued: 0, dropped: {} }]));
    return bytes;
  };
  const statsNow = () => flows.stats([name])[0]!;
  try {
    await flows.deploy(name, encoded(await programOf({ nodes, wires })));
    subscribe();
    const batches = { few: batchOf(few), many: batchOf(many) };
    const measured: { few: number[]; many: number[] } = { few: [], many: [] };
    for (let round = -roundsToWarmUp; round < roundsMeasured; round++) {
      for (const size of ["few", "many"] as const) {
        const bytes = await allocatedBy(batches[size]);
        if (round >= 0) measured[size].push(bytes);
      }
    }
    const messagesIn = (roundsToWarmUp + roundsMeasured) * readsMeasured * (few + many);
    expect(statsNow()).toMatchObject({ messagesIn, messagesOut: messagesIn * passed });
    const perMessage = (median(measured.many) - median(measured.few)) / (many - few);
    expect(perMessage).toBeLessThan(1);
  } finally {
    await flows.close();
    await rm(folder, { recursive: true });
  }
});
