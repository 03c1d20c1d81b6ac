// A flow's life, step by step, under a clock that the test sets: traps, checkpoints, breaker, swaps.

import { defaultFlowLimits, FusedInstance, meter } from "@flowfusion/fusion";
import { builtinCatalog } from "@flowfusion/nodes";
import { describe, expect, test, vi } from "vitest";
import { fileFlow, frameOf, load, TestHost } from "./testkit/host.ts";
import { programOf, upTo } from "./testkit/test-plane.ts";
import {
  addingCounterNode,
  counterNode,
  poison,
  refusal,
  refusesConfigure,
  refusesState,
  repeaterNode,
  trapsInConfigure,
} from "./testkit/wat-nodes.ts";
import type { HostStats } from "./types.ts";

const counter = await programOf(fileFlow({ type: "counter" }), counterNode());
const counting = (first: number, count: number) => upTo(count, first);

/** Every message that came in is accounted for, for a flow that passes one on for each it takes. */
function expectAllAccountedFor({ messagesIn, messagesOut, deadLetters, droppedByBreaker }: HostStats): void {
  expect(messagesIn).toBe(messagesOut + deadLetters + droppedByBreaker);
}

describe("after a trap", () => {
  test("what whole messages emitted arrives, and the rest goes on from the last checkpoint", async () => {
    await using flow = await TestHost.create(counter);
    flow.nowMs = 5_000;
    flow.feed(1, 2, 3);
    flow.nowMs += 999;
    flow.feed(4, 5);
    flow.feed(6, poison, 7, 8);
    const stats = flow.host.stats();
    expect(stats).toMatchObject({ messagesIn: 9, messagesOut: 8, deadLetters: 1, traps: 1, restarts: 1 });
    expectAllAccountedFor(stats);
    expect(flow.host.deadLetters.kept).toMatchObject([
      { node: "node", port: "in", input: "in", cause: "trap", message: Buffer.from(frameOf(poison)).subarray(8) },
    ]);
    // The checkpoint was taken after the third message.
    expect(await flow.finish()).toEqual([...counting(1, 6), 4, 5]);
  });

  test("a flow that never had a checkpoint begins anew", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2, poison, 3);
    expect(await flow.finish()).toEqual([1, 2, 1]);
  });

  test("several messages of one batch may be at fault", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(poison, 1, poison, poison, 2, poison);
    const stats = flow.host.stats();
    expect(flow.host.deadLetters.kept.map(({ node }) => node)).toEqual(Array(4).fill("node"));
    expect(stats).toMatchObject({ messagesIn: 6, messagesOut: 2, deadLetters: 4, traps: 4, restarts: 3 });
    expect(stats.lastTrap).toMatchObject({ node: "node", cause: "trap" });
    expect(stats.condition).toBe("restarting");
    flow.feed(3);
    expect(flow.host.stats()).toMatchObject({ condition: "running", restarts: 4 });
  });

  test("counters of nodes go on from where they were", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2, poison, 3, 4);
    flow.feed(5);
    expect(flow.host.stats().nodes).toEqual([
      { node: "in", messagesIn: 6, messagesOut: [6], traps: 0 },
      { node: "node", messagesIn: 6, messagesOut: [5], traps: 1 },
      { node: "out", messagesIn: 5, messagesOut: [5], traps: 0 },
    ]);
  });
});

