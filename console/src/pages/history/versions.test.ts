import type { FlowVersion } from "@flowfusion/client";
import { describe, expect, test } from "vitest";
import { generationOf, graphOf, predecessorOf } from "./versions.ts";

const version = (generation: number, artefact?: string) =>
  ({ generation, action: artefact === undefined ? "delete" : "deploy", artefact }) as FlowVersion;

describe("what a version is compared with", () => {
  const versions = [version(5, "e"), version(4), version(3, "c"), version(1, "a")];

  test("is the one before it that is a graph: nothing can be compared with a delete", () => {
    expect(predecessorOf(versions, 5)).toBe(3);
    expect(predecessorOf(versions, 3)).toBe(1);
  });

  test("is nothing for the first", () => {
    expect(predecessorOf(versions, 1)).toBeUndefined();
  });
});

test.each([
  ["12", 12],
  ["0", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["99999999999", undefined],
  ["<b>", undefined],
  [null, undefined],
])("the generation %j of an address is %j", (text, generation) => {
  expect(generationOf(text)).toBe(generation);
});

test("a canonical graph is drawn from its nodes by name", () => {
  const node = { id: "a", type: "scale", props: { offset: 1 } };
  const graph = graphOf({ nodes: [node], wires: [] } as never);
  expect([...graph.nodes]).toEqual([["a", { type: "scale", props: { offset: 1 } }]]);
});
