import type { LiveNode, TraceStep } from "@flowfusion/client";
import { describe, expect, test } from "vitest";
import { heatOf, withCosts } from "./costs.ts";
import { outputKey, plotOf, type SeenValue, topicsOf, withValues } from "./port-values.ts";
import { summaryOfTrace, wiresUpTo, withTraces } from "./traces.ts";

const message = (value: number | string | boolean, topic = "boiler/1/temp") =>
  ({ topic, timestamp: "2026-06-01T00:00:00.000000000Z", quality: "good", value }) as const;

const step = (id: number, node: string, more: Partial<TraceStep> = {}): TraceStep => ({
  ...{ id, reading: 1, at: "2026-06-01T00:00:00.000Z", depth: 0, node, type: "scale", input: "in", ns: 100, fuel: 10 },
  ...{ message: message(1), emissions: [{ output: "out", message: message(2) }] },
  ...more,
});

describe("the way of a message", () => {
  test("is put together over updates, and the oldest ways are let go", () => {
    const first = withTraces([], [step(1, "a"), step(2, "b")]);
    const second = withTraces(first, [step(3, "c"), step(4, "a", { reading: 2 })]);
    expect(second.map(({ reading, steps }) => [reading, steps.map(({ node }) => node)])).toEqual([
      [1, ["a", "b", "c"]],
      [2, ["a"]],
    ]);
    const many = Array.from({ length: 500 }, (_, index) => step(index, "a", { reading: index }));
    const kept = withTraces([], many);
    expect(kept.length).toBeLessThan(100);
    expect(kept.at(-1)?.reading).toBe(499);
  });

  test("leads over the wires that carried something, as far as it has come", () => {
    const trace = { reading: 1, steps: [step(1, "a"), step(2, "b"), step(3, "d", { input: "other" })] };
    const wires = new Set(["a.out -> b.in", "a.out -> c.in", "b.out -> d.other", "b.rest -> d.in"]);
    expect([...wiresUpTo(trace, 0, wires)]).toEqual([]);
    expect([...wiresUpTo(trace, 1, wires)]).toEqual(["a.out -> b.in"]);
    expect([...wiresUpTo(trace, 2, wires)]).toEqual(["a.out -> b.in", "b.out -> d.other"]);
  });

  test("is told by its first message, and whether it stopped the flow", () => {
    const steps = [step(1, "a"), step(2, "b", { trap: "trap" })];
    expect(summaryOfTrace({ reading: 1, steps })).toEqual({ text: "boiler/1/temp 1", isTrap: true });
    const { message: _, ...tick } = step(1, "clock", { input: "tick" });
    expect(summaryOfTrace({ reading: 1, steps: [tick] })).toEqual({ text: "clock", isTrap: false });
  });
});

describe("values at ports", () => {
  test("are kept by port, the newest last, and no more than a chart shows", () => {
    const steps = Array.from({ length: 1_000 }, (_, index) =>
      step(index, "a", { emissions: [{ output: "out", message: message(index) }] }),
    );
    const seen = withValues(new Map(), steps).get(outputKey("a", "out"))!;
    expect(seen.length).toBe(400);
    expect(seen.at(-1)).toMatchObject({ value: 999, topic: "boiler/1/temp" });
  });

  test("of one name on both sides of a node do not mix", () => {
    const values = withValues(new Map(), [step(1, "a", { input: "out" })]);
    expect([...values].map(([key, seen]) => [key, seen.map(({ value }) => value)])).toEqual([
      ["a.in.out", [1]],
      ["a.out.out", [2]],
    ]);
  });

  const at = (atMs: number, topic: string, value: SeenValue["value"]): SeenValue => ({ atMs, topic, value });

  test("become a line for each topic; text is no number", () => {
    const seen = [at(1_000, "b", 1), at(2_000, "a", true), at(2_000, "c", "open"), at(3_000, "b", 3)];
    expect(topicsOf(seen, [])).toEqual(["b", "a"]);
    expect(plotOf(seen, ["a", "b"])).toEqual({
      data: [
        [1, 2, 3],
        [null, 1, null],
        [1, null, 3],
      ],
      left: 0,
    });
    expect(plotOf([], [])).toEqual({ data: [[]], left: 0 });
  });

  test("keep their lines when other topics come, and those that have no room are counted", () => {
    const many = Array.from({ length: 20 }, (_, index) => at(index, `t${index}`, 1));
    const topics = topicsOf(many, ["t19", "gone"]);
    expect(topics).toEqual(["t19", "gone", "t0", "t1", "t2", "t3"]);
    expect(topicsOf(many.toReversed(), topics)).toEqual(topics);
    expect(plotOf(many, topics).left).toBe(15);
  });
});

describe("the heat of nodes", () => {
  const node = (name: string, inPerS: number, fuelPerMessage?: number): LiveNode => ({
    ...{ node: name, inPerS, outPerS: [], traps: 0 },
    ...(fuelPerMessage !== undefined && { fuelPerMessage }),
  });

  test("is their share of what the flow uses, not what one call costs", () => {
    const nodes = [node("cheap", 1_000, 10), node("dear", 1, 1_000)];
    const heat = heatOf(withCosts(new Map(), nodes, []), nodes, "fuel");
    expect(heat.get("cheap")?.share).toBeCloseTo(10_000 / 11_000);
    expect(heat.get("dear")).toMatchObject({ perMessage: 1_000 });
  });

  test("leaves out ticks, traps and nodes that were not seen", () => {
    const steps = [
      step(1, "a", { ns: 100 }),
      step(2, "a", { ns: 900, input: "tick" }),
      step(3, "b", { ns: 5, trap: "fuel" }),
    ];
    const nodes = [node("a", 10), node("b", 10)];
    expect([...heatOf(withCosts(new Map(), nodes, steps), nodes, "time")]).toEqual([
      ["a", { perMessage: 100, share: 1 }],
    ]);
  });

  test("rises slowly with a sample that took long, and falls fast after a first one that was cold", () => {
    const first = withCosts(new Map(), [], [step(1, "a", { ns: 100 })]);
    expect(withCosts(first, [], [step(2, "a", { ns: 1_100 })]).get("a")?.ns).toBe(200);
    const cold = withCosts(new Map(), [], [step(1, "a", { ns: 1_100 })]);
    expect(withCosts(cold, [], [step(2, "a", { ns: 100 })]).get("a")?.ns).toBe(600);
  });

  test("is none where nothing passes", () => {
    const nodes = [node("a", 0, 10)];
    expect(heatOf(withCosts(new Map(), nodes, []), nodes, "fuel").get("a")).toEqual({ perMessage: 10, share: 0 });
  });
});
