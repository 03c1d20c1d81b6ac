// A version on trial, and the way back, step by step, under a clock that the test sets.

import { builtinCatalog } from "@flowfusion/nodes";
import { describe, expect, test } from "vitest";
import { fileFlow, load, TestHost } from "./testkit/host.ts";
import { programOf } from "./testkit/test-plane.ts";
import { counterNode, hostileNode, poison, repeaterNode } from "./testkit/wat-nodes.ts";

const gate = { ms: 10_000, trapsMax: 0, droppedShareMax: 0.01, outputRatioMin: 0.1, latencyFactorMax: 5 };
const counter = await programOf(fileFlow({ type: "counter" }), counterNode());
const builtins = await builtinCatalog();
/** The same again; to a trial that makes no difference. */
const other = counter;

async function begin(): Promise<TestHost> {
  const flow = await TestHost.create(counter);
  flow.nowMs = 1_000;
  flow.feed(1, 2);
  flow.host.tick(0n);
  return flow;
}

/** Time passes, with ten ticks a second. */
function ticks(flow: TestHost, count: number): void {
  for (let tick = 0; tick < count; tick++) {
    flow.nowMs += 100;
    flow.host.tick(0n);
  }
}

describe("a version on trial", () => {
  test("that does well for as long as the gate says is there to stay", async () => {
    await using flow = await begin();
    flow.swap(load(other), gate);
    const { trial } = flow.host;
    ticks(flow, 100);
    expect(await trial).toEqual({ verdict: "healthy", ms: 10_000 });
    expect(() => flow.host.rollBack(3)).toThrow(expect.objectContaining({ code: "FF_DEPLOY_NOTHING_BEFORE" }));
  });

  test("is tried for as long also where the machine stands still meanwhile", async () => {
    await using flow = await begin();
    flow.swap(load(other), gate);
    const { trial } = flow.host;
    flow.nowMs += 60_000;
    ticks(flow, 50);
    flow.feed(poison);
    ticks(flow, 1);
    expect(await trial).toMatchObject({ verdict: "unhealthy", why: expect.stringMatching(/^1 trap in 65.1 s/) });
  });

  test("that is behind, so that messages for it are dropped before it, is unhealthy, but for as many as before", async () => {
    await using flow = await begin();
    flow.host.missed(20);
    flow.feed(...Array(20).fill(3));
    flow.swap(load(other), gate);
    const { trial } = flow.host;
    flow.feed(...Array(100).fill(3));
    flow.host.missed(40);
    ticks(flow, 1);
    flow.host.missed(100);
    ticks(flow, 1);
    expect(await trial).toMatchObject({
      verdict: "unhealthy",
      ms: 200,
      why: "41.2 % of messages dropped, 32.3 % allowed; 31.3 % before",
    });
  });

  test("goes back with the state that it left", async () => {
    await using flow = await begin();
    flow.swap(load(other), gate);
    flow.feed(3, 4);
    expect(flow.host.rollBack(3)).toMatchObject({ stateFrom: "new", state: { kept: ["node"] } });
    expect(flow.host.generation).toBe(3);
    flow.feed(5);
    expect(await flow.finish()).toEqual([1, 2, 3, 4, 5]);
  });

  test("goes back to the state of the swap where it left none that can be read", async () => {
    await using flow = await begin();
    flow.swap(load(await programOf(fileFlow({ type: "scale" }))), gate);
    flow.feed(3, 4);
    expect(flow.host.rollBack(3)).toMatchObject({ stateFrom: "before" });
    flow.feed(5);
    expect(await flow.finish()).toEqual([1, 2, 3, 4, 3]);
  });

  test("goes back after it trapped, with its last checkpoint", async () => {
    await using flow = await begin();
    flow.swap(load(other), gate);
    const { trial } = flow.host;
    flow.feed(3, poison);
    flow.nowMs += 100;
    flow.host.tick(0n);
    expect(await trial).toMatchObject({
      verdict: "unhealthy",
      why: expect.stringMatching(/^1 trap in 0.1 s \(the last: node node crashed\)/),
    });
    flow.host.rollBack(3);
    flow.feed(4);
    expect(flow.host.stats()).toMatchObject({ condition: "running", messagesIn: 5, messagesOut: 4, deadLetters: 1 });
    // The checkpoint is that of the swap: the third message was counted after it.
    expect(await flow.finish()).toEqual([1, 2, 3, 3]);
  });

  test("that nobody takes back from, though it is unhealthy, has the one before kept for a minute", async () => {
    await using flow = await begin();
    flow.swap(load(other), gate);
    flow.feed(poison);
    ticks(flow, 1);
    expect(await flow.host.trial).toMatchObject({ verdict: "unhealthy" });
    ticks(flow, 599);
    expect(flow.host.rollBack(3)).toMatchObject({ stateFrom: "new" });
    flow.swap(load(other), gate);
    flow.feed(poison);
    ticks(flow, 601);
    expect(() => flow.host.rollBack(4)).toThrow(expect.objectContaining({ code: "FF_DEPLOY_NOTHING_BEFORE" }));
  });

  test("is not judged when the one before was broken, and can still be taken back", async () => {
    await using flow = await begin();
    flow.feed(...Array(5).fill(poison));
    expect(flow.host.stats().condition).toBe("broken");
    flow.swap(load(other), gate);
    expect(await flow.host.trial).toEqual({ verdict: "healthy", ms: 0 });
    expect(flow.host.rollBack(3)).toMatchObject({ pauseMs: 0 });
  });

  test("without a gate is kept ready to be taken back for a moment", async () => {
    await using flow = await begin();
    flow.swap(load(other));
    flow.nowMs += 9_999;
    flow.host.tick(0n);
    expect(flow.host.rollBack(3)).toMatchObject({ stateFrom: "new" });
    flow.swap(load(other));
    flow.nowMs += 10_000;
    flow.host.tick(0n);
    expect(() => flow.host.rollBack(4)).toThrow(expect.objectContaining({ code: "FF_DEPLOY_NOTHING_BEFORE" }));
  });
});

