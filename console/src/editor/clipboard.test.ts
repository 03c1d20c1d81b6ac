import { wireKey } from "@flowfusion/graph";
import { describe, expect, test } from "vitest";
import { copyText, pasteCommand } from "./clipboard.ts";
import { applyCommand } from "./commands.ts";
import { emptyDraft } from "./draft.ts";
import { freshId } from "./ids.ts";
import { boiler, boilerDocument, catalog, id } from "./testkit.ts";

const copied = copyText(boiler, new Set([id("temps"), id("hot"), id("alarms")]));

describe("what was copied is pasted", () => {
  test("with ids that are free, and with the wires among it", () => {
    const command = pasteCommand(copied, boiler, catalog)!;
    expect(command.nodes.map((node) => node.id)).toEqual(["temps-2", "hot-2", "alarms-2"]);
    expect(command.wires.map(wireKey)).toEqual(["temps-2.out -> hot-2.in", "hot-2.pass -> alarms-2.in"]);
    const again = pasteCommand(copied, applyCommand(boiler, command), catalog)!;
    expect(again.nodes.map((node) => node.id)).toEqual(["temps-3", "hot-3", "alarms-3"]);
  });

  test("under its own ids where they are free", () => {
    expect(pasteCommand(copied, emptyDraft, catalog)!.nodes.map((node) => node.id)).toEqual(["temps", "hot", "alarms"]);
  });

  test("beside its original, or where it is asked for", () => {
    const [temps] = pasteCommand(copied, boiler, catalog)!.nodes;
    const original = boiler.layout.get(id("temps"))!;
    expect(temps!.at).toEqual({ x: original.x + 40, y: original.y + 40 });
    const corner = { x: 500, y: 600 };
    const placed = pasteCommand(copied, boiler, catalog, corner)!.nodes.map(({ at }) => at);
    expect({ x: Math.min(...placed.map(({ x }) => x)), y: Math.min(...placed.map(({ y }) => y)) }).toEqual(corner);
  });
});

test("a graph as the command line exports it can be pasted", () => {
  const command = pasteCommand(JSON.stringify(boilerDocument), emptyDraft, catalog)!;
  expect(command.nodes).toHaveLength(5);
  expect(new Set(command.nodes.map(({ at }) => `${at.x},${at.y}`)).size).toBe(5);
});

test.each(["", "text", "7", "null", "[1]", '{"a":1}'])("%j in the clipboard is not for us", (text) => {
  expect(pasteCommand(text, boiler, catalog)).toBeUndefined();
});

test.each([
  ['{"nodes":{"A":{"type":"x"}}}', "FF_GRAPH_BAD_ID"],
  ['{"nodes":{"a":{}}}', "FF_GRAPH_SHAPE"],
  ['{"nodes":{"a":{"type":"x"}},"wires":["a"]}', "FF_GRAPH_SHAPE"],
])("%s is refused with what is wrong", (text, code) => {
  expect(() => pasteCommand(text, boiler, catalog)).toThrow(code);
});

test("a layout that is nonsense is not believed", () => {
  for (const layout of [{}, { a: { x: "1" } }, { a: { x: null, y: 1 } }, 5]) {
    const command = pasteCommand(JSON.stringify({ nodes: { a: { type: "fan_out" } }, layout }), emptyDraft, catalog)!;
    expect(command.nodes.map(({ at }) => Number.isFinite(at.x) && Number.isFinite(at.y))).toEqual([true]);
  }
});

test("a fresh id is the lowest number that is free, and never too long", () => {
  const taken = new Set(["hot", "hot-2", "hot-4"]);
  const isTaken = (candidate: string) => taken.has(candidate);
  expect(freshId("hot", isTaken)).toBe("hot-3");
  expect(freshId("hot-2", isTaken)).toBe("hot-3");
  expect(freshId("cold", isTaken)).toBe("cold");
  expect(freshId("a".repeat(63), (candidate) => candidate === "a".repeat(63))).toBe(`${"a".repeat(61)}-2`);
});
