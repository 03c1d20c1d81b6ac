import type { MessageValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { extremeMessages, reading, refusalOf, TestNode } from "../testing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("filter", () => {
  const rows: [value: MessageValue, op: string, than: number | boolean | string, port: "pass" | "fail"][] = [
    [4, ">", 5, "fail"],
    [5, ">", 5, "fail"],
    [6, ">", 5, "pass"],
    [4, ">=", 5, "fail"],
    [5, ">=", 5, "pass"],
    [6, ">=", 5, "pass"],
    [4, "<", 5, "pass"],
    [5, "<", 5, "fail"],
    [6, "<", 5, "fail"],
    [4, "<=", 5, "pass"],
    [5, "<=", 5, "pass"],
    [6, "<=", 5, "fail"],
    [4, "==", 5, "fail"],
    [5, "==", 5, "pass"],
    [4, "!=", 5, "pass"],
    [5, "!=", 5, "fail"],
    [-0, "==", 0, "pass"],
    [0.1 + 0.2, "==", 0.3, "fail"],
    [Number.POSITIVE_INFINITY, ">", Number.MAX_VALUE, "pass"],
    [Number.NaN, ">", 5, "fail"],
    [Number.NaN, "<=", 5, "fail"],
    [Number.NaN, "==", 5, "fail"],
    [Number.NaN, "!=", 5, "pass"],
    // An int64 is rounded to the nearest float64.
    [6n, ">", 5.5, "pass"],
    [-(2n ** 63n), "==", -(2 ** 63), "pass"],
    [2n ** 53n + 1n, "==", 2 ** 53, "pass"],
    // A boolean counts as 0 or 1, on either side.
    [true, "==", true, "pass"],
    [false, "==", true, "fail"],
    [false, "!=", true, "pass"],
    [true, ">", 0.5, "pass"],
    [1n, "==", true, "pass"],
    [2, "==", true, "fail"],
    [2, "!=", true, "pass"],
    ["run", "==", "run", "pass"],
    ["run", "==", "running", "fail"],
    ["running", "==", "run", "fail"],
    ["run", "==", "RUN", "fail"],
    ["", "==", "", "pass"],
    ["", "!=", "run", "pass"],
    ["größe", "==", "größe", "pass"],
    ["run", "!=", "run", "fail"],
    ["stop", "!=", "run", "pass"],
    // What cannot be compared fails, whatever the operator.
    ["5", "==", 5, "fail"],
    ["5", "!=", 5, "fail"],
    ["true", "!=", true, "fail"],
    [5, "==", "5", "fail"],
    [5, "!=", "5", "fail"],
    [null, "==", 0, "fail"],
    [null, "!=", 0, "fail"],
    [null, "!=", "", "fail"],
    [bytes("run"), "==", "run", "fail"],
    [bytes("run"), "!=", "run", "fail"],
  ];
  it.each(rows)("lets %s %s %s %s", (value, op, than, port) => {
    const node = new TestNode("filter", { op, value: than });
    expect(node.route(reading(value))).toEqual([port]);
  });

  it.each(extremeMessages)("passes %s on as it came", (_, message) => {
    const node = new TestNode("filter", { op: "!=", value: 17 });
    const [emission, ...others] = node.send(message);
    expect(others).toEqual([]);
    expect(emission!.message).toEqual(message);
  });

  it.each(["run", true])("refuses to order %s, before anything is deployed", (value) => {
    expect(() => new TestNode("filter", { op: ">", value })).toThrow(
      expect.objectContaining({
        diagnostics: [expect.objectContaining({ code: "FF_GRAPH_PROPERTY", path: "nodes.node.props.op" })],
      }),
    );
  });

  const refused: [props: { [path: string]: MessageValue }, words: string][] = [
    [{}, "property op is missing or of another type"],
    [{ op: 5, value: 5 }, "property op is missing or of another type"],
    [{ op: "=", value: 5 }, "unknown comparison ="],
    [{ op: "", value: 5 }, "unknown comparison "],
    [{ op: "==" }, "property value is missing"],
    [{ op: "<", value: "run" }, "property op: text and booleans know only == and !="],
    [{ op: ">=", value: true }, "property op: text and booleans know only == and !="],
    [{ op: "==", value: null }, "property value is neither number, boolean nor text"],
  ];
  it.each(refused)("refuses %j that no schema has checked", (props, words) => {
    expect(refusalOf("filter", props)).toBe(words);
  });
});
