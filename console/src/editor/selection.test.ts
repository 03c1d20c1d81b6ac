import { describe, expect, test } from "vitest";
import { isNothing, isStepFrom, nothingSelected, selectNodes, toggled } from "./selection.ts";
import { id } from "./testkit.ts";

const of = (...ids: readonly string[]) => selectNodes(ids.map((one) => id(one)));

describe("a node that is toggled", () => {
  test("joins what is selected, and is taken out by the next", () => {
    const two = toggled(of("temps"), id("hot"));
    expect([...two.nodes]).toEqual(["temps", "hot"]);
    expect([...toggled(two, id("temps")).nodes]).toEqual(["hot"]);
    expect(isNothing(toggled(of("temps"), id("temps")))).toBe(true);
  });

  test("leaves selected wires as they are", () => {
    const wires = new Set(["a.out -> b.in"]);
    expect(toggled({ nodes: new Set(), wires }, id("hot")).wires).toEqual(wires);
  });
});

test.each([
  { before: ["temps"], after: ["temps", "hot"], isStep: true },
  { before: ["temps", "hot"], after: ["hot"], isStep: true },
  { before: ["temps", "hot"], after: ["temps", "mean"], isStep: false },
  { before: ["temps"], after: ["temps"], isStep: false },
  { before: [], after: ["temps"], isStep: false },
  { before: ["temps"], after: [], isStep: false },
])("from $before to $after is a step of one choice: $isStep", ({ before, after, isStep }) => {
  expect(isStepFrom(of(...before), of(...after))).toBe(isStep);
  expect(isStepFrom(nothingSelected, of(...after))).toBe(false);
});