describe("the breaker of a flow", () => {
  test("tells once a minute, with node and cause, that the flow traps again and again, and nothing of a single trap", async () => {
    await using flow = await TestHost.create(counter);
    flow.nowMs = 1_000;
    flow.feed(poison, 1, poison);
    expect(flow.broken).toEqual([]);
    flow.feed(...Array(7).fill(poison));
    expect(flow.broken).toEqual(["node: trap"]);
    for (let second = 0; second < 59; second++) {
      flow.nowMs += 1_000;
      flow.feed(poison);
    }
    expect(flow.broken).toHaveLength(1);
    flow.nowMs += 60_000;
    flow.feed(poison);
    expect(flow.broken).toHaveLength(2);
  });

  test("opens after five traps in ten seconds, tries again after a rest that doubles, and closes", async () => {
    await using flow = await TestHost.create(counter);
    flow.nowMs = 1_000;
    flow.feed(...Array(7).fill(poison));
    expect(flow.host.stats()).toMatchObject({ condition: "broken", deadLetters: 5, droppedByBreaker: 2 });
    flow.nowMs += 999;
    flow.feed(1, 2);
    expect(flow.host.stats()).toMatchObject({ condition: "broken", droppedByBreaker: 4, messagesOut: 0 });
    flow.nowMs += 1;
    flow.feed(poison, 3);
    expect(flow.host.stats()).toMatchObject({ condition: "broken", deadLetters: 6, droppedByBreaker: 5 });
    flow.nowMs += 1_999;
    flow.feed(4);
    expect(flow.host.stats()).toMatchObject({ condition: "broken", droppedByBreaker: 6 });
    flow.nowMs += 1;
    flow.feed(5);
    const stats = flow.host.stats();
    expect(stats).toMatchObject({
      condition: "running",
      messagesIn: 13,
      messagesOut: 1,
      deadLetters: 6,
      droppedByBreaker: 6,
    });
    expectAllAccountedFor(stats);
    expect(await flow.finish()).toHaveLength(1);
  });

  test("stays closed when traps are rare", async () => {
    await using flow = await TestHost.create(counter);
    for (let index = 0; index < 20; index++) {
      flow.nowMs += 2_500;
      flow.feed(1, poison, 2);
    }
    expect(flow.host.stats()).toMatchObject({
      condition: "running",
      traps: 20,
      droppedByBreaker: 0,
      messagesOut: 40,
    });
  });
});

describe("a checkpoint", () => {
  test("that cannot be taken costs the flow its state, and no message", async () => {
    const program = await programOf(fileFlow({ type: "counter" }), counterNode({ save: "unreachable" }));
    await using flow = await TestHost.create(program);
    flow.nowMs = 5_000;
    flow.feed(1, 2);
    flow.feed(3);
    const stats = flow.host.stats();
    expect(stats).toMatchObject({ traps: 1, restarts: 1, deadLetters: 0, messagesIn: 3, messagesOut: 3 });
    expect(stats.lastTrap).toMatchObject({ node: "node", cause: "trap" });
    expect(await flow.finish()).toEqual([1, 2, 1]);
  });

  test("that lies about its length stops neither the flow nor its neighbours", async () => {
    const lies = "(i32.store (i32.const 80) (i32.const 96)) (i32.store (i32.const 84) (i32.const -1)) (i32.const 80)";
    const program = await programOf(fileFlow({ type: "counter" }), counterNode({ save: lies }));
    await using flow = await TestHost.create(program);
    flow.nowMs = 5_000;
    flow.feed(1, 2);
    flow.feed(3);
    expect(flow.host.stats()).toMatchObject({ traps: 1, deadLetters: 0, messagesOut: 3, lastTrap: { node: "node" } });
  });

  test("outlives a restart that fails for another reason, as where there is no memory for it", async () => {
    await using flow = await TestHost.create(counter);
    flow.nowMs = 5_000;
    flow.feed(1, 2);
    flow.feed(poison);
    using _instance = vi.spyOn(WebAssembly, "Instance").mockImplementationOnce(function (this: WebAssembly.Instance) {
      throw new RangeError("could not allocate memory");
    });
    flow.feed(3);
    expect(flow.host.stats()).toMatchObject({ traps: 2, restarts: 1, messagesOut: 3 });
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });

  test("that the node refuses is given up, and the flow begins anew", async () => {
    const program = await programOf(fileFlow({ type: "counter" }), refusesState);
    await using flow = await TestHost.create(program);
    flow.nowMs = 5_000;
    flow.feed(1, 2);
    flow.feed(3, poison, 4);
    expect(flow.host.stats()).toMatchObject({
      condition: "running",
      traps: 2,
      restarts: 1,
      deadLetters: 1,
      messagesOut: 4,
    });
    expect(await flow.finish()).toEqual([1, 2, 3, 1]);
  });
});

