// A lane against a flow that takes as long for a message as the test says: whatever is offered, however it is cut, each
// message is run, queued or dropped, none twice, and those that run do so in order.

import { type CanonicalGraph, decodeMessage, frameHeaderBytes } from "@flowfusion/graph";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FlowLane, type LaneTarget, type QueueBudget } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { frameOf } from "./testkit/host.ts";
import type { OverloadPolicy } from "./types.ts";

const frameBytes = frameOf(0).length;

/** A graph whose inputs are the nodes of these ids, in this order. */
const graphOf = (...inputs: readonly string[]) =>
  ({ nodes: inputs.map((id) => ({ id, subscribes: { property: "tags" } })) }) as unknown as CanonicalGraph;

class RecordingFlow implements LaneTarget {
  graph = graphOf("in");
  msPerMessage = 0;
  /** What a call takes however little it does. */
  callMs = 0;
  /** What every so many calls take longer, as one does that is kept from the core. */
  preempted = { every: Number.POSITIVE_INFINITY, ms: 0 };
  /** What was run: values, and the number of the input that each came by. */
  readonly ran: number[] = [];
  readonly inputs: number[] = [];
  readonly slices: number[] = [];
  missedFrames = 0;

  missed(frames: number): void {
    this.missedFrames += frames;
  }

  feed(memory: Uint8Array, start: number, bytes: number, frames: number): number {
    const view = new DataView(memory.buffer, memory.byteOffset);
    let seen = 0;
    for (let at = start; at < start + bytes; at += frameHeaderBytes + view.getUint32(at + 4, true)) {
      this.ran.push(decodeMessage(memory, at + frameHeaderBytes).value as number);
      this.inputs.push(view.getUint32(at, true));
      seen++;
    }
    expect(seen).toBe(frames);
    this.slices.push(frames);
    const keptMs = this.slices.length % this.preempted.every === 0 ? this.preempted.ms : 0;
    return this.callMs + this.msPerMessage * frames + keptMs;
  }
}

const budgetOf = (bytesMax: number): QueueBudget => ({ bytesMax, bytes: 0 });

