import { encodeMessage, type MessageValue, parseFlowName } from "@flowfusion/graph";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NodeLog } from "./node-log.ts";

const [a, b] = ["a", "b"].map(parseFlowName) as [ReturnType<typeof parseFlowName>, ReturnType<typeof parseFlowName>];
let lines: { [field: string]: unknown }[];
let log: NodeLog;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
  lines = [];
  log = new NodeLog((line) => {
    expect(line.endsWith("\n")).toBe(true);
    lines.push(JSON.parse(line) as (typeof lines)[number]);
  });
});

afterEach(() => {
  vi.useRealTimers();
});

const messageOf = (value: MessageValue) => encodeMessage({ topic: "t", timestampNs: 0n, quality: 0, value });
const add = (flow = a, value: MessageValue = "hello") => log.add(flow, "node", messageOf(value), 0);

describe("the log of nodes", () => {
  test("is JSON lines that say when, who and what", () => {
    add(a, 'line 1\n"line 2"');
    expect(lines).toEqual([
      { time: "1970-01-01T00:00:01.000Z", flow: "a", node: "node", topic: "t", msg: 'line 1\n"line 2"' },
    ]);
  });

  test("takes ten lines a second from a flow, and does not let it silence another", () => {
    for (let count = 0; count < 1_000; count++) add(a);
    add(b);
    expect(lines.map(({ flow }) => flow)).toEqual([...Array(10).fill("a"), "b"]);
    vi.setSystemTime(2_000);
    add(a);
    expect(lines).toHaveLength(12);
  });

  test("says so where a line cannot be read", () => {
    const bytes = messageOf("x");
    bytes[16] = 99;
    log.add(a, "node", bytes, 0);
    log.add(a, "node", new Uint8Array(4), 0);
    expect(lines.map(({ msg }) => msg)).toEqual([
      "a line that cannot be read: kind 99, 0 to 5 allowed",
      expect.stringMatching(/^a line that cannot be read: /),
    ]);
  });
});