describe("a swap", () => {
  test("hands state over, and reports which", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2, 3);
    const other = await programOf(fileFlow({ type: "counter" }, "other.jsonl"), counterNode());
    const report = flow.swap(load(other));
    expect(report).toMatchObject({ state: { kept: ["node"], reset: [] } });
    expect(report.stateBytes).toBeGreaterThan(8);
    flow.feed(4);
    expect(await flow.finish("other.jsonl")).toEqual([4]);
  });

  test("hands over what came in after the new version was prepared, too", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2);
    const next = flow.host.prepare(load(counter));
    flow.feed(3);
    flow.host.swap(next);
    flow.feed(4);
    expect(await flow.finish()).toEqual([1, 2, 3, 4]);
  });

  test("leaves the flow as it was when what was prepared is given up", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2);
    flow.host.abandon(flow.host.prepare(load(await programOf(fileFlow({ type: "scale" }, "other.jsonl")))));
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });

  test("is a checkpoint as well, which the flow goes on from after a trap", async () => {
    await using flow = await TestHost.create(counter);
    flow.nowMs = 5_000;
    flow.feed(1, 2);
    flow.nowMs += 100;
    flow.feed(3);
    flow.nowMs += 900;
    flow.swap(load(counter));
    flow.feed(4);
    flow.feed(poison);
    flow.feed(5);
    expect(await flow.finish()).toEqual([1, 2, 3, 4, 4]);
  });

  test("hands over a state that has grown since the new version was prepared", async () => {
    const props = { kind: "tumbling", by: "count", op: "last", size: 1_000, maxTopics: 1_000 };
    const perTopic = await programOf(fileFlow({ type: "window", props }));
    await using flow = await TestHost.create(perTopic);
    flow.nowMs = 5_000;
    flow.feedTopics(10);
    const next = flow.host.prepare(load(perTopic));
    flow.feedTopics(900);
    const { stateBytes } = flow.host.swap(next);
    expect(stateBytes).toBeGreaterThan(900 * 100);
    expect(flow.host.checkpoint()).toHaveLength(stateBytes);
  });

  test.each([
    ["takes the place of", counterNode({ replacesState: true })],
    ["is not added to", counterNode()],
    ["is not given twice to a node that would add it to", addingCounterNode],
  ])("a state that is loaded ahead %s what the flow has by then", async (_, node) => {
    const program = await programOf(fileFlow({ type: "counter" }), node);
    await using flow = await TestHost.create(program);
    flow.feed(1, 2);
    flow.swapAhead(load(program), () => flow.feed(3));
    flow.feed(4);
    expect(await flow.finish()).toEqual([1, 2, 3, 4]);
  });

  test("leaves nothing of a state that was loaded ahead when the flow has begun anew since", async () => {
    const program = await programOf(fileFlow({ type: "counter" }), counterNode({ replacesState: true }));
    await using flow = await TestHost.create(program);
    flow.feed(1, 2);
    flow.swapAhead(load(program), () => flow.feed(poison));
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 1]);
  });

  test("is refused ahead where the new version refuses the state, and the flow goes on", async () => {
    await using flow = await TestHost.create(await programOf(fileFlow({ type: "counter" }), counterNode()));
    flow.feed(1, 2);
    const refusing = counterNode({ load: refusal("not mine"), replacesState: true });
    const next = load(await programOf(fileFlow({ type: "counter" }), refusing));
    const never = () => expect.fail("the swap went on");
    expect(() => flow.swapAhead(next, never)).toThrow(expect.objectContaining({ code: "FF_FLOW_STATE_REFUSED" }));
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });

  test.each([
    ["once for a version that runs node by node", true, 1],
    ["ahead and again for one that is fused", false, 2],
  ])("saves the state %s", async (_, isTraced, times) => {
    const program = load(
      await programOf(fileFlow({ type: "window", props: { kind: "tumbling", by: "count", op: "sum", size: 2 } })),
    );
    await using flow = await TestHost.create(program);
    flow.feed(1);
    using saving = vi.spyOn(FusedInstance.prototype, "saveStateInPlace");
    flow.swapAhead(isTraced ? { ...program, generation: 2, nodes: await builtinCatalog() } : program, () => {});
    expect(saving).toHaveBeenCalledTimes(times);
    flow.feed(2);
    expect(flow.host.stats().mode).toBe(isTraced ? "development" : "fused");
    expect(await flow.finish()).toEqual([3]);
  });

  test("after a trap hands over the last checkpoint", async () => {
    await using flow = await TestHost.create(counter);
    flow.nowMs = 5_000;
    flow.feed(1, 2);
    flow.feed(3, poison);
    flow.swap(load(counter));
    flow.feed(4);
    expect(await flow.finish()).toEqual([1, 2, 3, 3]);
  });

  const refused = [
    ["a node refuses its properties", refusesConfigure, "FF_FLOW_CONFIGURE", "node: never mind"],
    ["a node traps while it is configured", trapsInConfigure, "FF_FLOW_TRAP", "nodes.node: trap"],
    ["a node refuses the state", refusesState, "FF_FLOW_STATE_REFUSED", "not mine"],
    ["a node traps while it takes the state", counterNode({ load: "unreachable" }), "FF_FLOW_TRAP", "nodes.node: trap"],
  ] as const;
  test.each(refused)(
    "is refused when %s, and the old flow goes on untouched",
    async (_title, module, code, message) => {
      const next = await programOf(fileFlow({ type: module.manifest.name }), module);
      await using flow = await TestHost.create(counter);
      flow.feed(1, 2);
      const before = flow.host.stats();
      expect(() => flow.swap(load(next))).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(message) }),
      );
      expect({ ...flow.host.stats(), sinks: before.sinks }).toEqual(before);
      flow.feed(3);
      expect(await flow.finish()).toEqual([1, 2, 3]);
    },
  );

  test("is refused when a sink's path leads out of the output folder, and the old flow goes on untouched", async () => {
    const next = await programOf(fileFlow({ type: "counter" }, "../escaped.jsonl"), counterNode());
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2);
    expect(() => flow.swap(load(next))).toThrow(
      expect.objectContaining({
        code: "FF_DEPLOY_SINK",
        message: expect.stringMatching(/^nodes\.out: path "\.\.\/escaped/),
      }),
    );
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });

  test("to a version without the node discards its state and says so", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1);
    const without = await programOf(fileFlow({ type: "scale" }));
    expect(flow.swap(load(without)).state).toEqual({
      kept: [],
      migrated: [],
      reset: [{ node: "node", why: "its type changed from counter to scale" }],
    });
    expect(flow.host.checkpoint()).toBeUndefined();
    flow.feed(7);
    expect(await flow.finish()).toEqual([1, 7]);
  });

  test("keeps a sink that did not change, with its queue and counters", async () => {
    await using flow = await TestHost.create(counter);
    flow.feed(1, 2);
    flow.swap(load(await programOf(fileFlow({ type: "scale" }))));
    flow.feed(3);
    expect(await flow.finish()).toEqual([1, 2, 3]);
    expect(flow.host.stats().sinks).toMatchObject([{ sent: 3, dropped: {} }]);
  });
});

