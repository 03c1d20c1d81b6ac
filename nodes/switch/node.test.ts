import type { MessageValue, PropValue } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { extremeMessages, reading, refusalOf, TestNode } from "../testing.ts";

const hot = { op: ">", value: 80 };
const warm = { op: ">", value: 40 };
const stopped = { op: "==", value: "stop" };

describe("switch", () => {
  const rows: [cases: PropValue[], value: MessageValue, port: string][] = [
    [[hot, warm, stopped], 90, "case1"],
    [[hot, warm, stopped], 50, "case2"],
    [[hot, warm, stopped], "stop", "case3"],
    [[hot, warm, stopped], 40, "else"],
    // The first case that fits counts, even when a later one fits better.
    [[warm, hot], 90, "case1"],
    [[warm, warm, warm], 50, "case1"],
    [[stopped, { op: "!=", value: "stop" }], "run", "case2"],
    // Outputs without a case stay silent.
    [[hot], 50, "else"],
    [[hot, warm], "stop", "else"],
    [[{ op: "==", value: false }], false, "case1"],
    [[{ op: "==", value: false }], true, "else"],
    [[{ op: ">=", value: -3 }], -3n, "case1"],
    [[hot, { op: "!=", value: 0 }], Number.NaN, "case2"],
    [[hot, warm], Number.NaN, "else"],
    [[hot, warm, stopped], null, "else"],
    [[hot, warm, stopped], new TextEncoder().encode("stop"), "else"],
  ];
  it.each(rows)("with cases %j sends %s to %s", (cases, value, port) => {
    expect(new TestNode("switch", { cases }).route(reading(value))).toEqual([port]);
  });

  it.each(extremeMessages)("passes %s on as it came", (_, message) => {
    const [emission, ...others] = new TestNode("switch", { cases: [hot] }).send(message);
    expect(others).toEqual([]);
    expect(emission!.message).toEqual(message);
  });

  it.each([
    [[], "nodes.node.props.cases"],
    [[hot, hot, hot, hot], "nodes.node.props.cases"],
    [[hot, { op: "<", value: "stop" }], "nodes.node.props.cases[1].op"],
    [[{ op: ">" }], "nodes.node.props.cases[0].value"],
  ])("refuses cases %j before anything is deployed", (cases, path) => {
    expect(() => new TestNode("switch", { cases })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ code: "FF_GRAPH_PROPERTY", path })] }),
    );
  });

  const refused: [props: { [path: string]: MessageValue }, words: string][] = [
    [{}, "property cases[0].op is missing or of another type"],
    [{ "cases[0].op": "~", "cases[0].value": 1 }, "unknown comparison ~"],
    [{ "cases[0].op": "==" }, "property cases[0].value is missing"],
    [
      { "cases[0].op": ">", "cases[0].value": 1, "cases[1].op": ">", "cases[1].value": "a" },
      "property cases[1].op: text and booleans know only == and !=",
    ],
  ];
  it.each(refused)("refuses %j that no schema has checked", (props, words) => {
    expect(refusalOf("switch", props)).toBe(words);
  });
});