const modules = [...builtins.values(), counterNode()];
const develop = (flow: TestHost) => flow.host.setDevelopment({ modules, endsInMs: 600_000 });

describe("development mode", () => {
  /** So many calls that take so long. */
  function call(flow: TestHost, count: number, tookMs: number): void {
    flow.lookMs = tookMs;
    for (let time = 0; time < count; time++) flow.feed(1);
    flow.lookMs = 0;
  }

  test("during a trial makes no version slow, while it lasts and when it is over", async () => {
    await using flow = await begin();
    call(flow, 20, 0.1);
    flow.swap(load(other), gate);
    const { trial } = flow.host;
    develop(flow);
    call(flow, 30, 10);
    flow.host.setDevelopment(undefined);
    call(flow, 20, 0.1);
    expect(flow.host.stats().executeP50Us).toBeLessThan(1_000);
    ticks(flow, 100);
    expect(await trial).toMatchObject({ verdict: "healthy" });
  });

  test("before a trial is no measure of what comes after it", async () => {
    await using flow = await begin();
    develop(flow);
    call(flow, 30, 10);
    flow.host.setDevelopment(undefined);
    for (let seconds = 0; seconds < 65; seconds++) ticks(flow, 10);
    call(flow, 25, 0.1);
    flow.swap(load(other), gate);
    const { trial } = flow.host;
    call(flow, 25, 2);
    ticks(flow, 100);
    expect(await trial).toMatchObject({ verdict: "unhealthy", why: expect.stringMatching(/1000 µs allowed/) });
  });
});

describe("development mode, where a connection changes and its flow runs anew,", () => {
  const next = load({ ...counter, generation: 2 });

  test("goes on for what was left of it, and ends then", async () => {
    await using flow = await begin();
    develop(flow);
    ticks(flow, 10);
    const { developmentEndsAtMs } = flow.host.stats();
    flow.swap(load(counter));
    expect(flow.host.stats()).toMatchObject({ mode: "development", developmentEndsAtMs });
    flow.feed(3);
    ticks(flow, 6_000);
    expect(flow.host.stats()).toMatchObject({ mode: "fused" });
    flow.feed(4);
    expect(await flow.finish()).toEqual([1, 2, 3, 4]);
  });

  test.each(["begins", "ends"])("is as it is by then where it %s meanwhile", async (what) => {
    await using flow = await begin();
    const end = () => flow.host.setDevelopment(undefined);
    if (what === "ends") develop(flow);
    flow.swapAhead(load(counter), what === "ends" ? end : () => develop(flow));
    expect(flow.host.stats()).toMatchObject({ mode: what === "ends" ? "fused" : "development" });
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });

  test("is over with a new version, and where that goes back", async () => {
    await using flow = await begin();
    develop(flow);
    flow.swap(load(counter));
    flow.swap(next, gate);
    expect(flow.host.stats()).toMatchObject({ mode: "fused" });
    flow.host.rollBack(3);
    expect(flow.host.stats()).toMatchObject({ mode: "fused" });
  });
});