test("a message that is larger than the flow's memory may grow is a dead letter, and the flow goes on", async () => {
  const tight = { ...defaultFlowLimits, maxPagesPerMemory: 20 };
  const program = await programOf(fileFlow({ type: "scale" }));
  await using flow = await TestHost.create({ ...program, limits: tight, metered: meter(program.wasm, tight) });
  flow.feed(1);
  flow.feedFrames(frameOf("x".repeat(300_000)), 1);
  flow.feed(2);
  expect(flow.host.stats()).toMatchObject({ condition: "running", deadLetters: 1, messagesOut: 2, restarts: 1 });
  expect(await flow.finish()).toEqual([1, 2]);
});

describe("ticks", () => {
  test("let time-driven nodes emit, and a trap in one restarts the flow", async () => {
    await using flow = await TestHost.create(await programOf(fileFlow({ type: "repeater" }), repeaterNode()));
    flow.host.tick(1_000_000_000n);
    flow.feed(1);
    flow.host.tick(2_000_000_000n);
    flow.host.tick(3_000_000_000n);
    flow.feed(poison);
    flow.host.tick(4_000_000_000n);
    expect(flow.host.stats()).toMatchObject({ condition: "restarting", traps: 1, deadLetters: 0, messagesOut: 4 });
    expect(flow.host.stats().lastTrap).toMatchObject({ node: "node", cause: "trap" });
    flow.host.tick(5_000_000_000n);
    expect(flow.host.stats()).toMatchObject({ condition: "running", restarts: 1 });
    expect(await flow.finish()).toEqual([1, 1, 1, poison]);
  });

  test("that emit make a checkpoint, so that a trap takes back nothing that was emitted before", async () => {
    const document = fileFlow({ type: "counter" });
    const nodes = { ...document.nodes, timer: { type: "timer", props: { intervalMs: 100 } } };
    const wires = ["in.out -> node.in", "timer.out -> out.in", "node.out -> out.in"];
    await using flow = await TestHost.create(await programOf({ nodes, wires }, counterNode()));
    flow.nowMs = 5_000;
    for (const ms of [0n, 100n, 200n]) {
      flow.host.tick(ms * 1_000_000n);
      flow.nowMs += 1_000;
    }
    flow.feed(poison);
    flow.host.tick(300_000_000n);
    expect(await flow.finish()).toEqual([1, 2, 3]);
  });
});

