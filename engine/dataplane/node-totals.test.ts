import type { CanonicalGraph } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { NodeTotals } from "./node-totals.ts";

/** Nodes of this many outputs; a sink is written `out>`. */
function graphOf(nodes: { readonly [id: string]: number | "sink" }): CanonicalGraph {
  const ports = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `p${index}`, type: "any" }));
  const list = Object.entries(nodes).map(([id, outputs]) => ({
    ...{ id, type: "t", inputs: [], outputs: ports(outputs === "sink" ? 0 : outputs), props: {} },
    ...(outputs === "sink" && { delivers: { to: "file" } }),
  }));
  return { nodes: list, wires: [] } as unknown as CanonicalGraph;
}

const counted = (messagesIn: number, ...messagesOut: number[]) => ({
  messagesIn,
  messagesOut: [0, 1, 2, 3].map((port) => messagesOut[port] ?? 0),
});

describe("totals of nodes", () => {
  test("are what discarded instances counted and what the running one has counted so far", () => {
    const totals = new NodeTotals(graphOf({ a: 2, b: "sink" }));
    totals.absorb([counted(5, 3, 2), counted(3, 3)]);
    totals.trapped("a");
    totals.absorb([counted(1, 1, 0), counted(1, 1)]);
    expect(totals.stats([counted(10, 10, 0), counted(10, 10)])).toEqual([
      { node: "a", messagesIn: 16, messagesOut: [14, 2], traps: 1 },
      { node: "b", messagesIn: 14, messagesOut: [14], traps: 0 },
    ]);
    expect(totals.stats([])).toMatchObject([{ messagesIn: 6 }, { messagesIn: 4 }]);
  });

  test("add up what was profiled, and say nothing of it where nothing was", () => {
    const totals = new NodeTotals(graphOf({ a: 1, b: 1 }));
    totals.absorb([{ ...counted(1, 1), profiled: { messages: 2, fuel: 30 } }, counted(1, 1)]);
    totals.absorb([{ ...counted(1, 1), profiled: { messages: 1, fuel: 12 } }, counted(1, 1)]);
    expect(totals.stats([]).map(({ profiled }) => profiled)).toEqual([{ messages: 3, fuel: 42 }, undefined]);
    const live = [counted(1, 1), { ...counted(1, 1), profiled: { messages: 5, fuel: 6 } }];
    expect(totals.stats(live).map(({ profiled }) => profiled)).toEqual([
      { messages: 3, fuel: 42 },
      { messages: 5, fuel: 6 },
    ]);
  });

  test("stay with nodes that are in both graphs, wherever they stand in them", () => {
    const totals = new NodeTotals(graphOf({ a: 1, b: 1 }));
    totals.absorb([counted(1, 1), counted(2, 2)]);
    totals.trapped("b");
    totals.follow(graphOf({ aa: 1, b: 1 }));
    expect(totals.stats([])).toEqual([
      { node: "aa", messagesIn: 0, messagesOut: [0], traps: 0 },
      { node: "b", messagesIn: 2, messagesOut: [2], traps: 1 },
    ]);
    totals.follow(graphOf({ a: 1, b: 1 }));
    expect(totals.stats([])[0]).toMatchObject({ node: "a", messagesIn: 0 });
  });

  test("take no notice of counters and traps of nodes that do not exist", () => {
    const totals = new NodeTotals(graphOf({ a: 1 }));
    totals.absorb([counted(1, 1), counted(9, 9)]);
    totals.trapped("");
    expect(totals.stats([])).toEqual([{ node: "a", messagesIn: 1, messagesOut: [1], traps: 0 }]);
  });
});
