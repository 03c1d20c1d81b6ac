import { describe, expect, test } from "vitest";
import { firstNode, inReadingOrder, neighbourOf } from "./neighbours.ts";
import { actionOf, keysText, shortcuts } from "./shortcuts.ts";
import { summaryOf } from "./summary.ts";
import { boiler, id } from "./testkit.ts";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "shiftKey" | "altKey", boolean>> = {}) => ({
  ...{ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false },
  ...held,
});

describe("a key", () => {
  test("does on the canvas what it does not elsewhere", () => {
    expect(actionOf(press("c"), true)).toBe("connect");
    expect(actionOf(press("c"), false)).toBeUndefined();
    expect(actionOf(press("z", { ctrlKey: true }), false)).toBe("undo");
    expect(actionOf(press("Z", { metaKey: true, shiftKey: true }), false)).toBe("redo");
  });

  test("means one thing with the keys that are held", () => {
    expect(actionOf(press("ArrowLeft"), true)).toBe("nudge-left");
    expect(actionOf(press("ArrowLeft", { shiftKey: true }), true)).toBe("far-left");
    expect(actionOf(press("ArrowLeft", { altKey: true }), true)).toBe("go-left");
    expect(actionOf(press("ArrowLeft", { altKey: true, shiftKey: true }), true)).toBe("extend-left");
    expect(actionOf(press("?", { shiftKey: true }), true)).toBe("help");
    expect(actionOf(press(" "), true)).toBe("toggle");
    expect(actionOf(press(" "), false)).toBeUndefined();
    expect(actionOf(press("c", { ctrlKey: true }), true)).toBeUndefined();
  });

  test("is in the table once", () => {
    const spelled = shortcuts.map(({ keys }) => keysText(keys, false).join(" "));
    expect(new Set(spelled).size).toBe(spelled.length);
  });
});

describe("from node to node", () => {
  test("right follows a wire, left goes back", () => {
    expect(neighbourOf(boiler, id("hot"), "right")).toBe("alarms");
    expect(neighbourOf(boiler, id("alarms"), "left")).toBe("hot");
    expect(["hot", "mean"]).toContain(neighbourOf(boiler, id("temps"), "right"));
  });

  test("up and down go to what lies there", () => {
    const [upper = "", lower = ""] = [...inReadingOrder([id("hot"), id("mean")], boiler.layout)];
    expect(neighbourOf(boiler, id(upper), "down")).toBe(lower);
    expect(neighbourOf(boiler, id(lower), "up")).toBe(upper);
  });

  test("nothing is found where nothing lies", () => {
    expect(neighbourOf(boiler, id("temps"), "left")).toBeUndefined();
    expect(neighbourOf(boiler, id("gone"), "left")).toBeUndefined();
  });

  test("the first is the source", () => {
    expect(firstNode(boiler)).toBe("temps");
  });
});

test("a node says in a line what its properties come to", () => {
  expect(summaryOf({ op: ">", value: 90 })).toBe("> 90");
  expect(summaryOf({ tags: ["a", "b", "c"] })).toBe("a b …");
  expect(summaryOf({ limits: { high: 90, low: 1 }, acknowledge: false })).toBe("90 1 false");
  expect(summaryOf({ expression: "x".repeat(100) })).toHaveLength(60);
  expect(summaryOf({ topic: "", none: null })).toBe("");
});
