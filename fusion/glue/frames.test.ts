// Input that is no run of frames stops the flow; an outbox that fills up makes it wait.

import { beforeAll, describe, expect, it } from "vitest";
import { command, messageWords, puppet } from "../testkit/puppet.ts";
import { framesOf, readFrames, sink, source, type TestFlow, testFlow, trapOf } from "../testkit/wat-nodes.ts";
import { logPort, outboxHighWaterBytes, outboxMaxBytes } from "./layout.ts";

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow(
    { src: source, a: { type: "puppet" }, out: sink },
    ["src.out -> a.in", "a.out -> out.in"],
    [puppet],
  );
});

const kinds = ["fused", "reference"] as const;
const good = framesOf(1);
const withWords = (input: number, length: number) => {
  const frame = good.slice();
  new Uint32Array(frame.buffer).set([input, length]);
  return frame;
};

describe.each(kinds)("a %s flow", (kind) => {
  const refused: [title: string, frames: Uint8Array][] = [
    ["1 byte", new Uint8Array(1)],
    ["half a frame header", good.subarray(0, 4)],
    ["a frame header alone", good.subarray(0, 8)],
    ["a frame cut in its message's header", good.subarray(0, 24)],
    ["a frame cut by one byte", good.subarray(0, 31)],
    ["a length shorter than a header", withWords(0, 16)],
    ["a length of 0", withWords(0, 0)],
    ["a length beyond the input", withWords(0, 32)],
    ["a length of 2 GiB", withWords(0, 0x8000_0000)],
    ["a length of nearly 4 GiB", withWords(0, 0xffff_fff8)],
    ["an input that the flow does not have", withWords(1, 24)],
    ["input 4,294,967,295", withWords(0xffff_ffff, 24)],
  ];
  it.each(refused)("stops at %s and blames no node", (_, frames) => {
    expect(trapOf(flow.graph, () => flow[kind]().execute(frames))).toEqual({ cause: "invalid_input", cursor: 0 });
    // What came before it counts.
    const running = flow[kind]();
    const input = Buffer.concat([good, frames]);
    expect(trapOf(flow.graph, () => running.execute(input))).toEqual({ cause: "invalid_input", cursor: 32 });
  });

  it("takes no input at all", () => {
    const running = flow[kind]();
    expect([running.execute(new Uint8Array(0)), running.takeOutbox().length]).toEqual([0, 0]);
  });

  it("stops taking input when its outbox is full, and goes on where it stopped, in order", () => {
    const values = Array.from({ length: 900 }, (_, index) => `${index}`.padEnd(1000, "."));
    const frames = framesOf(...values);
    const running = flow[kind]();
    const taken: unknown[] = [];
    const stops: number[] = [];
    for (let at = 0; at < frames.length; ) {
      at += running.execute(frames.subarray(at));
      stops.push(at);
      taken.push(...readFrames(running.takeOutbox()));
    }
    const frameBytes = frames.length / values.length;
    const perRun = Math.ceil(outboxHighWaterBytes / frameBytes);
    expect(stops.map((at) => at / frameBytes)).toEqual([perRun, 2 * perRun, 3 * perRun, values.length]);
    expect(taken).toEqual(values.map((value) => [0, value]));
  });

  it("begins each call with an empty outbox, however full the last one left it", () => {
    const running = flow[kind]();
    running.execute(framesOf(...new Array<string>(5).fill("x".repeat(outboxHighWaterBytes / 5))));
    expect(running.execute(good)).toBe(good.length);
    expect(readFrames(running.takeOutbox())).toHaveLength(1);
    running.execute(good);
    running.tick(5n);
    expect(readFrames(running.takeOutbox())).toEqual([[0, 5n]]);
  });

  it("passes on the largest message that the outbox holds, and no larger one", () => {
    const text = "x".repeat(outboxMaxBytes - 8 - 24);
    const large = { src: source, out: sink };
    return testFlow(large, ["src.out -> out.in"]).then(({ graph, [kind]: start }) => {
      const running = start();
      running.execute(framesOf(text));
      expect(running.takeOutbox()).toHaveLength(outboxMaxBytes);
      expect(trapOf(graph, () => start().execute(framesOf(1, `${text}x`)))).toEqual({
        node: "out",
        cause: "outbox_overflow",
        cursor: 32,
      });
    });
  });

  it.each([
    ["sink", 0, "out"],
    ["log", logPort, "a"],
  ])("stops a message that fans out into more than the outbox holds, in the name of its %s", (_, port, node) => {
    // 14 emissions of one message of 80,000 bytes.
    const words = 80_000 / 4;
    const list = Array.from({ length: 14 }, () => [port, 4136 + 14 * 12, 80_000]).flat();
    const message = [...messageWords(80_000 - 24), ...new Array<number>(words - 6).fill(0)];
    const body = command({ action: "emit", number: 14, data: [...list, ...message] });
    const running = flow[kind]();
    expect(trapOf(flow.graph, () => running.execute(framesOf("before", body)))).toEqual({
      node,
      cause: "outbox_overflow",
      cursor: framesOf("before").length,
    });
  });
});

describe("a fused flow", () => {
  it("takes input far larger than its outbox", () => {
    const values = Array.from({ length: 40 }, (_, index) => `${index}`.padEnd(200_000, "."));
    const frames = framesOf(...values);
    const running = flow.fused();
    const taken: unknown[] = [];
    for (let at = 0; at < frames.length; taken.push(...readFrames(running.takeOutbox()))) {
      at += running.execute(frames.subarray(at));
    }
    expect(taken).toEqual(values.map((value) => [0, value]));
  });

  it("refuses, as a trap of no node, input that its memory cannot hold", () => {
    const running = flow.fused();
    expect(trapOf(flow.graph, () => running.reserve(64 * 1024 * 1024))).toEqual({ cause: "trap", cursor: 0 });
  });
});
