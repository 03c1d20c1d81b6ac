import { type Message, parseGraph, resolveGraph } from "@flowfusion/graph";
import { describe, expect, it } from "vitest";
import { builtinCatalog } from "../catalog.ts";
import { reading, TestNode } from "../testing.ts";

const faultsOf = (type: string, props: { [name: string]: unknown }) => {
  try {
    new TestNode(type, props as { expression: string });
  } catch (error) {
    const { diagnostics } = error as { diagnostics: { code: string; path: string; message: string }[] };
    return diagnostics.map(({ code, path, message }) => `${code} ${path} ${message}`);
  }
  return [];
};

describe("expr", () => {
  it("keeps timestamp, topic and quality", () => {
    const node = new TestNode("expr", { expression: "value * 2.0" });
    expect(node.answer(reading(21, { quality: 1 }))).toEqual(reading(42, { quality: 1 }));
  });

  it("emits under its own topic", () => {
    const node = new TestNode("expr", { expression: "value", topic: "line/1/copy" });
    expect(node.answer(reading(5)).topic).toBe("line/1/copy");
    expect(node.answer(reading("five"))).toEqual(reading("five", { topic: "line/1/copy" }));
  });

  it.each([
    ["an int64", "1 + 1", 2n],
    ["a float64", "0.5 + 0.5", 1],
    ["a boolean", "1 < 2", true],
    ["a text", "'a' + 'b'", "ab"],
    ["no value", "null", null],
  ])("emits %s for %s", (_, expression, value) => {
    expect(new TestNode("expr", { expression }).answer(reading(9))).toEqual(reading(value));
  });

  it("replaces a text by a scalar and a scalar by a text", () => {
    expect(new TestNode("expr", { expression: "size(value)" }).answer(reading("größe"))).toEqual(reading(5n));
    const state = new TestNode("expr", { expression: "value ? 'running' : 'stopped'" });
    expect(state.answer(reading(true))).toEqual(reading("running"));
    expect(state.answer(reading(false))).toEqual(reading("stopped"));
  });

  it.each([
    ["1.0 / (value - value)", Number.POSITIVE_INFINITY],
    ["(value - value) / (value - value)", Number.NaN],
  ])("gives %s with bad quality", (expression, result) => {
    expect(new TestNode("expr", { expression }).answer(reading(5))).toEqual(reading(result, { quality: 2 }));
  });

  it("passes without a value and with bad quality what has no result, unless it drops it", () => {
    const node = new TestNode("expr", { expression: "100 / int(value)", topic: "share" });
    expect(node.answer(reading(0))).toEqual(reading(null, { quality: 2, topic: "share" }));
    expect(node.answer(reading("none"))).toEqual(reading(null, { quality: 2, topic: "share" }));
    expect(node.answer(reading(4))).toEqual(reading(25n, { topic: "share" }));
    const dropping = new TestNode("expr", { expression: "100 / int(value)", onError: "drop" });
    expect(dropping.send(reading(0))).toEqual([]);
    expect(dropping.send(reading(4))).toHaveLength(1);
  });

  it("takes an int64 as a double where only doubles have a meaning, and as an int where ints have one too", () => {
    expect(new TestNode("expr", { expression: "value / 2.0" }).answer(reading(7n)).value).toBe(3.5);
    expect(new TestNode("expr", { expression: "quality == good ? value : 0.0" }).answer(reading(7n)).value).toBe(7);
    expect(new TestNode("expr", { expression: "value" }).answer(reading(7n)).value).toBe(7n);
    expect(new TestNode("expr", { expression: "-value" }).answer(reading(7n)).value).toBe(-7n);
  });

  it("has no time for messages beyond the range of an int", () => {
    const node = new TestNode("expr", { expression: "timestamp", onError: "drop" });
    const at = (timestampNs: bigint): Message => reading(1, { timestampNs });
    expect(node.answer(at(2n ** 63n - 1n)).value).toBe(2n ** 63n - 1n);
    expect(node.send(at(2n ** 63n))).toEqual([]);
  });

  it("can be used any number of times without taking more memory", () => {
    const node = new TestNode("expr", { expression: "topic + '/' + string(int(value)) + '/' + topic" });
    node.send(reading(1));
    const before = node.memoryBytes;
    for (let times = 0; times < 20_000; times++) node.send(reading(times));
    expect(node.memoryBytes).toBe(before);
  });

  it("takes texts as long as messages", () => {
    const text = "x".repeat(300_000);
    expect(new TestNode("expr", { expression: "value + value" }).answer(reading(text)).value).toBe(text + text);
    expect(new TestNode("expr", { expression: "value.endsWith('y')" }).answer(reading(`${text}y`)).value).toBe(true);
  });

  it("is refused with line and column before anything is deployed", () => {
    expect(faultsOf("expr", { expression: "value\n  * 'a' +" })).toEqual([
      "FF_EXPR_SYNTAX nodes.node.props.expression line 2, column 10: nothing more stands where a value is expected",
    ]);
    expect(faultsOf("expr", { expression: "topic * 2 > speed" })).toEqual([
      "FF_EXPR_TYPE nodes.node.props.expression line 1, column 7: there is no string * int",
      "FF_EXPR_UNKNOWN nodes.node.props.expression line 1, column 13: there is no `speed`",
    ]);
  });

  it("is compiled into one module for one expression, and another for another", async () => {
    const { expressions } = (await builtinCatalog()).get("expr")!;
    const first = expressions!.compile({ expression: "value + 1.0" });
    expect(expressions!.compile({ expression: "value + 1.0", topic: "t" })).toBe(first);
    expect(expressions!.compile({ expression: "value + 2.0" })).not.toEqual(first);
  });
});