test("a run is profiled once in 128, and once a second at most", async () => {
  await using flow = await TestHost.create(counter);
  const profiledAfter = (runs: number) => {
    for (let run = 0; run < runs; run++) flow.feed(1);
    return flow.host.stats().nodes[1]?.profiled?.messages;
  };
  flow.nowMs = 5_000;
  expect(profiledAfter(127)).toBeUndefined();
  expect(profiledAfter(1)).toBe(1);
  flow.nowMs += 999;
  expect(profiledAfter(1_000)).toBe(1);
  flow.nowMs += 1;
  expect(profiledAfter(128)).toBe(2);
  flow.nowMs += 10_000;
  expect(profiledAfter(1)).toBe(3);
});

describe("whoever looks", () => {
  test("sees a node count on from the state that it has, also where loading would add to it", async () => {
    const program = await programOf(fileFlow({ type: "counter" }), addingCounterNode);
    await using flow = await TestHost.create(program);
    const catalog = new Map([...(await builtinCatalog()), ["counter", addingCounterNode] as const]);
    const modules = program.graph.nodes.map(({ type }) => catalog.get(type)!);
    flow.host.observe(0, 1, modules);
    for (let second = 1; second <= 4; second++) {
      flow.nowMs = second * 1_000;
      flow.host.observe(0, 1, modules);
      flow.feed(0);
    }
    const { stepsJson } = flow.host.observe(0, 100, modules);
    const steps = JSON.parse(stepsJson) as { node: string; emissions: { message: { value: unknown } }[] }[];
    const counted = steps.filter(({ node }) => node === "node").map(({ emissions }) => emissions[0]!.message.value);
    expect(counted).toEqual([1, 2, 3, 4]);
    expect(await flow.finish()).toEqual([1, 2, 3, 4]);
  });
});