function laneTo(flow: RecordingFlow, queueBytesMax: number, budget = budgetOf(queueBytesMax)) {
  const queued: FlowLane[] = [];
  const lane = new FlowLane(flow, {
    ...{ queueBytesMax, budget, atOnceMs: 1, sliceMs: 1 },
    onQueued: (it) => void queued.push(it),
  });
  let next = 0;
  return {
    lane,
    wasQueued: () => queued.length > 0,
    /** Offers the next `count` numbers in one run. */
    offer(count: number, policy: OverloadPolicy, inputs: readonly number[] = [0], numbering = flow.graph) {
      const frames = Array.from({ length: count }, (_, index) => {
        const frame = Buffer.from(frameOf(next++));
        frame.writeUInt32LE(inputs[index % inputs.length]!, 0);
        return frame;
      });
      // At an odd place of a larger memory, as the router's.
      const memory = Uint8Array.from(Buffer.concat([Buffer.alloc(16), ...frames, Buffer.alloc(8)]));
      lane.offer(memory, 16, count * frameBytes, count, policy, numbering);
    },
    offered: () => next,
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("a lane", () => {
  test("runs at once, in one call, what a flow takes little time for", () => {
    const flow = new RecordingFlow();
    const { offer, lane, wasQueued } = laneTo(flow, 1_000_000);
    for (let round = 0; round < 20; round++) offer(64, "drop");
    offer(1_000, "drop");
    expect(flow.ran).toEqual(upTo(2_280));
    expect(flow.slices.at(-1)).toBe(1_000);
    expect([lane.stats, wasQueued()]).toEqual([{ queued: 0, queuedBytes: 0, dropped: {} }, false]);
  });

  test("queues what a slow flow takes long for, and runs it a slice at a time", () => {
    const flow = new RecordingFlow();
    flow.msPerMessage = 0.25;
    const { offer, lane, wasQueued } = laneTo(flow, 1_000_000);
    offer(64, "drop");
    offer(100, "drop");
    expect(wasQueued()).toBe(true);
    const { length } = flow.ran;
    expect(lane.stats.queued).toBe(164 - length);
    for (let turns = 0; lane.queuedBytes > 0; turns++) {
      expect(turns).toBeLessThan(200);
      lane.runSlice();
    }
    expect(flow.ran).toEqual(upTo(164));
    // Once it is known what a message costs, four of them fill a slice.
    expect(flow.slices.slice(-5, -1)).toEqual([4, 4, 4, 4]);
  });

  test.each([
    { title: "", every: Number.POSITIVE_INFINITY },
    { title: ", also when calls are kept from the core now and then", every: 37 },
  ])("catches up with a flow that takes longer for a call than a slice should$title", ({ every }) => {
    const flow = new RecordingFlow();
    flow.callMs = 1.2;
    flow.msPerMessage = 1 / 128;
    flow.preempted = { every, ms: 100 };
    const { offer, lane } = laneTo(flow, 10_000_000);
    for (let round = 0; round < 64; round++) offer(1, "drop");
    while (lane.queuedBytes > 0) lane.runSlice();
    flow.slices.length = 0;
    offer(10_000, "drop");
    while (lane.queuedBytes > 0) lane.runSlice();
    // 128 messages take as long as a slice should. One message a slice would make ten thousand.
    expect(flow.slices.length).toBeLessThan(400);
    expect(Math.max(...flow.slices.slice(0, -1))).toBeLessThanOrEqual(160);
  });

  test("runs one message a slice where it takes longer than a slice should, and two now and then to find out whether it does", () => {
    const flow = new RecordingFlow();
    flow.callMs = 0.01;
    flow.msPerMessage = 5;
    const { offer, lane } = laneTo(flow, 1_000_000);
    for (let round = 0; round < 64; round++) offer(1, "drop");
    while (lane.queuedBytes > 0) lane.runSlice();
    flow.slices.length = 0;
    offer(330, "drop");
    while (lane.queuedBytes > 0) lane.runSlice();
    expect([1, 2].map((size) => flow.slices.filter((frames) => frames === size).length)).toEqual([310, 10]);
  });

  test("tells when what waited has been run, whatever came behind it, over a swap too", () => {
    const flow = new RecordingFlow();
    flow.graph = graphOf("a", "gone");
    flow.msPerMessage = 1;
    const { offer, lane } = laneTo(flow, 1_000_000);
    expect(lane.whenRun()()).toBe(true);
    offer(64, "drop", [0, 1]);
    const isRun = lane.whenRun();
    const last = flow.ran.length + lane.stats.queued - 2;
    offer(64, "drop", [0, 1]);
    flow.graph = graphOf("a");
    while (!isRun()) {
      expect(flow.ran).not.toContain(last);
      lane.runSlice();
    }
    expect(flow.ran).toContain(last);
    expect(lane.stats.queued).toBeGreaterThan(30);
  });

  test("whose queue is full drops what does not fit from an input that says so, and counts it", () => {
    const flow = new RecordingFlow();
    flow.msPerMessage = 1_000;
    const { offer, lane, offered } = laneTo(flow, 10 * frameBytes);
    offer(1, "drop");
    for (let round = 0; round < 5; round++) offer(4, "drop");
    const { queued, dropped } = lane.stats;
    expect(queued).toBeLessThanOrEqual(10);
    expect(dropped.input_full).toBe(offered() - queued - flow.ran.length);
    expect(dropped.input_full).toBeGreaterThan(0);
    expect(flow.missedFrames).toBe(dropped.input_full);
  });

  test("whose queue is full runs the flow until there is room for an input that blocks", () => {
    const flow = new RecordingFlow();
    flow.msPerMessage = 1_000;
    const { offer, lane } = laneTo(flow, 10 * frameBytes);
    offer(1, "block");
    for (let round = 0; round < 5; round++) offer(4, "block");
    expect(lane.stats).toMatchObject({ queued: 10, dropped: {} });
    expect(flow.ran).toEqual(upTo(11));
  });

  test("has no room either when the lanes of the thread hold together what they may", () => {
    const flow = new RecordingFlow();
    flow.msPerMessage = 1_000;
    const budget = budgetOf(10 * frameBytes);
    budget.bytes = 6 * frameBytes;
    const { offer, lane } = laneTo(flow, 1_000_000, budget);
    offer(1, "drop");
    for (let round = 0; round < 7; round++) offer(1, "drop");
    expect([lane.stats.queued, budget.bytes]).toEqual([4, 10 * frameBytes]);
    expect(lane.stats.dropped).toEqual({ input_full: 8 - 4 - flow.ran.length });
    // What others may have filled is none of its faults.
    expect(flow.missedFrames).toBe(0);
    offer(3, "block");
    expect([lane.stats.queued, budget.bytes]).toEqual([4, 10 * frameBytes]);
    lane.close();
    expect([lane.stats.queued, budget.bytes]).toEqual([0, 6 * frameBytes]);
  });

  test("runs a message that is larger than its whole queue in its turn", () => {
    const flow = new RecordingFlow();
    flow.msPerMessage = 1_000;
    const { offer, lane } = laneTo(flow, frameBytes - 8);
    for (let round = 0; round < 5; round++) offer(3, "block");
    expect(lane.stats).toMatchObject({ queued: 0, dropped: {} });
    expect(flow.ran).toEqual(upTo(15));
  });

  test.each(["block", "drop"] as const)("accounts for every message and keeps their order, with %s", (policy) => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ count: fc.integer({ min: 1, max: 40 }), ms: fc.nat(3), slices: fc.nat(3) })),
        fc.integer({ min: 0, max: 60 }),
        (steps, queueFrames) => {
          const flow = new RecordingFlow();
          const budget = budgetOf(1e6);
          const { offer, lane, offered } = laneTo(flow, queueFrames * frameBytes, budget);
          for (const { count, ms, slices } of steps) {
            flow.msPerMessage = ms;
            offer(count, policy);
            for (let turn = 0; turn < slices; turn++) lane.runSlice();
            const { queued, queuedBytes, dropped } = lane.stats;
            expect([queuedBytes, budget.bytes]).toEqual([queued * frameBytes, queued * frameBytes]);
            expect(queuedBytes).toBeLessThanOrEqual(queueFrames * frameBytes);
            expect(flow.ran.length + queued + (dropped.input_full ?? 0)).toBe(offered());
          }
          while (lane.queuedBytes > 0) lane.runSlice();
          expect(flow.ran).toEqual(flow.ran.toSorted((a, b) => a - b));
          expect(new Set(flow.ran).size).toBe(flow.ran.length);
          if (policy === "block") expect(flow.ran).toHaveLength(offered());
        },
      ),
    );
  });

  test("gives what waits to the same input after a swap, and drops what was for one that is gone", () => {
    const flow = new RecordingFlow();
    flow.graph = graphOf("a", "b", "c");
    flow.msPerMessage = 1_000;
    const { offer, lane } = laneTo(flow, 1_000_000);
    offer(1, "drop");
    flow.ran.length = 0;
    flow.inputs.length = 0;
    const before = flow.graph;
    offer(6, "drop", [0, 1, 2]);
    const ranBefore = flow.ran.length;
    flow.graph = graphOf("c", "new", "a");
    offer(3, "drop", [0, 1, 2], before);
    while (lane.queuedBytes > 0) lane.runSlice();
    // Numbers 1 to 9 came by a, b, c, a, …; the first ones ran before the swap.
    const after = upTo(9)
      .slice(ranBefore)
      .filter((index) => index % 3 !== 1);
    expect(flow.ran.slice(ranBefore)).toEqual(after.map((index) => index + 1));
    expect(flow.inputs.slice(ranBefore)).toEqual(after.map((index) => (index % 3 === 0 ? 2 : 0)));
    expect(lane.stats.dropped).toEqual({ input_removed: 9 - ranBefore - after.length });
  });
});

