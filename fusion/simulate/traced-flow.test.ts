import { type Message, type MessageValue, parseGraph, resolveGraph } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { describe, expect, it } from "vitest";
import { passOn, watNode } from "../testkit/wat-nodes.ts";
import type { TraceStep } from "./step-recorder.ts";
import { TracedFlow } from "./traced-flow.ts";

const fragile = watNode(
  "fragile",
  `(memory (export "memory") 1) ${passOn("(if (f64.eq (f64.load offset=8 (local.get $at)) (f64.const 666)) (then unreachable))")}`,
);
const catalog = new Map([...(await builtinCatalog()), ["fragile", fragile] as const]);

function traced(nodes: object, wires: readonly string[]): TracedFlow {
  let now = 0n;
  return new TracedFlow(resolveGraph(parseGraph({ nodes, wires }), catalog), catalog, () => (now += 50n));
}

const at = (value: MessageValue, topic = "t"): Message => ({ topic, timestampNs: 1n, quality: 0, value });
const line = ({ depth, node, input, message, emissions, trap }: TraceStep): string => {
  const out = emissions.map((emission) => `${emission.output}=${String(emission.message.value)}`);
  return `${depth} ${node}.${input}=${String(message?.value)} → ${trap ?? out.join(" ")}`.trimEnd();
};

const source = { type: "tag_input", props: { tags: ["t"] } };

describe("a traced flow", () => {
  it("tells every step of a reading, depth first, each with its own time", () => {
    const flow = traced(
      {
        in: source,
        spread: { type: "fan_out" },
        double: { type: "scale", props: { factor: 2 } },
        hot: { type: "filter", props: { op: ">", value: 10 } },
        out: { type: "file", props: { path: "out.jsonl" } },
      },
      [
        "in.out -> spread.in",
        "spread.out1 -> double.in",
        "double.out -> hot.in",
        "hot.pass -> out.in",
        "spread.out2 -> out.in",
      ],
    );
    const steps = flow.feed(at(7));
    expect(steps.map(line)).toEqual([
      "0 in.source=7 → out=7",
      "1 spread.in=7 → out1=7 out2=7 out3=7 out4=7",
      "2 double.in=7 → out=14",
      "3 hot.in=14 → pass=14",
      "4 out.in=14 → sink=14",
      "2 out.in=7 → sink=7",
    ]);
    expect(steps.map(({ ns, type }) => [type, ns])).toEqual(
      ["tag_input", "fan_out", "scale", "filter", "file", "file"].map((type) => [type, 50]),
    );
    expect(flow.feed(at(1)).map(line)).toContain("3 hot.in=2 → fail=2");
  });

  it("has no step for a reading that no input takes", () => {
    expect(traced({ in: source }, []).feed(at(1, "other"))).toEqual([]);
  });

  it("names the node that stops the flow, and what came before", () => {
    const flow = traced({ in: source, bad: { type: "fragile" } }, ["in.out -> bad.in"]);
    expect(flow.feed(at(1)).map(line)).toEqual(["0 in.source=1 → out=1", "1 bad.in=1 → out=1"]);
    expect(flow.feed(at(666)).map(line)).toEqual(["0 in.source=666 → out=666", "1 bad.in=666 → trap"]);
  });
});