describe("a rehearsal", () => {
  test("tells what a swap would, and leaves sinks, counters and state alone", async () => {
    await using flow = await begin();
    const before = flow.host.stats();
    expect(flow.host.rehearse(flow.host.prepare(load(other)))).toMatchObject({
      state: { kept: ["node"], migrated: [], reset: [] },
    });
    expect(flow.host.stats()).toEqual(before);
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });
});

describe("ticks", () => {
  test("close the breaker that ticks opened, of a flow that nothing comes into", async () => {
    await using flow = await TestHost.create(await programOf(fileFlow({ type: "repeater" }), repeaterNode()));
    flow.feed(poison);
    for (let tick = 0; tick < 5; tick++) {
      flow.host.tick(1n);
      // A restarted node has forgotten the message that it died of.
      if (tick < 4) flow.feed(poison);
    }
    expect(flow.host.stats()).toMatchObject({ condition: "broken", retryInMs: 1_000 });
    flow.nowMs += 1_000;
    flow.host.tick(2n);
    expect(flow.host.stats()).toMatchObject({ condition: "running" });
  });

  test("go on at the same time for a node that has more to emit than one tick takes", async () => {
    const nodes = {
      in: { type: "tag_input", props: { tags: ["#"] } },
      node: { type: "debounce", props: { holdMs: 100, maxTopics: 2_000 } },
      out: { type: "file", props: { path: "out.jsonl" } },
    };
    await using flow = await TestHost.create(
      await programOf({ nodes, wires: ["in.out -> node.in", "node.out -> out.in"] }),
    );
    flow.feedTopics(1_500);
    expect(flow.host.stats().messagesOut).toBe(0);
    flow.host.tick(1_000_000_000n);
    flow.host.tick(2_000_000_000n);
    expect(flow.host.stats().messagesOut).toBe(1_500);
  });
});

describe("dead letters that are replayed", () => {
  test("stay where they are while the flow rests", async () => {
    await using flow = await begin();
    flow.feed(...Array(5).fill(poison));
    expect(flow.host.stats().condition).toBe("broken");
    const ids = flow.host.deadLetters.kept.map(({ id }) => id);
    const refused = ids.map((id) => ({ id, why: expect.stringMatching(/^the flow rests for \d+ ms/) }));
    expect(flow.host.replay(undefined)).toEqual({ replayed: 0, deadAgain: 0, refused });
    expect(flow.host.deadLetters.kept.map(({ id }) => id)).toEqual(ids);
    expect(flow.host.stats()).toMatchObject({ droppedByBreaker: 0 });
  });

  test("stay from the one on that brings the flow to rest again", async () => {
    await using flow = await begin();
    for (let time = 0; time < 8; time++) {
      flow.feed(poison);
      flow.nowMs += 10_000;
    }
    expect(flow.host.stats().condition).toBe("restarting");
    const report = flow.host.replay(undefined);
    expect(report).toMatchObject({ replayed: 5, deadAgain: 5 });
    expect(report.refused.map(({ id }) => id)).toEqual([6, 7, 8]);
    expect(flow.host.deadLetters.kept.map(({ id }) => id)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
  });
});

test("an outbox that is flooded is laid at the door of the node that floods it, not of the sink", async () => {
  await using flow = await TestHost.create(await programOf(fileFlow({ type: "hostile" }), hostileNode));
  flow.feed(1_005);
  expect(flow.host.deadLetters.kept).toMatchObject([{ node: "node", cause: "outbox_overflow" }]);
  expect(flow.host.stats().nodes).toMatchObject([{ traps: 0 }, { traps: 1 }, { traps: 0 }]);
});
