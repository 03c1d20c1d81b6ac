import { describe, expect, test } from "vitest";
import { draftOf } from "./draft.ts";
import { layoutOf, withPlaces } from "./layout.ts";
import { boiler, boilerDocument, catalog, id } from "./testkit.ts";

describe("a layout", () => {
  test("goes from left to right, along every wire", () => {
    const layout = layoutOf(boiler, catalog);
    for (const { source, target } of boiler.wires) expect(layout.get(source)!.x).toBeLessThan(layout.get(target)!.x);
  });

  test("is the same whatever the order of declaration", () => {
    const reversed = draftOf({
      nodes: Object.fromEntries(Object.entries(boilerDocument.nodes).reverse()),
      wires: Object.fromEntries(Object.entries(boilerDocument.wires).reverse()),
    });
    const sorted = (layout: ReturnType<typeof layoutOf>) => [...layout].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(layoutOf(reversed, catalog))).toEqual(sorted(layoutOf(boiler, catalog)));
  });

  test("stands even where types and wires are unknown, and where there is a cycle", () => {
    const odd = draftOf({
      nodes: { a: { type: "gone" }, b: { type: "filter" } },
      wires: ["a.x -> b.in", "b.pass -> a.y", "b.pass -> c.in"],
    });
    expect(layoutOf(odd, catalog).size).toBe(2);
    expect(layoutOf(draftOf({ nodes: {} }), catalog).size).toBe(0);
  });
});

test("nodes without a place get one below the others, which stay where they are", () => {
  const layout = new Map([...boiler.layout].filter(([node]) => node !== "trend"));
  const placed = withPlaces({ ...boiler, layout }, catalog).layout;
  expect(placed.get(id("hot"))).toEqual(boiler.layout.get(id("hot")));
  expect(placed.get(id("trend"))!.y).toBeGreaterThan(Math.max(...[...layout.values()].map(({ y }) => y)));
});
