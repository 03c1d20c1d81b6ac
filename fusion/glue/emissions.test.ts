// Whatever a node returns, the flow either passes on a whole message or stops in that node's name.

import { beforeAll, describe, expect, it } from "vitest";
import type { RunningFlow } from "../host/running-flow.ts";
import { command, messageWords, puppet, puppetData, puppetMemoryBytes } from "../testkit/puppet.ts";
import { framesOf, readFrames, sink, source, type TestFlow, testFlow, trapOf } from "../testkit/wat-nodes.ts";
import { logPort } from "./layout.ts";

let flow: TestFlow;
beforeAll(async () => {
  flow = await testFlow(
    { src: source, a: { type: "puppet" }, b: { type: "puppet" }, out: sink },
    ["src.out -> a.in", "a.out -> b.in", "b.out -> out.in"],
    [puppet],
  );
});

const kinds = ["fused", "reference"] as const;

/** One emission of the message that `words` make, which lies behind the list. */
const emission = (port: number, length: number, words: readonly number[]) =>
  command({ action: "emit", number: 1, data: [port, puppetData + 12, length, ...words] });
const pointing = (at: number, length = 24) => command({ action: "emit", number: 1, data: [0, at, length] });
const listAt = (list: number, number = 1) => command({ action: "emit", number, list });

const refused: [title: string, body: Uint8Array, cause: "trap" | "invalid_emission"][] = [
  ["a list behind the end of memory", listAt(puppetMemoryBytes), "trap"],
  ["a list that runs past the end of memory", listAt(puppetMemoryBytes - 8), "trap"],
  ["a list whose end wraps around to address 0", listAt(0xffff_fff4), "trap"],
  ["a list whose end wraps around beyond address 0", listAt(0xffff_fff8, 2), "trap"],
  ["70,000 emissions", listAt(puppetData, 70_000), "invalid_emission"],
  ["65,537 emissions", listAt(puppetData, 65_537), "invalid_emission"],
  ["4,294,967,295 emissions", listAt(puppetData, 0xffff_ffff), "invalid_emission"],
  ["a result behind the end of memory", command({ action: "answer", number: puppetMemoryBytes }), "trap"],
  ["a result at the last address", command({ action: "answer", number: 0xffff_ffff }), "trap"],
  ["a result across the end of memory", command({ action: "answer", number: puppetMemoryBytes - 4 }), "trap"],
  ["a message behind the end of memory", pointing(puppetMemoryBytes), "trap"],
  ["a message at the last address", pointing(0xffff_ffff), "trap"],
  ["a message whose header crosses the end of memory", pointing(puppetMemoryBytes - 16), "trap"],
  ["a length of 0", emission(0, 0, messageWords()), "invalid_emission"],
  ["a length of 16", emission(0, 16, messageWords()), "invalid_emission"],
  ["a length that is no multiple of 8", emission(0, 25, messageWords(1)), "invalid_emission"],
  ["a length of 32 for a header that says 24", emission(0, 32, messageWords()), "invalid_emission"],
  ["a length of 24 for a header that says 32", emission(0, 24, messageWords(1)), "invalid_emission"],
  ["a length of 24 for a header with a topic", emission(0, 24, messageWords(0, 1)), "invalid_emission"],
  ["a length of 2 GiB", emission(0, 0x8000_0000, messageWords()), "invalid_emission"],
  ["a length of nearly 4 GiB", emission(0, 0xffff_fff8, messageWords()), "invalid_emission"],
  ["a body of 4 GiB that wraps to a length of 0", emission(0, 0, messageWords(0xffff_ffe8)), "invalid_emission"],
  [
    "a body and topic that wrap around to a length that fits",
    emission(0, 24, messageWords(0xffff_fff0, 16)),
    "invalid_emission",
  ],
  ["a body of nearly 4 GiB", emission(0, 0xffff_ffe8, messageWords(0xffff_ffd0)), "invalid_emission"],
  ["a body that ends behind the memory", emission(0, 0x0010_0018, messageWords(0x0010_0000)), "trap"],
  ["port 2 of 2", emission(2, 24, messageWords()), "invalid_emission"],
  ["port 4", emission(4, 24, messageWords()), "invalid_emission"],
  ["port 2,147,483,648", emission(0x8000_0000, 24, messageWords()), "invalid_emission"],
  ["the port below that of the log", emission(0xffff_fffe, 24, messageWords()), "invalid_emission"],
  ["a log line that is no message", emission(logPort, 24, messageWords(1)), "invalid_emission"],
];

describe.each(kinds)("a %s flow", (kind) => {
  const start = (): RunningFlow => flow[kind]();

  it.each(refused)("stops the node that returns %s", (_, body, cause) => {
    const running = start();
    expect(trapOf(flow.graph, () => running.execute(framesOf(7, body)))).toEqual({ node: "a", cause, cursor: 32 });
  });

  it("passes on messages that lie anywhere in the node's memory, in the order of the list", () => {
    const words = [0, puppetData + 36, 24, 0, puppetData + 36 + 24, 32, 0, puppetData + 36, 24];
    const messages = [...[0, 0, 42, 0, 2, 0], ...[0, 0, 0, 0, 4, 3], 0x636261, 0];
    const running = start();
    running.execute(framesOf(command({ action: "emit", number: 3, data: [...words, ...messages] })));
    expect(readFrames(running.takeOutbox())).toEqual([
      [0, 42n],
      [0, "abc"],
      [0, 42n],
    ]);
  });

  it("drops what leaves through a port without a wire, and counts it", () => {
    const running = start();
    running.execute(framesOf(emission(1, 24, messageWords())));
    expect(running.takeOutbox()).toHaveLength(0);
    expect(running.nodeCounters()[0]).toEqual({ messagesIn: 1, messagesOut: [0, 1, 0, 0] });
  });

  it("takes an empty list wherever it is said to lie", () => {
    const running = start();
    expect(running.execute(framesOf(listAt(0xffff_ffff, 0)))).toBe(64 - 16);
    expect(running.takeOutbox()).toHaveLength(0);
  });

  it("writes log lines to the outbox under the node's number", () => {
    const running = start();
    const line = emission(logPort, 32, [...messageWords(1).with(4, 4), 0x21, 0]);
    running.execute(framesOf(line, command({ hops: 1, action: "emit", number: 0 })));
    expect(readFrames(running.takeOutbox())).toEqual([[0x8000_0000, "!"]]);
  });

  it("counts messages in and out of every node", () => {
    const running = start();
    running.execute(framesOf(1, 2, command({ action: "emit", number: 0 })));
    const counted = running.nodeCounters().map(({ messagesIn, messagesOut }) => [messagesIn, ...messagesOut]);
    expect(Object.fromEntries(flow.graph.nodes.map(({ id }, index) => [id, counted[index]]))).toEqual({
      a: [3, 2, 0, 0, 0],
      b: [2, 2, 0, 0, 0],
      out: [2, 2, 0, 0, 0],
      src: [3, 3, 0, 0, 0],
    });
  });
});