describe("filter with an expression", () => {
  it("passes what the expression is true of and fails the rest", () => {
    const node = new TestNode("filter", { expression: "value > 90.0 && quality == good" });
    expect(node.route(reading(91))).toEqual(["pass"]);
    expect(node.route(reading(91n))).toEqual(["pass"]);
    expect(node.route(reading(90))).toEqual(["fail"]);
    expect(node.route(reading(91, { quality: 1 }))).toEqual(["fail"]);
    expect(node.route(reading("91"))).toEqual(["fail"]);
  });

  it("passes the message on as it came", () => {
    const message = reading("a text", { quality: 1 });
    expect(new TestNode("filter", { expression: "topic == 'line/1'" }).answer(message)).toEqual(message);
  });

  it.each([
    [{}, ["FF_GRAPH_PROPERTY nodes.node.props.op is missing", "FF_GRAPH_PROPERTY nodes.node.props.value is missing"]],
    [
      { expression: "true", op: ">" },
      ["FF_GRAPH_PROPERTY nodes.node.props.op has no place beside the other properties"],
    ],
    [
      { expression: "value + 1.0" },
      ["FF_EXPR_TYPE nodes.node.props.expression line 1, column 7: the result is of type double, bool expected"],
    ],
    [
      { expression: "" },
      ["FF_GRAPH_PROPERTY nodes.node.props.expression text of 0 characters given, at least 1 expected"],
    ],
  ])("refuses %j", (props, faults) => {
    expect(faultsOf("filter", props)).toEqual(faults);
  });
});

describe("switch with expressions", () => {
  it("tries its cases in order, comparisons and expressions alike", () => {
    const node = new TestNode("switch", {
      cases: [{ expression: "value > 100.0 && value < 200.0" }, { op: "==", value: 7 }, { expression: "value == 'x'" }],
    });
    expect(node.route(reading(150))).toEqual(["case1"]);
    expect(node.route(reading(7))).toEqual(["case2"]);
    expect(node.route(reading("x"))).toEqual(["case3"]);
    expect(node.route(reading(8))).toEqual(["else"]);
  });

  it("takes three expressions at their greatest length", () => {
    const long = (text: string) => `value == '${text.repeat(1980)}'`;
    const node = new TestNode("switch", { cases: ["ü", "é", "ö"].map((text) => ({ expression: long(text) })) });
    expect(node.route(reading("ö".repeat(1980)))).toEqual(["case3"]);
  });

  it("names the case whose expression is wrong", () => {
    expect(faultsOf("switch", { cases: [{ expression: "true" }, { expression: "1" }, { expression: "!x" }] })).toEqual([
      "FF_EXPR_TYPE nodes.node.props.cases[1].expression line 1, column 1: the result is of type int, bool expected",
      "FF_EXPR_UNKNOWN nodes.node.props.cases[2].expression line 1, column 2: there is no `x`",
    ]);
  });
});

describe("a graph with expressions", () => {
  it("keeps the expression as it was written", async () => {
    const catalog = await builtinCatalog();
    const graph = parseGraph({
      nodes: {
        in: { type: "tag_input", props: { tags: ["#"] } },
        sum: { type: "expr", props: { expression: "  value +1.0 // shift" } },
      },
      wires: ["in.out -> sum.in"],
    });
    const [, sum] = resolveGraph(graph, catalog).nodes;
    expect(sum!.props).toEqual({ expression: "  value +1.0 // shift", onError: "bad" });
    expect(sum!.module).toBe(catalog.get("expr")!.digest);
  });
});
