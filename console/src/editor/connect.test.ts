import { describe, expect, test } from "vitest";
import { possibleEnds, refusalBetween } from "./connect.ts";
import { draftOf } from "./draft.ts";
import { boiler, boilerDocument, catalog, id } from "./testkit.ts";

const output = (node: string, port: string) => ({ node: id(node), side: "output", port }) as const;
const input = (node: string, port: string) => ({ node: id(node), side: "input", port }) as const;

describe("a wire", () => {
  test("may be drawn from either end", () => {
    expect(refusalBetween(boiler, catalog, output("hot", "fail"), input("mean", "in"))).toBeUndefined();
    expect(refusalBetween(boiler, catalog, input("mean", "in"), output("hot", "fail"))).toBeUndefined();
  });

  test.each([
    [output("temps", "out"), output("hot", "pass"), "both ports are outputs"],
    [output("temps", "out"), input("hot", "in"), "declared twice"],
    [output("hot", "fail"), input("hot", "in"), "hot → hot is a cycle of 1 node"],
    [output("hot", "gone"), input("mean", "in"), 'has no output "gone"'],
  ])("is refused with the reason (%#)", (from, to, reason) => {
    expect(refusalBetween(boiler, catalog, from, to)).toContain(reason);
  });

  test("is refused between types that do not fit", () => {
    const draft = draftOf({ nodes: { a: { type: "alarm" }, b: { type: "agg" } } });
    expect(refusalBetween(draft, catalog, output("a", "event"), input("b", "in"))).toBe(
      "output `event` gives message, input `in` takes tag",
    );
  });
});

test("every port where a wire could end is told, with what speaks against it", () => {
  const ends = possibleEnds(boiler, catalog, output("temps", "out"));
  expect(ends.map(({ node, refusal }) => [node, refusal === undefined])).toEqual([
    ["hot", false],
    ["mean", false],
    ["alarms", true],
    ["trend", true],
  ]);
  expect(possibleEnds(boiler, catalog, input("trend", "in")).map(({ node, port }) => `${node}.${port}`)).toEqual([
    "temps.out",
    "hot.pass",
    "hot.fail",
    "mean.out",
  ]);
});

test("a node whose type the gateway does not know takes no wire", () => {
  const draft = draftOf({ ...boilerDocument, nodes: { ...boilerDocument.nodes, odd: { type: "gone" } } });
  expect(refusalBetween(draft, catalog, output("temps", "out"), input("odd", "in"))).toContain('no node "odd"');
});
