import type { TraceStep } from "@flowfusion/client";
import { expect, test } from "vitest";
import { withSteps } from "./last-values.ts";

const message = (value: number) =>
  ({ topic: "boiler/1/temp", timestamp: "2026-01-01T00:00:00Z", quality: "good", value }) as const;
const step = (node: string, got: number, ...emitted: number[]): TraceStep => ({
  ...{ id: 1, reading: 1, at: "2026-01-01T00:00:00Z", depth: 0, node, type: "filter", input: "in", ns: 1, fuel: 1 },
  message: message(got),
  emissions: emitted.map((value) => ({ output: "out", message: message(value) })),
});

test("the last value of a node is what it emitted, or what it got where it emitted nothing", () => {
  const values = withSteps(new Map(), [step("scale", 1, 10), step("hot", 10)]);
  expect(values.get("scale")).toEqual({ topic: "boiler/1/temp", value: "10" });
  expect(values.get("hot")).toEqual({ topic: "boiler/1/temp", value: "10" });
  expect(withSteps(values, [step("hot", 20, 20)]).get("scale")).toEqual({ topic: "boiler/1/temp", value: "10" });
});

test("a node that stopped the flow says why", () => {
  expect(withSteps(new Map(), [{ ...step("hot", 1), trap: "fuel" }]).get("hot")).toMatchObject({ trap: "fuel" });
});
