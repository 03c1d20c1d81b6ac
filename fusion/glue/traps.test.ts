// A trap names the node whose code ran, and the message that it died of.

import { beforeAll, describe, expect, it } from "vitest";
import { type Command, command, messageWords, puppet } from "../testkit/puppet.ts";
import {
  framesOf,
  passOn,
  readFrames,
  sink,
  source,
  type TestFlow,
  testFlow,
  trapOf,
  watNode,
} from "../testkit/wat-nodes.ts";

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow(
    { src: source, a: { type: "puppet" }, b: { type: "puppet" }, out: sink },
    ["src.out -> a.in", "a.out -> b.in", "b.out -> out.in"],
    [puppet],
  );
});

const kinds = ["fused", "reference"] as const;
const armed = (name: Command["function"] & string, hops = 0) => command({ hops, action: "arm", function: name });

describe.each(kinds)("a %s flow", (kind) => {
  const rows: [where: string, node: string, cause: string, bodies: (number | Uint8Array)[]][] = [
    ["handle", "a", "trap", [command({ action: "trap" })]],
    ["handle", "b", "trap", [command({ hops: 1, action: "trap" })]],
    ["cabi_realloc", "a", "trap", [armed("realloc"), 1]],
    ["cabi_realloc that the node before it caused", "b", "trap", [armed("realloc", 1), 1]],
    ["cabi_post_handle", "b", "trap", [armed("postHandle", 1)]],
    ["a stack that overflows", "b", "stack", [command({ hops: 1, action: "recurse" })]],
  ];
  it.each(rows)("that traps in %s names node %s (%s)", (_, node, cause, bodies) => {
    const running = flow[kind]();
    const frames = framesOf(...bodies);
    const last = framesOf(bodies.at(-1)!).length;
    expect(trapOf(flow.graph, () => running.execute(frames))).toEqual({ node, cause, cursor: frames.length - last });
  });

  it.each(["a", "b"])("that traps in a tick names node %s", (node) => {
    const running = flow[kind]();
    running.execute(framesOf(armed("tick", node === "a" ? 0 : 1)));
    expect(trapOf(flow.graph, () => running.tick(5n))).toMatchObject({ node, cause: "trap" });
  });

  it("that traps in a node which a tick feeds names that node", () => {
    const running = flow[kind]();
    running.execute(framesOf(armed("realloc", 1)));
    expect(trapOf(flow.graph, () => running.tick(5n))).toMatchObject({ node: "b", cause: "trap" });
  });

  it.each(["a", "b"])("that traps in save_state names node %s", (node) => {
    const running = flow[kind]();
    running.execute(framesOf(armed("save", node === "a" ? 0 : 1)));
    expect(trapOf(flow.graph, () => running.saveState())).toMatchObject({ node, cause: "trap" });
  });

  it.each(["a", "b"])("that traps in load_state names node %s", (node) => {
    const running = flow[kind]();
    const saved = running.saveState();
    running.execute(framesOf(armed("load", node === "a" ? 0 : 1)));
    expect(trapOf(flow.graph, () => running.loadState(saved))).toMatchObject({ node, cause: "trap" });
  });

  it.each([
    ["a start function", "(func $s unreachable) (start $s)"],
    ["_initialize", `(func (export "_initialize") unreachable)`],
    ["configure", `(func (export "configure") (param i32 i32) (result i32) unreachable)`],
    ["configure, with a result nowhere", `(func (export "configure") (param i32 i32) (result i32) (i32.const -4))`],
  ])("that traps in %s names the node", async (_, fields) => {
    const node = watNode("faulty", `(memory (export "memory") 1) ${passOn()} ${fields}`);
    const faulty = await testFlow(
      { src: source, faulty: { type: "faulty" }, out: sink },
      ["src.out -> faulty.in", "faulty.out -> out.in"],
      [node],
    );
    expect(trapOf(faulty.graph, () => faulty[kind]())).toMatchObject({ node: "faulty", cause: "trap" });
  });
});

describe("after a trap", () => {
  it("a fused flow has committed what whole messages emitted and nothing of the one that trapped", () => {
    const running = flow.fused();
    const [first, second] = [framesOf(1), framesOf(2)];
    // Emits one good message, then one to a port that is not there.
    const data = [...[0, 4136 + 24, 24, 9, 4136 + 24, 24], ...messageWords()];
    const third = framesOf(command({ action: "emit", number: 2, data }));
    const cursor = first.length + second.length;
    expect(trapOf(flow.graph, () => running.execute(Buffer.concat([first, second, third, framesOf(4)])))).toEqual({
      node: "a",
      cause: "invalid_emission",
      cursor,
    });
    expect(running.outboxBytes).toBe(running.committedOutboxBytes + 32);
    const start = running.outboxStart;
    expect(readFrames(running.memory.slice(start, start + running.committedOutboxBytes))).toEqual([
      [0, 1],
      [0, 2],
    ]);
  });

  it("in a tick, a fused flow has committed the ticks before", () => {
    const running = flow.fused();
    running.execute(framesOf(1, 2, 3, armed("tick", 1)));
    running.takeOutbox();
    expect(trapOf(flow.graph, () => running.tick(5n))).toMatchObject({ node: "b" });
    const start = running.outboxStart;
    expect(readFrames(running.memory.slice(start, start + running.committedOutboxBytes))).toEqual([[0, 5n]]);
  });

  it("in the first tick, a fused flow has committed nothing", () => {
    const running = flow.fused();
    running.execute(framesOf(1, 2, 3, armed("postTick")));
    running.takeOutbox();
    expect(trapOf(flow.graph, () => running.tick(5n))).toMatchObject({ node: "a" });
    expect([running.committedOutboxBytes, running.outboxBytes]).toEqual([0, 32]);
  });

  it("of a loop without end, the cause is the fuel", () => {
    const running = flow.fused();
    const frames = framesOf(1, command({ hops: 1, action: "loop" }));
    expect(trapOf(flow.graph, () => running.execute(frames))).toEqual({ node: "b", cause: "fuel", cursor: 32 });
  });
});

describe.each(kinds)("ticks of a %s flow", (kind) => {
  it("run in node order, and what a node emits runs on at once", () => {
    const running = flow[kind]();
    for (const nowNs of [5n, 6n]) {
      running.tick(nowNs);
      expect(readFrames(running.takeOutbox())).toEqual([
        [0, nowNs],
        [0, nowNs],
      ]);
    }
    expect(running.nodeCounters().map(({ messagesIn }) => messagesIn)).toEqual([0, 2, 4, 0]);
  });

  it("take the whole range of time", () => {
    const running = flow[kind]();
    running.tick(2n ** 64n - 1n);
    expect(readFrames(running.takeOutbox())).toEqual([
      [0, -1n],
      [0, -1n],
    ]);
  });
});
