import { describe, expect, test } from "vitest";
import { crashText } from "./crash-text.ts";

const circle = new Error("round");
circle.cause = circle;
const system = Object.assign(new AggregateError([new Error("connect ECONNREFUSED ::1:80"), new Error("late")]), {
  code: "ECONNREFUSED",
});

describe("a crash", () => {
  test.each<[what: string, thrown: unknown, text: string]>([
    ["an error", new RangeError("out of range"), "RangeError: out of range"],
    ["its cause", new TypeError("fetch failed", { cause: new Error("no route") }), "TypeError: fetch failed: no route"],
    ["causes in a circle", circle, "Error: round"],
    ["several addresses", system, "AggregateError: ECONNREFUSED: connect ECONNREFUSED ::1:80; late"],
    ["a message of many lines", new Error("first\n  second\n"), "Error: first second"],
    ["an error without a message", new Error(), "Error: without a message"],
    ["a text", "out of luck", "out of luck was thrown"],
    ["nothing", undefined, "undefined was thrown"],
    ["an object", { status: 3, nested: { a: [1, 2] } }, "{ status: 3, nested: { a: [ 1, 2 ] } } was thrown"],
  ])("by %s is told in one line", (_, thrown, text) => {
    expect(crashText(thrown).what).toBe(text);
  });

  test("tells apart from that where it was", () => {
    const { where } = crashText(new Error("first\nsecond"));
    expect(where.split("\n")[0]).toMatch(/^ +at .*crash-text\.test\.ts:\d+:\d+\)?$/);
    expect(where).not.toContain("second");
    expect(crashText(Object.assign(new Error("it"), { stack: undefined })).where).toBe("");
  });
});