test("a lane drops what was routed for inputs that are all gone, and goes on with what comes for new ones", () => {
  const flow = new RecordingFlow();
  const { offer, lane } = laneTo(flow, 1_000_000);
  const before = flow.graph;
  flow.graph = graphOf("another");
  offer(3, "drop", [0], before);
  offer(200, "drop");
  while (lane.queuedBytes > 0) lane.runSlice();
  expect(flow.ran).toEqual(upTo(203).slice(3));
  expect(lane.stats.dropped).toEqual({ input_removed: 3 });
});

describe("lanes that are behind", () => {
  /** Turns run when the test says. */
  function lanesUnderTest(turnMs: number, budget = budgetOf(1e6)) {
    const turns: (() => void)[] = [];
    const pressure: boolean[] = [];
    const lanes = new Lanes({
      turnMs,
      catchUpMsPerByte: 1 / 2 / frameBytes,
      queueBytesMax: 40 * frameBytes,
      budget,
      onPressure: (isHigh) => void pressure.push(isHigh),
      later: (turn) => void turns.push(turn),
    });
    const add = (msPerMessage: number) => {
      const flow = new RecordingFlow();
      flow.msPerMessage = msPerMessage;
      const lane = new FlowLane(flow, {
        queueBytesMax: 1e6,
        budget,
        atOnceMs: 1,
        sliceMs: 1,
        onQueued: (it, bytes) => lanes.queued(it, bytes),
      });
      const offer = (count: number) => {
        const frames = Buffer.concat(Array.from({ length: count }, (_, index) => frameOf(index)));
        lane.offer(frames, 0, frames.length, count, "block", flow.graph);
      };
      // So that the lane knows what a message takes.
      for (let message = 0; message < 8; message++) offer(1);
      while (lane.queuedBytes > 0) lane.runSlice();
      return { flow, lane, offer };
    };
    return { lanes, add, pressure, runTurn: () => turns.shift()?.(), due: () => turns.length };
  }

  test("take turns, however much each has waiting", () => {
    const { add, runTurn } = lanesUnderTest(1);
    const all = [add(10), add(10), add(10)];
    for (const [index, { offer }] of all.entries()) offer(10 * (index + 1));
    for (const { flow } of all) flow.ran.length = 0;
    for (let turn = 0; turn < 15; turn++) runTurn();
    expect(all.map(({ flow }) => flow.ran.length)).toEqual([5, 5, 5]);
  });

  test("get time for what each has queued before more is read, and a turn where that is less", () => {
    const { lanes, add } = lanesUnderTest(1);
    // A message of the second takes longer than the time that it has queued for.
    const all = [add(1), add(10)];
    const ran = () => {
      for (const { flow } of all) flow.ran.length = 0;
      lanes.catchUp(() => false);
      return all.map(({ flow }) => flow.ran.length);
    };
    ran();
    for (const { offer } of all) offer(16);
    expect(ran()).toEqual([8, 1]);
    expect(ran()).toEqual([0, 1]);
    expect(ran()).toEqual([1, 0]);
  });

  test("ask for inputs to be held back while one is far behind, and ask for turns no longer than needed", async () => {
    const { lanes, add, pressure, runTurn, due } = lanesUnderTest(1);
    const { lane, offer } = add(10);
    offer(10);
    expect(pressure).toEqual([]);
    offer(11);
    expect(pressure).toEqual([true]);
    while (lane.queuedBytes > 11 * frameBytes) runTurn();
    expect(pressure).toEqual([true]);
    runTurn();
    expect(pressure).toEqual([true, false]);
    const drained = lanes.drained(60_000);
    while (due() > 0) runTurn();
    await drained;
    expect(lane.queuedBytes).toBe(0);
  });
});
