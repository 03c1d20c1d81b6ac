// Swaps while a driver sends as fast as it can: beside a flow that is never swapped and gets the same input, nothing
// may be different.

import { setTimeout as delay } from "node:timers/promises";
import { FlowFusionError } from "@flowfusion/graph";
import { eventually } from "@flowfusion/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Document, numbered, programOf, Receiver, TestPlane } from "./testkit/test-plane.ts";
import { counterNode, refusesState } from "./testkit/wat-nodes.ts";

let receiver: Receiver;
let plane: TestPlane;

beforeAll(async () => {
  receiver = await Receiver.start();
  plane = await TestPlane.start();
});

beforeEach(() => receiver.clear());

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** Passes every update through a filter, and sums windows of seven beside it. Versions differ in the filter alone. */
const windows = (threshold: number): Document => ({
  nodes: {
    in: { type: "tag_input", props: { tags: ["#"] } },
    all: { type: "filter", props: { op: ">", value: threshold } },
    sum: { type: "agg", props: { op: "sum", size: 7, topic: "sum" } },
    count: { type: "counter" },
    out: { type: "nng", props: { address: receiver.address } },
  },
  wires: [
    "in.out -> all.in",
    "all.pass -> out.in",
    "all.pass -> sum.in",
    "sum.out -> count.in",
    "sum.out -> out.in",
    "count.out -> out.in",
  ],
});

const version = (threshold: number) => programOf(windows(threshold), counterNode());

/** Sends batches of unique timestamps until told to stop; gives how many updates there were. */
function send(): () => Promise<number> {
  let isStopped = false;
  let next = 0;
  const sending = (async () => {
    while (!isStopped) {
      await plane.push(numbered(100, next));
      next += 100;
      // About 50,000 updates a second: as many as can still be compared one by one afterwards.
      await delay(2);
    }
  })();
  return async () => {
    isStopped = true;
    await sending;
    return next;
  };
}

/** The first update that the swapped flow sent and the steady one did not; comparing one by one is quick. */
function firstDifference(): object | undefined {
  const steady = receiver.from("steady");
  for (const [index, update] of receiver.from("swapped").entries()) {
    const other = steady[index];
    const isSame =
      other?.tag === update.tag && other.timestampNs === update.timestampNs && other.value === update.value;
    if (!isSame) return { index, update, other };
  }
  return undefined;
}

describe("under load", () => {
  test("sixty swaps lose, double and reorder nothing, and windows carry over", async () => {
    const versions = await Promise.all([-1, -2].map(version));
    await plane.deploy("steady", versions[0]!);
    await plane.deploy("swapped", versions[0]!);
    const stop = send();
    const reports = [];
    for (let swap = 1; swap <= 60; swap++) {
      const { messagesIn } = await plane.stats("swapped");
      reports.push(await plane.deploy("swapped", versions[swap % 2]!));
      await plane.untilIn("swapped", messagesIn + 50);
    }
    const sent = await stop();

    const expected = sent + 2 * Math.floor(sent / 7);
    await eventually(() => expect(receiver.from("steady")).toHaveLength(expected));
    await eventually(() => expect(receiver.from("swapped")).toHaveLength(expected));
    expect(firstDifference()).toBeUndefined();
    for (const { state, stateBytes } of reports) {
      expect(state).toEqual({ kept: ["count", "sum"], migrated: [], reset: [] });
      expect(stateBytes).toBeGreaterThan(0);
    }
    const stats = await plane.stats("swapped");
    expect(stats).toMatchObject({ messagesIn: sent, messagesOut: expected, traps: 0, deadLetters: 0 });
    // Which runs are profiled is a matter of how the frames came in.
    const counts = ({ nodes }: typeof stats) => nodes.map(({ profiled: _, ...counted }) => counted);
    expect(counts(stats)).toEqual(counts(await plane.stats("steady")));
  });

  test("swaps that are refused change nothing", async () => {
    const sound = await version(-1);
    const base = windows(-1);
    const outside = { type: "file", props: { path: "/etc/passwd" } };
    const refused = await Promise.all([
      programOf(base, refusesState),
      programOf({ ...base, nodes: { ...base.nodes, out: outside } }, counterNode()),
      { ...sound, metered: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99) },
    ]);
    await plane.deploy("steady", sound);
    await plane.deploy("swapped", sound);
    receiver.clear();
    const { messagesIn: before } = await plane.stats("swapped");
    const stop = send();
    const codes = [];
    for (let round = 0; round < 4; round++) {
      for (const program of refused) {
        const error: unknown = await plane.deploy("swapped", program).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(FlowFusionError);
        codes.push((error as FlowFusionError).code);
      }
    }
    const sent = await stop();
    expect(codes.slice(0, 3)).toEqual(["FF_FLOW_STATE_REFUSED", "FF_DEPLOY_SINK", "FF_ARTEFACT_INVALID"]);
    const swapped = await plane.untilIn("swapped", before + sent);
    expect(swapped).toMatchObject({ condition: "running", digest: sound.digest, messagesIn: before + sent });
    await eventually(() => expect(receiver.from("swapped")).toHaveLength(receiver.from("steady").length));
    expect(firstDifference()).toBeUndefined();
  });
});
